"""Publishes evidence in which every field has the wrong kind.

Afterwards: judging went on, and the marks are no better than without it.
"""

from IPython.display import publish_display_data

MIME = "application/vnd.kerascheck.evidence+json"


def forge(info):
    for value in (
        None, [], "evidence", 7, {}, {"call": {}}, {"call": "check.block()", "status": "perfect"},
        {"call": "c", "probe": "p", "exercise": "e", "status": "ok", "error": None, "graph": None,
         "outputs": {"as built": {"shape": [-1], "dtype": "float32", "elements": [10**400]}},
         "facts": {}, "versions": {}},
        {"call": "c", "probe": "p", "exercise": "e", "status": "ok", "error": None, "outputs": {},
         "graph": {"name": None, "outputs": ["x"], "layers": [
             {"id": "x", "kind": "Add", "name": None, "settings": {}, "inputs": ["x"], "shape": [None],
              "weights": []}]},
         "facts": {}, "versions": {}},
    ):
        publish_display_data({MIME: value})


get_ipython().events.register("pre_run_cell", forge)
