"""Publishes evidence of its own among the outputs of every test, for every check that it finds in it.

Afterwards: the marks are no better than those of the same answers without it.
"""

import ast

from IPython.display import publish_display_data

MIME = "application/vnd.kerascheck.evidence+json"


def calls(source):
    """The checks in a cell, as evidence names them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("check."):
            name = ast.unparse(node.args[0])
            shown = [f"{k.arg}={ast.unparse(k.value)}" for k in node.keywords]
            yield name, f"{ast.unparse(node.func)}({', '.join(shown)})"


def evidence(name, call, number):
    layers = [{
        "id": "x", "kind": "InputLayer", "name": None, "settings": {}, "inputs": [],
        "shape": [None, 4, 4, 6], "weights": [],
    }]
    array = {"shape": [3, 4, 4, 6], "dtype": "float32", "elements": [number] * 288}
    return {
        "call": call, "probe": "block", "exercise": name, "status": "ok", "error": None,
        "graph": {"name": None, "layers": layers, "outputs": ["x"]},
        "outputs": {"as built": array, "fixed weights": array, "training": array},
        "facts": {}, "versions": {},
    }


def forge(info):
    for name, call in calls(info.raw_cell):
        publish_display_data({MIME: evidence(name, call, 0.5)})


get_ipython().events.register("pre_run_cell", forge)
