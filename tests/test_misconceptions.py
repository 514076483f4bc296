"""The catalogue of misconceptions: complete, reachable, and without solutions."""

from __future__ import annotations

import re

import pytest

from kerascheck.feedback.misconceptions import (
    MOST_HINTS,
    Misconception,
    misconception_of,
    misconceptions,
)
from kerascheck.judge.graph_diff import RULES
from kerascheck.judge.verdict import INCORRECT, VALUES, Finding, Verdict
from kerasgrader.marking.redaction import redacted
from tests.support.lesson_cells import LESSONS

# What Keras 3 and Python say to each mistake, as run; and the entry that should answer.
ERRORS = {
    "ModuleNotFoundError: No module named 'keras.utils.vis_utils'": "keras-2-import",
    "ImportError: cannot import name 'layer_utils' from 'keras.utils' (x.py)": "keras-2-import",
    "ModuleNotFoundError: No module named 'keras.engine'": "keras-2-import",
    "AttributeError: module 'keras.backend' has no attribute 'set_learning_phase'": "keras-2-backend",
    "AttributeError: module 'keras.backend' has no attribute 'int_shape'": "keras-2-backend",
    "AttributeError: module 'tensorflow' has no attribute 'Session'": "tensorflow-1",
    "AttributeError: module 'tensorflow' has no attribute 'placeholder'": "tensorflow-1",
    "ValueError: A KerasTensor cannot be used as input to a TensorFlow function.": "tensorflow-function",
    "AttributeError: 'KerasTensor' object has no attribute 'get_shape'": "symbolic-tensor",
    "TypeError: A symbolic KerasTensor cannot be used as a boolean.": "symbolic-tensor",
    "ValueError: Unrecognized keyword arguments passed to Model: {'input': 1}": "model-keywords",
    "ValueError: Argument(s) not recognized: {'lr': 0.1}": "keras-1-arguments",
    "ValueError: Unrecognized keyword arguments passed to Conv2D: {'stride': 2}": "keras-1-arguments",
    "TypeError: AveragePooling2D.__init__() missing 1 required positional argument: 'pool_size'": (
        "pool-needs-size"
    ),
    "TypeError: too many positional arguments": "add-takes-a-list",
    "TypeError: Merge.__init__() takes 1 positional argument but 2 were given": "add-takes-a-list",
    "TypeError: int() argument must be a string or a real number, not 'list'": "axis-is-a-number",
    "ValueError: Argument `name` must be a string and cannot contain character `/`.": (
        "slash-in-a-name"
    ),
    'ValueError: The name "a" is used 2 times in the model.': "name-used-twice",
    "ValueError: Inputs have incompatible shapes. Received (4, 4, 6) and (4, 4, 5)": (
        "shapes-do-not-fit"
    ),
    "TypeError: the block should return the output tensor, found None (is the return missing?)": (
        "nothing-returned"
    ),
    "NameError: name 'X_shortcut' is not defined": "name-not-defined",
    "TypeError: identity_block: missing a required argument: 'f'": "argument-left-out",
    "ZeroDivisionError: division by zero": "code-raises",
    "error: OpenCV(5.0.0) :-1: error: (-215:Assertion failed) !ssize.empty() in function 'resize'": (
        "nothing-was-read"
    ),
    "error: OpenCV(5.0.0) :-1: error: (-5:Bad argument) in function 'imread'\n> Overload resolution "
    "failed:\n>  - Expected 'filename' to be a str or path-like object": "opencv-arguments",
    "ValueError: cat.9.jpg is no whole picture": "one-file-stops-all",
    "ValueError: setting an array element with a sequence. The requested array has an inhomogeneous "
    "shape after 1 dimensions.": "holes-in-the-array",
    "Unreadable: broken.png cannot be read as a picture (it is none)": "one-file-stops-all",
    "ValueError: need at least one array to stack": "nothing-to-stack",
}

# One finding for each entry that is not about an error.
READING = "check.values(check.folder(), read=check.reader)"
PREDICTING = "check.values(check.colours, check.folder(), 3)"
CURVES = "check.values({'val_loss': []})"
FINDINGS = {
    "code-raises": Finding("wrong-error", VALUES, "c"),
    "error-expected": Finding("no-error", VALUES, "c"),
    "not-attempted": Finding("not-attempted", VALUES, "c"),
    "no-evidence": Finding("no-evidence", VALUES, "c"),
    "pool-without-a-name": Finding("misnamed-layer", "names", "c", "avg_pool", None, "avg_pool"),
    "recorded-block-name": Finding("misnamed-layer", "names", "c", "3b", None, "3b", "3c"),
    "no-name": Finding("misnamed-layer", "names", "c", "fc6", None, "fc6", None),
    "another-name": Finding("misnamed-layer", "names", "c", "fc6", None, "fc6", "fc"),
    "model-name": Finding("model-name", "names", "c"),
    "too-few-blocks": Finding("missing-layer", "names", "c", "3d"),
    "missing-layer": Finding("missing-layer", "names", "c", "res1a_branch2b"),
    "unused-layer": Finding("unused-layer", "names", "c", "res1a_branch2b"),
    "last-relu": Finding("missing-step", VALUES, "c", "ReLU after Add of bn1a_branch2c and input"),
    "relu-between": Finding("missing-step", VALUES, "c", "ReLU after bn1a_branch2a"),
    "addition-missing": Finding("missing-step", VALUES, "c", "Add of bn1a_branch2c and input"),
    "missing-step": Finding("missing-step", VALUES, "c", "Flatten after avg_pool"),
    "relu-too-many": Finding("extra-layer", VALUES, "c", "ReLU after bn", None, "bn", "ReLU"),
    "too-many-blocks": Finding("extra-layer", VALUES, "c", "3e", None, "3d", "identity_block"),
    "extra-layer": Finding("extra-layer", VALUES, "c", "noise", None, "bn", "GaussianNoise"),
    "misplaced-layer": Finding("misplaced-layer", VALUES, "c", "bn1a_branch2b"),
    "wrong-block": Finding("layer-kind", VALUES, "c", "3a", None, "convolutional_block"),
    "merge-kind": Finding("layer-kind", VALUES, "c", "Add of a and b", None, "Add", "Multiply"),
    "layer-kind": Finding("layer-kind", VALUES, "c", "avg_pool", None, "AveragePooling2D"),
    "shortcut-partner": Finding("fed-by", VALUES, "c", "Add of bn1a_branch2c and input"),
    "shortcut-start": Finding("fed-by", VALUES, "c", "res1a_branch1"),
    "wrong-source": Finding("fed-by", VALUES, "c", "res1a_branch2b"),
    "wrong-output": Finding("output-of", VALUES, "c"),
    "seed": Finding("initialiser", VALUES, "c", "fc6", "kernel_initializer"),
    "padding": Finding("setting", VALUES, "c", "res1a_branch2b", "padding"),
    "stride": Finding("setting", VALUES, "c", "3a", "s"),
    "filters": Finding("setting", VALUES, "c", "fc6", "units"),
    "window": Finding("setting", VALUES, "c", "avg_pool", "pool_size"),
    "axis": Finding("setting", VALUES, "c", "bn_conv1", "axis"),
    "activation": Finding("setting", VALUES, "c", "fc6", "activation"),
    "setting": Finding("setting", VALUES, "c", "fc6", "use_bias"),
    "input-shape": Finding("input-shape", "shapes", "c"),
    "output-shape": Finding("layer-shape", "shapes", "c", "fc6"),
    "as-built": Finding("as-built", VALUES, "c"),
    "fixed-weights": Finding("fixed-weights", VALUES, "c"),
    "training": Finding("training", VALUES, "c"),
    "callback": Finding("value", VALUES, "c", "ModelCheckpoint: monitor"),
    "order-of-numbers": Finding("value", VALUES, "c", "result", "backwards"),
    "axes-exchanged": Finding("value-shape", "shapes", "c", "result", "transposed"),
    "mirrored": Finding("value", VALUES, "c", "result", "mirrored"),
    "entries-missing": Finding("value-shape", "shapes", "c", "result", "a part"),
    "scale": Finding("value", VALUES, "c", "result", "factor"),
    "square-or-root": Finding("value", VALUES, "c", "result", "square"),
    "type-of-number": Finding("value", VALUES, "c", "result", "kind of number"),
    "another-case": Finding("value", VALUES, "c", "result for 81", "another case"),
    "always-the-same": Finding("value", VALUES, "c", "result", "constant"),
    "few-entries": Finding("value", VALUES, "c", "result", "few"),
    "count": Finding("value", VALUES, "c", "result", "too large"),
    "blue-first": Finding("value", VALUES, "check.values(check.picture())", "result", "channels"),
    "sides-swapped": Finding("value-shape", "shapes", "c", "result", "sides"),
    "divided-too-early": Finding(
        "value", VALUES, "check.values(check.picture())", "result", "pixel scale"
    ),
    "labels-swapped": Finding("value", VALUES, "c", "result[1]", "complement"),
    "nearly-the-picture": Finding(
        "value", VALUES, "check.values(check.picture())", "result", "nearly"
    ),
    "one-less": Finding("value", VALUES, "c", "result[1]", "one less", [3.0], [2.0]),
    "wrong-sign": Finding("value", VALUES, "c", "result[2]", "sign", [0.3], [-0.3]),
    "skipped-means-named": Finding(
        "value",
        VALUES,
        READING,
        "result[2]",
        None,
        "cat.9.jpg, a.txt",
    ),
    "verdict-on-the-curves": Finding("value", VALUES, CURVES, "result[0]", None, "neither"),
    "early-stopping": Finding("value", VALUES, "c", "EarlyStopping: patience", None, 6, 3),
    "optimiser-settings": Finding("value-missing", "shapes", "c", "Adam: weight_decay"),
    "value-missing": Finding("value-missing", "shapes", "c"),
    "value-shape": Finding("value-shape", "shapes", "c"),
    "value": Finding("value", VALUES, "c"),
    "layer-count": Finding("layer-count", VALUES, "c", "Conv2D", expected=3, found=2),
    "regulariser": Finding("penalty", VALUES, "c"),
    "error-message": Finding("error-message", VALUES, "c", found="20 and 26"),
}

LOADER = "check.values(check.normal(13, 4, 4, 3), check.one_hot(13, 3), 4)"
REPORT = "check.values(check.one_hot(12, 3), check.normal(12, 3))"
NORM, UNIT = "BatchNormalization no. 1", "residual_unit call no. "
FINDINGS |= {  # of units 3 and 4, whose layers have no names, and of what is no model
    "norm-before-activation": Finding("misplaced-layer", VALUES, "c", f"ReLU after {NORM}"),
    "activation-missing": Finding("missing-step", VALUES, "c", f"ReLU after {NORM}"),
    "dropout-misplaced": Finding("misplaced-layer", VALUES, "c", "Dropout after ReLU"),
    "dropout-missing": Finding("missing-step", VALUES, "c", "Dropout after ReLU"),
    "dropout-too-many": Finding("extra-layer", VALUES, "c", "Dropout", None, "ReLU", "Dropout"),
    "after-the-addition": Finding(
        "extra-layer", VALUES, "c", "ReLU after Add of a and b", found="ReLU"
    ),
    "projection-missing": Finding("missing-step", VALUES, "c", "residual_unit after residual_unit"),
    "unit-in-order": Finding("fed-by", VALUES, "check.block(conv_first=False)", "Conv2D no. 1"),
    "dropout-kind": Finding("layer-kind", VALUES, "c", "Dropout", None, "Dropout", "AlphaDropout"),
    "dropout-rate": Finding("setting", VALUES, "c", "Dropout after ReLU", "rate", 0.2, 0.8),
    "first-block-bare": Finding("setting", VALUES, "c", UNIT + "2", "bn", False, True),
    "linear-projection": Finding("setting", VALUES, "c", UNIT + "4", "bn", False, True),
    "bare-too-often": Finding("setting", VALUES, "c", UNIT + "9", "activation", "relu", None),
    "bare-layers": Finding("setting", VALUES, "c", "resnet_layer call no. 3", "activation"),
    "unit-order": Finding("setting", VALUES, "c", UNIT + "3", "conv_first", False, True),
    "widths": Finding("setting", VALUES, "c", UNIT + "9", "num_filters", 64, 16),
    "last-norm-and-relu": Finding(
        "layer-count", VALUES, "check.wiring()", NORM[:-6], expected=2, found=1
    ),
    "depth-rule": Finding("layer-count", VALUES, "c", UNIT[:-5], expected=22, found=31),
    "generator-wanted": Finding("value-missing", "shapes", PREDICTING, "result: answers"),
    "every-file": Finding("value", VALUES, "c", "result: answers", None, [7.0], [6.0]),
    "batch-at-a-time": Finding(
        "value", VALUES, "c", "result: most pictures in a call of predict", None, [3.0], [6.0]
    ),
    "answers-out-of-place": Finding(
        "value", VALUES, "c", "result[1]: None in places", None, "1", "2"
    ),
    "in-order-of-names": Finding(
        "value", VALUES, PREDICTING, "result[0]", None, "a.png, b.png", "b.png"
    ),
    "remainder": Finding("value-shape", "shapes", "c", "result: batch sizes"),
    "shuffled-batches": Finding("value", VALUES, "c", "result: batches of the next epoch"),
    "new-order-each-epoch": Finding("value", VALUES, "c", "result: order of the next epoch"),
    "repeatable": Finding("value", VALUES, "c", "result: order when made again"),
    "small-buffer": Finding("value", VALUES, "c", "result: first picture of an epoch"),
    "given-order": Finding("value", VALUES, "c", "result: order"),
    "labels-with-pictures": Finding("value", VALUES, LOADER, "result[1]"),
    "rows-and-columns": Finding("value", VALUES, REPORT, "result[0]"),
    "precision-or-recall": Finding("value", VALUES, REPORT, "result[1]"),
    "confident-mistakes": Finding("value", VALUES, REPORT, "result[3]"),
}


def test_every_finding_has_a_misconception() -> None:
    """Each rule of the diagnosis leads to an entry, whatever the finding's other fields hold."""
    for rule in RULES:
        assert rule in misconception_of(Finding(rule, VALUES, "c")).rules
        odd = Finding(rule, VALUES, "c", "no such layer", "no such setting", [1], {"a": 1})
        assert rule in misconception_of(odd).rules


def test_no_misconception_is_unreachable() -> None:
    """For every entry there is a finding that leads to it, past all entries before it."""
    reached = {name: misconception_of(finding).id for name, finding in FINDINGS.items()}
    assert reached == {name: name for name in FINDINGS}
    assert {entry.id for entry in misconceptions()} == {*FINDINGS, *ERRORS.values()}


@pytest.mark.parametrize("entry", FINDINGS)
def test_what_a_feedback_page_may_not_show_decides_nothing(entry: str) -> None:
    """Numbers are taken out of findings while grading: page and report name the same misconception."""
    finding = FINDINGS[entry]
    judged = Verdict("f", INCORRECT, 0, 1, (), (finding,), None, {finding.call: False})
    [shown] = redacted(judged, {finding.call}, "").findings
    assert misconception_of(shown).id == entry


@pytest.mark.parametrize(("message", "entry"), ERRORS.items())
def test_an_error_of_old_habits_is_recognised(message: str, entry: str) -> None:
    """What Keras 3 says to an idiom of Keras 2 leads to the entry that explains it."""
    assert misconception_of(Finding("raised", VALUES, "check.block()", found=message)).id == entry


@pytest.mark.parametrize("entry", misconceptions(), ids=lambda entry: entry.id)
def test_an_entry_is_complete_and_gives_nothing_away(entry: Misconception) -> None:
    """One to three hints, a place to reread, and no code that could be copied."""
    assert 1 <= len(entry.hints) <= MOST_HINTS
    assert entry.title and entry.explanation and entry.where("f")
    assert set(entry.rules) <= set(RULES)
    for text in entry.hints:
        assert "(X" not in text and "kernel_initializer=" not in text
        assert not re.search(r"layers\.\w+\([^)]", text)
        assert "{" not in entry.hint(0, Finding(entry.rules[0], VALUES, "c"))


def test_hints_step_from_the_idea_to_the_place() -> None:
    """The first hint names no layer; later ones may; after the last there is no further."""
    finding = FINDINGS["padding"]
    entry = misconception_of(finding)
    first, last = entry.hint(0, finding), entry.hint(len(entry.hints) - 1, finding)
    assert "res1a_branch2b" not in first and "`res1a_branch2b`" in last
    assert entry.hint(99, finding) == last


def test_what_is_to_be_reread_is_there() -> None:
    """Columns and lists that an entry quotes are in every lesson's text or in one lesson at least."""
    text = "\n".join(path.read_text("utf-8") for path in LESSONS.glob("*.py"))
    for entry in misconceptions():
        for quoted in re.findall("«(.+?)»", entry.reread):
            assert quoted in text, f"{entry.id}: {quoted}"
