"""Publishes results without a text/plain, in types that no notebook has.

Afterwards: the submission has marks, no better than those of the same answers without it.
"""


def publish(info):
    kernel = get_ipython().kernel
    for content in (
        {"data": {}, "metadata": {}, "execution_count": 1},
        {"data": {"image/png": 7, "text/plain": ["30"]}, "metadata": [], "execution_count": "one"},
    ):
        kernel.session.send(
            kernel.iopub_socket, "execute_result", content,
            parent=kernel.get_parent("shell"),
        )


get_ipython().events.register("pre_run_cell", publish)
