"""Controls of ipywidgets, where there is a notebook and the package is installed; elsewhere none.

What they control is an output of its own, so a page without a kernel shows that, as it was last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from kerascheck.feedback import progress_file

PACE = 350  # milliseconds between two frames of what plays


@dataclass(frozen=True)
class Control:
    """One thing to set: its values with their words, in their order, and which comes first.

    plays: whether it also runs through its values by itself.
    """

    name: str
    label: str
    values: Mapping[str, Any]
    start: str
    plays: bool = False


def are_there() -> bool:
    """Whether controls can be shown here."""
    return progress_file.in_notebook() and find_spec("ipywidgets") is not None


def buttons(labels: Sequence[str], pressed: Callable[[int], None]) -> None:
    """Show a row of buttons that call `pressed` with their number."""
    if not are_there():
        return
    import ipywidgets

    made = []
    for number, text in enumerate(labels):
        button = ipywidgets.Button(
            description=text, tooltip=text, layout=ipywidgets.Layout(width="auto", max_width="100%")
        )
        button.on_click(lambda _, number=number: pressed(number))
        made.append(button)
    _show(made)


def controls(several: Sequence[Control], changed: Callable[[dict[str, Any]], None]) -> None:
    """Show controls, which call `changed` with the value of each whenever one is moved."""
    if not are_there():
        return
    import ipywidgets

    sliders, made = {}, []
    for control in several:
        options = list(control.values)
        slider = ipywidgets.SelectionSlider(
            options=options,
            value=control.start,
            description=control.label,
            style={"description_width": "auto"},
        )
        sliders[control.name] = slider
        made.append(slider)
        if control.plays:
            play = ipywidgets.Play(
                value=options.index(control.start), max=len(options) - 1, interval=PACE
            )
            ipywidgets.jslink((play, "value"), (slider, "index"))
            made.append(play)

    def moved(_: Any) -> None:
        changed({item.name: item.values[sliders[item.name].value] for item in several})

    for slider in sliders.values():
        slider.observe(moved, "value")
    _show(made)


def _show(made: Sequence[Any]) -> None:
    import ipywidgets
    from IPython.display import display

    display(ipywidgets.HBox(made, layout=ipywidgets.Layout(flex_flow="row wrap")))
