"""A JupyterHub for one class on one Linux machine: `make hub`, which is `python -m hub`.

`class.toml` says who is in the class (classroom.py). `preparing.py` makes accounts, the course's folder
and the exchange, and looks whether a student can read what is none of theirs. Then JupyterHub runs with
`jupyterhub_config.py`. Students' servers read `student/`, the formgrader `formgrader/`.
"""
