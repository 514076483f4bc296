"""Publishes a result above the maximum, which stops stock nbgrader for this student.

Afterwards: the submission has marks, no better than those of the same answers without it.
"""


def publish(text):
    """What the kernel itself does with the value of a cell's last line."""
    kernel = get_ipython().kernel
    content = {"data": {"text/plain": text}, "metadata": {}, "execution_count": 1}
    kernel.session.send(
        kernel.iopub_socket, "execute_result", content,
        parent=kernel.get_parent("shell"),
    )


get_ipython().events.register("pre_run_cell", lambda info: publish("1e308"))
