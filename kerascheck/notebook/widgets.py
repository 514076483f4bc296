"""Controls of ipywidgets, where there is a notebook and the package is installed; elsewhere none.

What they control is an output of its own, so a page without a kernel shows that, as it was last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec

from kerascheck.feedback import progress_file


def are_there() -> bool:
    """Whether controls can be shown here."""
    return progress_file.in_notebook() and find_spec("ipywidgets") is not None


def buttons(labels: Sequence[str], pressed: Callable[[int], None]) -> None:
    """Show a row of buttons that call `pressed` with their number."""
    if not are_there():
        return
    import ipywidgets
    from IPython.display import display

    made = []
    for number, text in enumerate(labels):
        button = ipywidgets.Button(
            description=text, tooltip=text, layout=ipywidgets.Layout(width="auto", max_width="100%")
        )
        button.on_click(lambda _, number=number: pressed(number))
        made.append(button)
    display(ipywidgets.HBox(made, layout=ipywidgets.Layout(flex_flow="row wrap")))
