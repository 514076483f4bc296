"""A JupyterHub for one class on one Linux machine: `make hub`, which is `python -m hub`.

`class.toml` lists the members of the class (classroom.py). `preparing.py` creates accounts, the
course's folder and the exchange, and tests that no student can read private files. Then JupyterHub
runs with `jupyterhub_config.py`, and with it `pages/`, what students see of their units. Students'
servers read `student/`, the formgrader `formgrader/`.
"""
