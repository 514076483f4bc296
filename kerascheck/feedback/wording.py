"""Findings in words: the one module that turns their fields into sentences.

Long, because it contains every sentence about a finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from os.path import commonprefix
from typing import Any

from kerascheck.evidence.evidence import ENDED, NOT_RUN, TOO_MUCH_MEMORY, TOO_SLOW, StudentError
from kerascheck.judge.places import Place
from kerascheck.judge.verdict import ERROR, NOT_ATTEMPTED, PASSED, Finding, Value, Verdict

_Sentence = Callable[[Finding], str]

LONGEST_SENTENCE = 240  # characters
SETTINGS = {
    "filters": "number of filters",
    "kernel_size": "kernel size",
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
    "rate": "share that is dropped",
    "seed": "seed",
    "gamma_initializer": "initialiser of the scale",
    "beta_initializer": "initialiser of the offset",
    "training": "mode that its call is told",
}
KINDS = {"Add": "addition", "InputLayer": "input"}
RELATIONS = {  # after "Yours is"
    "kind of number": "equal in value, but of another type",
    "flat": "the same numbers in another shape",
    "transposed": "the expected one with two axes exchanged",
    "sides": "as wide as it should be high, and as high as it should be wide",
    "channels": "the expected one with the order of its channels reversed",
    "mirrored": "the expected one, mirrored",
    "backwards": "the expected one from back to front",
    "order": "the expected one in another order",
    "shifted": "the expected one, a place too early or too late",
    "a part": "the expected one without some of its entries",
    "more": "the expected one with extra entries",
    "constant": "the same number everywhere",
    "complement": "one minus the expected one",
    "sign": "the expected one with the opposite sign",
    "pixel scale": "the expected one on the other scale of pixels, 0 to 255 or 0 to 1",
    "factor": "the expected one times a fixed factor",
    "offset": "the expected one plus a fixed number",
    "square": "the expected one squared",
    "root": "the square root of the expected one",
    "rounded": "the expected one without its fraction",
    "another case": "what is expected in another case",
    "few": "the expected one but for a few of its numbers",
    "nearly": "nearly the expected one: its numbers differ a little",
    "some": "the expected one for some of its entries and not for others",
    "one less": "one less",
    "too large": "larger",
    "too small": "smaller",
}


def sentence(finding: Finding) -> str:
    """The sentence about a finding, for a student. Details appear if the finding has them."""
    maker = _SENTENCES.get(finding.rule)
    return maker(finding) if maker else finding.rule


def sentences(findings: Sequence[Finding]) -> list[str]:
    """The sentences about findings, each once; names that are wrong in one way are combined."""
    said: dict[str, list[Place]] = {}
    first_of: dict[tuple[str, str], str] = {}
    for finding in findings:
        line = sentence(finding)
        change = _change(finding)
        if change is not None and change in first_of:
            others = said[first_of[change]]
            if finding.place is not None and finding.place not in others:
                others.append(finding.place)
            continue
        if line not in said:
            said[line] = []
            if change is not None:
                first_of[change] = line
    return [f"{line}{_likewise(others)}" for line, others in said.items()]


def brief(finding: Finding) -> str:
    """A finding in the few words that fit beside a layer in a drawing; "" where none fit."""
    expected, layer = finding.expected, finding.place
    match finding.rule:
        case "setting" | "initialiser":
            what = _bare(_property(finding))
            return f"{what} {_bare(_shown(finding.actual))}, should be {_bare(_shown(expected))}"
        case "misnamed-layer":
            return f"should be called {expected}"
        case "missing-layer" | "missing-step" if layer is not None:
            return f"{label(layer) or layer.kind} is missing after this"
        case "belongs-here" if layer is not None:
            return f"{layer.kind} is missing here"
        case "unused-layer":
            return "leads nowhere"
        case "given-nothing":
            return "called on None"
        case "extra-layer":
            return "too many"
        case "misplaced-layer":
            return "in the wrong place"
        case "layer-kind":
            return f"should be {expected}"
        case "fed-by" if layer is not None:
            return f"should take {_bare(places(expected))}"
        case "layer-shape":
            return f"shape should be {_bare(_shown(expected))}"
    return ""


def placeholders(finding: Finding) -> Mapping[str, str]:
    """What the placeholders of a hint stand for: the place, the property, the actual value."""
    where = "this layer"
    if finding.place is not None:
        where = place(finding.place)
    elif finding.part is not None:
        where = code(finding.part)
    return {
        "place": where,
        "property": "this setting" if finding.property is None else code(finding.property),
        "actual": code("None") if finding.actual is None else _shown(finding.actual),
    }


FILE_KINDS = {
    "cut short": "an image file that breaks off",
    "empty": "a file without a single byte",
    "web page": "a web page under the name of an image",
    "text": "a text under the name of an image",
}
_FILE = re.compile(r"check\.picture\('([^']*)'(?:, '([^']*)')?\)")
_FOLDER = re.compile(r"check\.folder\((.*?)\)")


def given_files(call: str) -> list[str]:
    """The files that a check gives and that are no ordinary images, a sentence for each."""
    found = _FILE.findall(call)
    for contents in _FOLDER.findall(call):
        found += [tuple(text.split(": ", 1)) for text in re.findall(r"'([^']*)'", contents)]
    kinds = [(item[0], item[1]) for item in found if len(item) == 2 and item[1]]
    return [
        f"{code(name)} is {FILE_KINDS.get(kind, f'an image file of the kind «{kind}»')}."
        for name, kind in kinds
    ]


def error_text(error: StudentError) -> str:
    """An error as Python prints it: its type and its message."""
    return f"{error.type}: {error.message}" if error.message else error.type


def _bare(text: str) -> str:
    return text.replace("`", "").replace("(batch, ", "(")


def _change(finding: Finding) -> tuple[str, str] | None:
    """The part of a name that is wrong, expected and actual; None for other findings."""
    if finding.rule != "misnamed-layer" or not finding.actual or not finding.expected:
        return None
    expected, actual = str(finding.expected), str(finding.actual)
    start = len(commonprefix([expected, actual]))
    end = len(commonprefix([expected[start:][::-1], actual[start:][::-1]]))
    return expected[start : len(expected) - end], actual[start : len(actual) - end]


def _likewise(others: Sequence[Place]) -> str:
    if not others:
        return ""
    shown = ", ".join(place(other) for other in others[:3])
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    return f" The same goes for {shown}{more}."


def number(value: Any) -> str:
    """Points as people write them: at most two decimals."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


_STOPPED = {
    TOO_SLOW: "your code takes too long",
    TOO_MUCH_MEMORY: "your code uses too much memory",
    ENDED: "your code ended the kernel",
    NOT_RUN: "not run",
}


def headline(verdict: Verdict) -> str:
    """The outcome of an exercise in one line."""
    if verdict.outcome == PASSED:
        return f"{verdict.exercise}: everything checked here is right."
    if verdict.outcome == NOT_ATTEMPTED:
        return f"{verdict.exercise}: not attempted yet."
    if verdict.outcome in _STOPPED:
        return f"{verdict.exercise}: {_STOPPED[verdict.outcome]}."
    if verdict.outcome == ERROR:
        return f"{verdict.exercise}: your code raises an error."
    return f"{verdict.exercise}: not right yet."


def judged_as_a_whole(verdict: Verdict) -> str:
    """Why a network was judged as a whole."""
    blocks = " or ".join(code(block) for block in verdict.whole)
    return (
        f"Not every block of your network is a call of {blocks}, so the network was judged as a whole, "
        "as your code builds it."
    )


def _misnamed(finding: Finding) -> str:
    if finding.actual is None:
        if finding.expected is None:
            return "A layer has the wrong name."
        return f"A layer has no name of its own; it should be called {code(finding.expected)}."
    return (
        f"A {_sort(finding.place)} is called {code(finding.actual)}; "
        f"its name should be {code(finding.expected)}."
    )


def _missing(finding: Finding) -> str:
    if finding.place is None:
        return "A layer with a required name is missing."
    if finding.place.name is None:
        return f"There is no {place(finding.place)}."
    return f"There is no {_sort(finding.place)} called {code(finding.place.name)}."


def _sort(place: Place | None) -> str:
    return "block" if place is not None and place.recorded else "layer"


def _unused(finding: Finding) -> str:
    if finding.place is None:
        return "A layer leads nowhere: nothing on the way to the output takes it."
    where = start(place(finding.place))
    return f"{where} leads nowhere: nothing on the way to the output takes it."


def _missing_step(finding: Finding) -> str:
    if finding.place is None:
        return "A layer is missing."
    return f"There should be {place(finding.place, 'a')}, and there is none."


def _extra(finding: Finding) -> str:
    if finding.place is None:
        return "There is one layer too many."
    return f"Remove {place(finding.place)}: it does not belong there."


def _misplaced(finding: Finding) -> str:
    if finding.place is None:
        return "A layer is in the wrong place."
    name, kind = finding.place.name, finding.place.kind
    what = code(name) if name is not None else start(f"{_article(kind)} {code(kind)}")
    return (
        f"{what} is in the wrong place: it should come after {places(finding.expected)}, "
        f"yours comes after {places(finding.actual)}."
    )


def _count(finding: Finding) -> str:
    if finding.place is None:
        return "There are more or fewer layers of a kind than there should be."
    sort = f"{finding.place.kind} call" if finding.place.recorded else finding.place.kind
    text = f"{code(sort)}: there should be {finding.expected}, yours has {finding.actual}."
    block = finding.place.block
    return text if block is None else f"{text} The first block that differs is block {block}."


def _other_end(finding: Finding) -> str:
    wanted, given = (
        ", ".join(code(kind) for kind in kinds) if isinstance(kinds, tuple) and kinds else "nothing"
        for kinds in (finding.expected, finding.actual)
    )
    if wanted == "nothing":
        return "The network ends in other layers than asked for."
    return f"After the last block there should be {wanted}; in yours there is {given}."


def _setting(finding: Finding) -> str:
    what = _property(finding)
    if finding.place is None:
        return f"A layer has another {what} than asked for."
    return (
        f"{start(place(finding.place))}: the {what} should be {_shown(finding.expected)}, "
        f"yours is {_shown(finding.actual)}."
    )


def _property(finding: Finding) -> str:
    """A layer's setting in words; an argument of a recorded block by the name that the course gave it."""
    name = str(finding.property)
    recorded = finding.place is not None and finding.place.recorded
    return f"argument {code(name)}" if recorded else SETTINGS.get(name, name)


def _fed_by(finding: Finding) -> str:
    if finding.place is None:
        return "A layer takes its input from the wrong layer."
    return (
        f"{start(place(finding.place))} should take {places(finding.expected)}; "
        f"yours takes {places(finding.actual)}."
    )


def _output_of(finding: Finding) -> str:
    if finding.expected is None:
        return "The output is taken from the wrong layer."
    return f"The output should be {places(finding.expected)}; yours is {places(finding.actual)}."


def _compared(what: str, nothing: str = "batch") -> _Sentence:
    def sentence(finding: Finding) -> str:
        where = ""
        if finding.place is not None:
            where = f"{start(place(finding.place))}: "
        elif finding.part is not None:
            where = f"{code(finding.part)}: "
        if finding.expected is None:
            return f"{where}{what}." if where else f"{start(what)}."
        return (
            f"{where}{what if where else start(what)}: it should be "
            f"{_shown(finding.expected, nothing)}, yours is {_shown(finding.actual, nothing)}."
        )

    return sentence


def _related(what: str, nothing: str = "batch") -> _Sentence:
    """A comparison, followed by the relation of the numbers if it is known."""

    def sentence(finding: Finding) -> str:
        text = _compared(what, nothing)(finding)
        known = RELATIONS.get(str(finding.relation))
        return f"{text} Yours is {known}." if known else text

    return sentence


def _value_shape(finding: Finding) -> str:
    if finding.part is not None and finding.expected is None:
        return _compared("this part of the returned value should not be there")(finding)
    return _related("a returned array has the wrong shape")(finding)


def _plain(text: str) -> _Sentence:
    return lambda finding: text


def _raised(finding: Finding) -> str:
    if not isinstance(finding.actual, StudentError):
        return "Your code raises an error."
    return f"Your code raises {code(first_sentence(error_text(finding.actual)))}."


def _given_nothing(finding: Finding) -> str:
    what = "A layer" if finding.place is None else start(place(finding.place))
    return (
        f"{what} is called on {code('None')} in place of a tensor: nothing came back from the line or the "
        "function before it."
    )


def _too_slow(finding: Finding) -> str:
    took = _more_than(finding, "too long", "longer than {:g} seconds")
    return f"Your code took {took} and was stopped: it may never end."


def _too_much_memory(finding: Finding) -> str:
    used = _more_than(finding, "too much memory", "more than {:g} GiB of memory")
    return f"Your code used {used} and was stopped."


def _more_than(finding: Finding, otherwise: str, text: str) -> str:
    limit = finding.actual
    return text.format(limit) if isinstance(limit, int | float) else otherwise


def _wrong_error(finding: Finding) -> str:
    if not isinstance(finding.actual, StudentError):
        return "The wrong error is raised."
    return f"The wrong error is raised: {code(finding.actual.type)}."


def _no_error(finding: Finding) -> str:
    what = start(f"{_article(str(finding.expected))} {code(finding.expected)}")
    return f"{what} should be raised here, and nothing is raised."


def _signature(finding: Finding) -> str:
    if not isinstance(finding.expected, tuple):
        return "The function has other parameters than the exercise gives it: keep its first line."
    line = ", ".join(str(parameter) for parameter in finding.expected)
    return f"Keep the function's first line: its parameters are {code(f'({line})')}."


def _argument_changed(finding: Finding) -> str:
    what, _, part = str(finding.part or "").partition(": ")
    name = what.removeprefix("argument ")
    if not name:
        return "Your code changes one of its arguments, which should stay as they are."
    which = f"argument no. {name}" if name.isdigit() else f"the argument {code(name)}"
    owned = f"the {part} of {which}" if part else which
    return f"Your code changes {owned}, which should stay as it is."


def _second_call(finding: Finding) -> str:
    if finding.actual == "the same layers":
        return "A second call uses the layers of the first: make new layers in each call."
    what = (
        "builds another network" if finding.actual == "another network" else "answers differently"
    )
    return f"A second call with the same arguments {what} than the first."


def _error_message(finding: Finding) -> str:
    if isinstance(finding.actual, tuple):
        named = ", ".join(code(number) for number in finding.actual)
        return f"The error is of the right kind. Its message should not name {named}."
    if not isinstance(finding.expected, tuple):
        return "The error is of the right kind. Its message does not name everything it should."
    *most, last = (code(number) for number in finding.expected)
    named = f"{', '.join(most)} and {last}" if most else last
    return f"The error is of the right kind. Its message should name {named}."


def first_sentence(message: str) -> str:
    """The beginning of an error's message, which may be pages long."""
    sentence = re.split(r"(?<=\w)\.\s|\n", message.strip(), maxsplit=1)[0]
    return sentence if len(sentence) <= LONGEST_SENTENCE else f"{sentence[:LONGEST_SENTENCE]}…"


_SENTENCES: dict[str, _Sentence] = {
    "not-attempted": _plain(
        "This exercise is not attempted yet: replace the line that raises NotImplementedError."
    ),
    "no-evidence": _plain("The check did not run to its end, so there is nothing to judge."),
    "raised": _raised,
    "given-nothing": _given_nothing,
    "too-slow": _too_slow,
    "too-much-memory": _too_much_memory,
    "the-kernel-ended": _plain(
        "Your code ended the kernel, so there is nothing to judge: it ended the process or crashed in it."
    ),
    "not-run": _plain("This was not run: the cells before it had used up the notebook's time."),
    "missing-step": _missing_step,
    "unused-layer": _unused,
    "extra-layer": _extra,
    "misplaced-layer": _misplaced,
    "model-name": _compared("the model has the wrong name"),
    "missing-layer": _missing,
    "other-end": _other_end,
    "layer-count": _count,
    "misnamed-layer": _misnamed,
    "layer-kind": _compared("this is the wrong kind of layer"),
    "setting": _setting,
    "initialiser": _setting,
    "fed-by": _fed_by,
    "output-of": _output_of,
    "input-shape": _compared("the model takes inputs of the wrong shape"),
    "output-shape": _compared("the output has the wrong shape"),
    "layer-shape": _compared("the output has the wrong shape"),
    "as-built": _plain(
        "The freshly built network gives other numbers: look at the initialisers and their seeds."
    ),
    "fixed-weights": _plain(
        "With the same weights in every layer the outputs differ: something "
        "is computed differently."
    ),
    "training": _plain("In training mode the outputs differ: look at the batch normalisation."),
    "penalty": _plain(
        "The penalty on the weights, which regularisers add to the loss, differs: look at "
        "`kernel_regularizer`."
    ),
    "value": _related("a returned value differs", nothing="nan"),
    "value-shape": _value_shape,
    "value-missing": _compared("a part of the returned value is missing"),
    "surplus-penalty": _plain(
        "Your network adds a penalty on its weights to the loss, and none is asked for."
    ),
    "signature": _signature,
    "value-type": _compared("what is returned has the wrong type"),
    "argument-returned": _plain(
        "Your code gives back the very array that it was given, where a new one is asked for."
    ),
    "argument-changed": _argument_changed,
    "second-call": _second_call,
    "no-error": _no_error,
    "wrong-error": _wrong_error,
    "error-message": _error_message,
}


def _shown(value: Value, nothing: str = "batch") -> str:
    """A value in a sentence. nothing: the word for None in a tuple, "batch" or "nan"."""
    if isinstance(value, tuple) and any(isinstance(item, Place) for item in value):
        return places(value)
    if isinstance(value, tuple):
        return code(f"({', '.join(nothing if item is None else f'{item}' for item in value)})")
    if isinstance(value, StudentError):
        return code(error_text(value))
    return "nothing" if value is None else code(value)


def label(layer: Place) -> str | None:
    """A layer's name, or its kind and number; None for one that is identified by its role."""
    if layer.name is not None or layer.number is None:
        return layer.name
    return f"{layer.kind} {'call ' if layer.recorded else ''}no. {layer.number}"


def place(layer: Place, article: str = "the") -> str:
    """A layer in a sentence: its name, or ``the `ReLU` after `bn1a_branch2b` ``."""
    known = label(layer)
    block = "" if layer.block is None else f" in block {layer.block}"
    if known is not None:
        return f"{code(known)}{block}"
    if layer.kind == "InputLayer":
        return "the block's input" if article == "the" else "an input"
    kind = KINDS.get(layer.kind, code(layer.kind))
    role = " and ".join(_source(source) for source in layer.after)
    link = " of " if len(layer.after) > 1 else " after " if role else ""
    return f"{article if article == 'the' else _article(kind)} {kind}{link}{role}{block}"


def places(value: Value) -> str:
    """The expected or actual layers of a finding, in a sentence."""
    layers = [item for item in value if isinstance(item, Place)] if isinstance(value, tuple) else []
    return " and ".join(place(layer) for layer in layers) or "nothing"


def _source(layer: Place) -> str:
    """A layer within the description of another."""
    if label(layer) is not None or layer.after:
        return place(layer)
    return f"the {KINDS[layer.kind]}" if layer.kind in KINDS else code(layer.kind)


def _article(noun: str) -> str:
    return "an" if noun.strip("`").lower().startswith(("a", "e", "i", "o")) else "a"


def start(text: str) -> str:
    """The text with a capital letter, if it starts with a word and not with code."""
    return text[:1].upper() + text[1:]


def code(value: Any) -> str:
    """A piece of code within a sentence: set in backticks, which the panel renders as code."""
    return f"`{str(value).replace('`', chr(39))}`"
