"""Findings in words. The one place where a rule becomes a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from os.path import commonprefix
from typing import Any

from kerascheck.judge.array_diff import RELATIONS
from kerascheck.judge.verdict import ERROR, NOT_ATTEMPTED, PASSED, Finding, Verdict

LONGEST_SENTENCE = 240  # characters
SETTINGS = {
    "filters": "number of filters",
    "kernel_size": "window size",
    "strides": "stride",
    "padding": "padding",
    "dilation_rate": "dilation",
    "groups": "number of groups",
    "trainable": "being trainable",
    "bias_initializer": "bias initialiser",
    "use_bias": "use of a bias",
    "activation": "activation",
    "axis": "axis",
    "pool_size": "pool size",
    "units": "number of units",
    "kernel_initializer": "kernel initialiser",
    "kernel_regularizer": "kernel regulariser",
    "f": "f",
    "s": "stride s",
    "stride": "stride",
    "num_filters": "number of filters",
    "rate": "share that is dropped",
    "bn": "use of batch norm",
    "batch_normalization": "use of batch norm",
    "conv_first": "order (conv_first)",
}


def sentence(finding: Finding) -> str:
    """What a finding says, for a student. Details appear where the finding carries them."""
    maker = _SENTENCES.get(finding.rule)
    return maker(finding) if maker else finding.rule


def sentences(findings: Sequence[Finding]) -> list[str]:
    """What findings say, each sentence once; names that are wrong in one and the same way together."""
    said: dict[str, list[str]] = {}
    first_of: dict[tuple[str, str], str] = {}
    for finding in findings:
        line = sentence(finding)
        change = _change(finding)
        if change is not None and change in first_of:
            others = said[first_of[change]]
            if finding.layer is not None and finding.layer not in others:
                others.append(finding.layer)
            continue
        if line not in said:
            said[line] = []
            if change is not None:
                first_of[change] = line
    return [f"{line}{_likewise(others)}" for line, others in said.items()]


def brief(finding: Finding) -> str:
    """A finding in the few words that fit beside a layer in a drawing; "" where none fit."""
    match finding.rule:
        case "setting" | "initialiser":
            what = SETTINGS.get(str(finding.setting), str(finding.setting))
            return f"{what} {_bare(finding.found)}, should be {_bare(finding.expected)}"
        case "misnamed-layer":
            return f"should be called {finding.expected}"
        case "missing-layer":
            return f"{finding.layer} is missing after this"
        case "missing-step":
            return f"{str(finding.layer).partition(' ')[0]} is missing after this"
        case "unused-layer":
            return "leads nowhere"
        case "extra-layer":
            return "too many"
        case "misplaced-layer":
            return "in the wrong place"
        case "layer-kind":
            return f"should be {finding.expected}"
        case "fed-by":
            return f"should take {finding.expected}"
        case "layer-shape":
            return f"shape should be {_bare(finding.expected)}"
    return ""


def _bare(value: Any) -> str:
    return _shown(value).replace("`", "").replace("(batch, ", "(")


def _change(finding: Finding) -> tuple[str, str] | None:
    """What was put in place of what in a wrong name; None for other findings."""
    if finding.rule != "misnamed-layer" or not finding.found or not finding.expected:
        return None
    expected, found = str(finding.expected), str(finding.found)
    start = len(commonprefix([expected, found]))
    end = len(commonprefix([expected[start:][::-1], found[start:][::-1]]))
    return expected[start : len(expected) - end], found[start : len(found) - end]


def _likewise(layers: Sequence[str]) -> str:
    if not layers:
        return ""
    shown = ", ".join(code(layer) for layer in layers[:3])
    more = f" and {len(layers) - 3} more" if len(layers) > 3 else ""
    return f" The same goes for {shown}{more}."


def number(value: Any) -> str:
    """Points as people write them: at most two decimals."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def headline(verdict: Verdict) -> str:
    """The outcome of an exercise in one line."""
    if verdict.outcome == PASSED:
        return f"{verdict.exercise}: everything checked here is right."
    if verdict.outcome == NOT_ATTEMPTED:
        return f"{verdict.exercise}: not attempted yet."
    if verdict.outcome == ERROR:
        return f"{verdict.exercise}: your code raises an error."
    return f"{verdict.exercise}: not right yet."


def _misnamed(finding: Finding) -> str:
    if finding.found is None:
        if finding.expected is None:
            return "A layer has another name than asked for."
        return f"A layer has no name of its own; it should be called {code(finding.expected)}."
    what = _kind_of(finding.expected)
    return f"A {what} is called {code(finding.found)}; its name should be {code(finding.expected)}."


def _missing(finding: Finding) -> str:
    if finding.layer is None:
        return "A layer with a required name is missing."
    return f"There is no {_kind_of(finding.layer)} called {code(finding.layer)}."


def _unused(finding: Finding) -> str:
    if finding.layer is None:
        return "A layer leads nowhere: nothing on the way to the output takes it."
    return f"{code(finding.layer)} leads nowhere: nothing on the way to the output takes it."


def _missing_step(finding: Finding) -> str:
    if finding.layer is None:
        return "A layer is missing."
    return f"There should be {place(finding.layer, 'a')}, and there is none."


def _extra(finding: Finding) -> str:
    if finding.layer is None:
        return "There is a layer too many."
    return f"There is {place(finding.layer, 'a')} too many: nothing of the kind belongs there."


def _misplaced(finding: Finding) -> str:
    if finding.layer is None:
        return "A layer stands in another place than it should."
    kind = finding.layer.partition(" ")[0]
    what = code(finding.layer) if kind == finding.layer else f"A {code(kind)}"
    return (
        f"{what} stands in the wrong place: it should come after {places(finding.expected)}, "
        f"yours comes after {places(finding.found)}."
    )


def _kind_of(name: str) -> str:
    """A recorded block is known by its stage and letter; everything else is a layer."""
    return "block" if re.fullmatch(r"\d+[a-z]", name) else "layer"


def _setting(finding: Finding) -> str:
    what = SETTINGS.get(str(finding.setting), str(finding.setting))
    if finding.layer is None:
        return f"A layer has another {what} than asked for."
    return (
        f"{start(place(finding.layer))}: the {what} should be {_shown(finding.expected)}, "
        f"yours is {_shown(finding.found)}."
    )


def _fed_by(finding: Finding) -> str:
    if finding.layer is None:
        return "A layer takes its input from something else than it should."
    return (
        f"{start(place(finding.layer))} should take {places(finding.expected)}; "
        f"yours takes {places(finding.found)}."
    )


def _output_of(finding: Finding) -> str:
    if finding.expected is None:
        return "The output is taken from something else than it should be."
    return f"The output should be {places(finding.expected)}; yours is {places(finding.found)}."


def _compared(what: str, nothing: str = "batch") -> Any:
    def sentence(finding: Finding) -> str:
        where = f"{start(place(finding.layer))}: " if finding.layer else ""
        if finding.expected is None:
            return f"{where}{what}." if where else f"{start(what)}."
        return (
            f"{where or ''}{what if where else start(what)}: it should be "
            f"{_shown(finding.expected, nothing)}, yours is {_shown(finding.found, nothing)}."
        )

    return sentence


def _related(what: str, nothing: str = "batch") -> Any:
    """A comparison, and what the numbers tell of the mistake."""

    def sentence(finding: Finding) -> str:
        text = _compared(what, nothing)(finding)
        known = RELATIONS.get(str(finding.setting))
        return f"{text} Yours is {known}." if known else text

    return sentence


def _plain(text: str) -> Any:
    return lambda finding: text


def _raised(finding: Finding) -> str:
    if not finding.found:
        return "Your code raises an error."
    return f"Your code raises {code(first_sentence(str(finding.found)))}."


def first_sentence(message: str) -> str:
    """The beginning of an error's message, which may be pages long."""
    sentence = re.split(r"(?<=\w)\.\s|\n", message.strip(), maxsplit=1)[0]
    return sentence if len(sentence) <= LONGEST_SENTENCE else f"{sentence[:LONGEST_SENTENCE]}…"


_SENTENCES: dict[str, Any] = {
    "not-attempted": _plain(
        "This exercise is not attempted yet: replace the line that raises NotImplementedError."
    ),
    "no-evidence": _plain("The check did not run to its end, so there is nothing to judge."),
    "raised": _raised,
    "missing-step": _missing_step,
    "unused-layer": _unused,
    "extra-layer": _extra,
    "misplaced-layer": _misplaced,
    "model-name": _compared("the model has another name"),
    "missing-layer": _missing,
    "layer-count": lambda f: (
        f"{code(f.layer)}: there should be {f.expected}, yours has {f.found}."
        if f.layer
        else "There are more or fewer layers of a kind than there should be."
    ),
    "misnamed-layer": _misnamed,
    "layer-kind": _compared("this should be another kind of layer"),
    "setting": _setting,
    "initialiser": _setting,
    "fed-by": _fed_by,
    "output-of": _output_of,
    "input-shape": _compared("the model takes inputs of another shape"),
    "output-shape": _compared("the output has another shape"),
    "layer-shape": _compared("the output has another shape"),
    "as-built": _plain(
        "Freshly built, the network gives other numbers: look at the initialisers and their seeds."
    ),
    "fixed-weights": _plain(
        "With the same weights in every layer the outputs differ: something "
        "is computed in another way."
    ),
    "training": _plain("In training mode the outputs differ: look at the batch normalisation."),
    "penalty": _plain(
        "The penalty on the weights, which regularisers add to the loss, differs: look at "
        "`kernel_regularizer`."
    ),
    "value": _related("a returned value differs", nothing="nan"),
    "value-shape": _related("a returned array has another shape"),
    "value-missing": _compared("a part of the returned value is missing"),
    "no-error": lambda f: f"A {code(f.found)} should be raised here, and nothing is raised.",
    "error-message": lambda f: (
        f"The error is of the right kind. Its message should name {code(f.found)}."
        if f.found
        else "The error is of the right kind. Its message lacks what it should name."
    ),
    "wrong-error": lambda f: f"Another error is raised: {code(f.found)}.",
}


def _shown(value: Any, nothing: str = "batch") -> str:
    """A value in a sentence. nothing: what None means in a list, the batch's axis or no number."""
    if isinstance(value, list):
        return code(f"({', '.join(nothing if item is None else f'{item}' for item in value)})")
    return "nothing" if value is None else code(value)


KINDS = {"Add": "addition", "InputLayer": "input"}


def place(title: Any, article: str = "the") -> str:
    """A layer in a sentence: its name, or ``the ReLU after `bn1a_branch2b` ``."""
    title = str(title)
    found = re.fullmatch(r"(\w+) (after|of) (.+)", title)
    if title == "input":
        return "the block's input" if article == "the" else "an input"
    if found is None:
        return title if title == "nothing" else code(title)
    kind, link, rest = found.groups()
    kind = KINDS.get(kind, code(kind))
    if article == "a" and kind[0] in "aeiou":
        article = "an"
    others = " and ".join(_short(part) for part in rest.split(" and "))
    return f"{article} {kind} {link} {others}"


def places(titles: Any) -> str:
    """Several layers in a sentence."""
    return " and ".join(place(title) for title in str(titles).split(", "))


def _short(title: str) -> str:
    if title in KINDS:
        return f"the {KINDS[title]}"
    inner = re.fullmatch(r"(\w+) (after|of) (.+)", title)
    if inner is not None:
        return place(title)
    return "the input" if title == "input" else code(title)


def start(text: str) -> str:
    """The text with a capital letter, where it starts with a word and not with code."""
    return text[:1].upper() + text[1:]


def code(value: Any) -> str:
    """A piece of code within a sentence: set in backticks, which the panel turns into type."""
    return f"`{str(value).replace('`', chr(39))}`"
