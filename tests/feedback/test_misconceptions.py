"""The catalogue of misconceptions: complete, reachable, and without solutions."""

from __future__ import annotations

import re

import pytest

from kerascheck import published
from kerascheck.evidence.evidence import StudentError
from kerascheck.feedback.misconceptions import (
    MOST_HINTS,
    Misconception,
    misconception_of,
    misconceptions,
)
from kerascheck.judge.places import Place
from kerascheck.judge.verdict import INCORRECT, NAMES, RULES, SHAPES, VALUES, Finding, Verdict
from kerasgrader.marking.redaction import redacted
from tests.support.lesson_cells import LESSONS

# What Keras 3 and Python say to each mistake, as run; and the entry that should answer.
ERRORS = {
    "ResourceExhaustedError: {{function_node __wrapped__Conv2D}} OOM when allocating tensor with "
    "shape[4096,64,32,32] by allocator GPU_0_bfc": "memory-is-full",
    "InternalError: Failed copying input tensor to GPU:0: Dst tensor is not initialized.": "memory-is-full",
    "XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate": "memory-is-full",
    "InternalError: CUBLAS_STATUS_ALLOC_FAILED": "memory-is-full",
    "_ArrayMemoryError: Unable to allocate 12.0 GiB for an array": "memory-is-full",
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
    "TypeError: identity_block() got an unexpected keyword argument 'training'": "argument-left-out",
    "TypeError: Conv2D.__init__() got an unexpected keyword argument 'subsample'": "keras-1-arguments",
    "AttributeError: 'Functional' object has no attribute 'fit_generator'": "generators-of-keras-2",
    "AttributeError: 'Sequential' object has no attribute 'predict_generator'": "generators-of-keras-2",
    "AttributeError: 'Sequential' object has no attribute 'predict_classes'": "classes-of-keras-2",
    "AttributeError: module 'keras.utils' has no attribute 'np_utils'": "np-utils",
    "ImportError: cannot import name 'np_utils' from 'keras.utils'": "np-utils",
    "AttributeError: module 'keras.preprocessing.image' has no attribute 'ImageDataGenerator'": (
        "image-data-generator"
    ),
    "ModuleNotFoundError: No module named 'keras.wrappers'": "removed-packages",
    "ModuleNotFoundError: No module named 'tensorflow_addons'": "removed-packages",
    "ModuleNotFoundError: No module named 'keras_contrib'": "removed-packages",
    "ModuleNotFoundError: No module named 'keras_cv'": "removed-packages",
    "ModuleNotFoundError: No module named 'resnets_utils'": "another-course-s-module",
    "ValueError: The filepath provided must end in `.keras` (Keras model format). Received: a.hdf5": (
        "model-file-formats"
    ),
    "ValueError: Invalid filepath extension for saving. Please add either a `.keras` extension": (
        "model-file-formats"
    ),
    "KeyError: 'val_acc'": "names-in-a-history",
    "AttributeError: 'Conv2D' object has no attribute 'output_shape'": "shapes-of-layers",
    "AttributeError: 'Dense' object has no attribute 'get_output_at'": "shapes-of-layers",
    "ImportError: `keras.optimizers.legacy` is not supported in Keras 3.": "legacy-optimisers",
    "ImportError: You must install pydot (`pip install pydot`) for `plot_model` to work.": (
        "plot-model-needs-more"
    ),
    "ZeroDivisionError: division by zero": "code-raises",
    "error: OpenCV(5.0.0) :-1: error: (-215:Assertion failed) !ssize.empty() in function 'resize'": (
        "nothing-was-read"
    ),
    "error: OpenCV(5.0.0) :-1: error: (-5:Bad argument) in function 'imread'\n> Overload resolution "
    "failed:\n>  - Expected 'filename' to be a str or path-like object": "opencv-arguments",
    "ValueError: cat.9.jpg is no whole image": "one-file-stops-all",
    "ValueError: setting an array element with a sequence. The requested array has an inhomogeneous "
    "shape after 1 dimensions.": "holes-in-the-array",
    "Unreadable: broken.png cannot be read as a picture (it is not an image)": "one-file-stops-all",
    "ValueError: need at least one array to stack": "nothing-to-stack",
}

# One finding for each entry that is not about an error.
INPUT = Place("InputLayer")
READING = "check.values(check.folder(), read=check.reader)"
PREDICTING = "check.values(check.colours, check.folder(), 3)"
CURVES = "check.values({'val_loss': []})"
LOADER = "check.values(check.normal(13, 4, 4, 3), check.one_hot(13, 3), 4)"
REPORT = "check.values(check.one_hot(12, 3), check.normal(12, 3))"
FINDINGS = {
    "layer-given-nothing": Finding(
        "given-nothing", VALUES, "c", place=Place("Flatten", id="stopped"), at="stopped"
    ),
    "overtaking": Finding("value", VALUES, "c", part="result: order of reading"),
    "another-head": Finding("other-end", VALUES, "c", expected=("Dense",), actual=("Flatten",)),
    "code-raises": Finding("wrong-error", VALUES, "c"),
    "error-expected": Finding("no-error", VALUES, "c"),
    "not-attempted": Finding("not-attempted", VALUES, "c"),
    "no-evidence": Finding("no-evidence", VALUES, "c"),
    "without-end": Finding("too-slow", VALUES, "c", actual=15),
    "without-limit": Finding("too-much-memory", VALUES, "c", actual=6),
    "kernel-ended": Finding("the-kernel-ended", VALUES, "c"),
    "out-of-time": Finding("not-run", VALUES, "c"),
    "changed-argument": Finding("argument-changed", VALUES, "c", part="argument 1"),
    "argument-given-back": Finding("argument-returned", VALUES, "c"),
    "memory-between-calls": Finding("second-call", VALUES, "c", actual="another answer"),
    "surplus-penalty": Finding("surplus-penalty", VALUES, "c"),
    "another-first-line": Finding("signature", VALUES, "c", expected=("X",)),
    "another-type": Finding("value-type", SHAPES, "c", expected="list", actual="Tensor"),
    "pool-without-a-name": Finding(
        "misnamed-layer",
        NAMES,
        "c",
        place=Place("AveragePooling2D", "avg_pool"),
        expected="avg_pool",
    ),
    "recorded-block-name": Finding(
        "misnamed-layer",
        NAMES,
        "c",
        place=Place("identity_block", "3b", recorded=True),
        expected="3b",
        actual="3c",
    ),
    "recorded-block-number": Finding(
        "misnamed-layer",
        NAMES,
        "c",
        place=Place("basic_block", "stage 3, block 1", recorded=True),
        expected="stage 3, block 1",
        actual="stage 3, block 0",
    ),
    "shortcut-condition": Finding(
        "missing-layer", NAMES, "c", place=Place("Conv2D", "conv2_block1_0_conv")
    ),
    "no-name": Finding("misnamed-layer", NAMES, "c", place=Place("Dense", "fc6"), expected="fc6"),
    "another-name": Finding(
        "misnamed-layer", NAMES, "c", place=Place("Dense", "fc6"), expected="fc6", actual="fc"
    ),
    "model-name": Finding("model-name", NAMES, "c"),
    "too-few-blocks": Finding(
        "missing-layer", NAMES, "c", place=Place("identity_block", "3d", recorded=True)
    ),
    "missing-layer": Finding("missing-layer", NAMES, "c", place=Place("Conv2D", "res1a_branch2b")),
    "unused-layer": Finding("unused-layer", NAMES, "c", place=Place("Conv2D", "res1a_branch2b")),
    "last-relu": Finding(
        "missing-step",
        VALUES,
        "c",
        place=Place(
            "ReLU",
            after=(
                Place(
                    "Add",
                    after=(
                        Place("BatchNormalization", "bn1a_branch2c"),
                        INPUT,
                    ),
                ),
            ),
        ),
    ),
    "relu-between": Finding(
        "missing-step",
        VALUES,
        "c",
        place=Place("ReLU", after=(Place("BatchNormalization", "bn1a_branch2a"),)),
    ),
    "addition-missing": Finding(
        "missing-step",
        VALUES,
        "c",
        place=Place(
            "Add",
            after=(
                Place("BatchNormalization", "bn1a_branch2c"),
                INPUT,
            ),
        ),
    ),
    "missing-step": Finding(
        "missing-step",
        VALUES,
        "c",
        place=Place("Flatten", after=(Place("AveragePooling2D", "avg_pool"),)),
    ),
    "relu-too-many": Finding(
        "extra-layer", VALUES, "c", place=Place("ReLU", after=(Place("BatchNormalization", "bn"),))
    ),
    "too-many-blocks": Finding(
        "extra-layer", VALUES, "c", place=Place("identity_block", "3e", recorded=True)
    ),
    "extra-layer": Finding("extra-layer", VALUES, "c", place=Place("GaussianNoise", "noise")),
    "misplaced-layer": Finding(
        "misplaced-layer", VALUES, "c", place=Place("BatchNormalization", "bn1a_branch2b")
    ),
    "wrong-block": Finding(
        "layer-kind",
        VALUES,
        "c",
        place=Place("identity_block", "3a", recorded=True),
        expected="convolutional_block",
    ),
    "merge-kind": Finding(
        "layer-kind",
        VALUES,
        "c",
        place=Place(
            "Add",
            after=(
                Place("Conv2D", "a"),
                Place("Conv2D", "b"),
            ),
        ),
        expected="Add",
        actual="Multiply",
    ),
    "layer-kind": Finding(
        "layer-kind",
        VALUES,
        "c",
        place=Place("AveragePooling2D", "avg_pool"),
        expected="AveragePooling2D",
    ),
    "shortcut-partner": Finding(
        "fed-by",
        VALUES,
        "c",
        place=Place(
            "Add",
            after=(
                Place("BatchNormalization", "bn1a_branch2c"),
                INPUT,
            ),
        ),
    ),
    "shortcut-start": Finding("fed-by", VALUES, "c", place=Place("Conv2D", "res1a_branch1")),
    "wrong-source": Finding("fed-by", VALUES, "c", place=Place("Conv2D", "res1a_branch2b")),
    "wrong-output": Finding("output-of", VALUES, "c"),
    "seed": Finding(
        "initialiser", VALUES, "c", place=Place("Dense", "fc6"), property="kernel_initializer"
    ),
    "padding": Finding(
        "setting", VALUES, "c", place=Place("Conv2D", "res1a_branch2b"), property="padding"
    ),
    "stride": Finding(
        "setting", VALUES, "c", place=Place("identity_block", "3a", recorded=True), property="s"
    ),
    "filters": Finding("setting", VALUES, "c", place=Place("Dense", "fc6"), property="units"),
    "kernel-size": Finding(
        "setting", VALUES, "c", place=Place("AveragePooling2D", "avg_pool"), property="pool_size"
    ),
    "axis": Finding(
        "setting", VALUES, "c", place=Place("BatchNormalization", "bn_conv1"), property="axis"
    ),
    "activation": Finding(
        "setting", VALUES, "c", place=Place("Dense", "fc6"), property="activation"
    ),
    "setting": Finding("setting", VALUES, "c", place=Place("Dense", "fc6"), property="use_bias"),
    "input-shape": Finding("input-shape", SHAPES, "c"),
    "output-shape": Finding("layer-shape", SHAPES, "c", place=Place("Dense", "fc6")),
    "as-built": Finding("as-built", VALUES, "c"),
    "fixed-weights": Finding("fixed-weights", VALUES, "c"),
    "training": Finding("training", VALUES, "c"),
    "callback": Finding("value", VALUES, "c", part="ModelCheckpoint: monitor"),
    "order-of-numbers": Finding("value", VALUES, "c", part="result", relation="backwards"),
    "axes-exchanged": Finding("value-shape", SHAPES, "c", part="result", relation="transposed"),
    "mirrored": Finding("value", VALUES, "c", part="result", relation="mirrored"),
    "entries-missing": Finding("value-shape", SHAPES, "c", part="result", relation="a part"),
    "scale": Finding("value", VALUES, "c", part="result", relation="factor"),
    "square-or-root": Finding("value", VALUES, "c", part="result", relation="square"),
    "type-of-number": Finding("value", VALUES, "c", part="result", relation="kind of number"),
    "another-case": Finding("value", VALUES, "c", part="result for 81", relation="another case"),
    "always-the-same": Finding("value", VALUES, "c", part="result", relation="constant"),
    "few-entries": Finding("value", VALUES, "c", part="result", relation="few"),
    "count": Finding("value", VALUES, "c", part="result", relation="too large"),
    "blue-first": Finding(
        "value", VALUES, "check.values(check.picture())", part="result", relation="channels"
    ),
    "sides-swapped": Finding("value-shape", SHAPES, "c", part="result", relation="sides"),
    "divided-too-early": Finding(
        "value", VALUES, "check.values(check.picture())", part="result", relation="pixel scale"
    ),
    "labels-swapped": Finding("value", VALUES, "c", part="result[1]", relation="complement"),
    "nearly-the-image": Finding(
        "value", VALUES, "check.values(check.picture())", part="result", relation="nearly"
    ),
    "one-less": Finding(
        "value", VALUES, "c", part="result[1]", relation="one less", expected=(3.0,), actual=(2.0,)
    ),
    "wrong-sign": Finding(
        "value", VALUES, "c", part="result[2]", relation="sign", expected=(0.3,), actual=(-0.3,)
    ),
    "skipped-means-named": Finding(
        "value", VALUES, READING, part="result[2]", expected="cat.9.jpg, a.txt"
    ),
    "verdict-on-the-curves": Finding("value", VALUES, CURVES, part="result[0]", expected="neither"),
    "early-stopping": Finding(
        "value", VALUES, "c", part="EarlyStopping: patience", expected=6, actual=3
    ),
    "optimiser-settings": Finding("value-missing", SHAPES, "c", part="Adam: weight_decay"),
    "value-missing": Finding("value-missing", SHAPES, "c"),
    "value-shape": Finding("value-shape", SHAPES, "c"),
    "value": Finding("value", VALUES, "c"),
    "layer-count": Finding("layer-count", VALUES, "c", place=Place("Conv2D"), expected=3, actual=2),
    "regulariser": Finding("penalty", VALUES, "c"),
    "error-message": Finding("error-message", VALUES, "c", expected=("20", "26")),
    "norm-before-activation": Finding(
        "misplaced-layer",
        VALUES,
        "c",
        place=Place("ReLU", after=(Place("BatchNormalization", number=1),)),
    ),
    "activation-missing": Finding(
        "missing-step",
        VALUES,
        "c",
        place=Place("ReLU", after=(Place("BatchNormalization", number=1),)),
    ),
    "dropout-misplaced": Finding(
        "misplaced-layer", VALUES, "c", place=Place("Dropout", after=(Place("ReLU"),))
    ),
    "dropout-missing": Finding(
        "missing-step", VALUES, "c", place=Place("Dropout", after=(Place("ReLU"),))
    ),
    "dropout-too-many": Finding("extra-layer", VALUES, "c", place=Place("Dropout")),
    "after-the-addition": Finding(
        "extra-layer",
        VALUES,
        "c",
        place=Place(
            "ReLU",
            after=(
                Place(
                    "Add",
                    after=(
                        Place("Conv2D", "a"),
                        Place("Conv2D", "b"),
                    ),
                ),
            ),
        ),
    ),
    "projection-missing": Finding(
        "missing-step",
        VALUES,
        "c",
        place=Place("residual_unit", after=(Place("Conv2D", "residual_unit"),)),
    ),
    "unit-in-order": Finding(
        "fed-by", VALUES, "check.block(conv_first=False)", place=Place("Conv2D", number=1)
    ),
    "dropout-kind": Finding(
        "layer-kind", VALUES, "c", place=Place("Dropout"), expected="Dropout", actual="AlphaDropout"
    ),
    "dropout-rate": Finding(
        "setting",
        VALUES,
        "c",
        place=Place("Dropout", after=(Place("ReLU"),)),
        property="rate",
        expected=0.2,
        actual=0.8,
    ),
    "first-block-bare": Finding(
        "setting",
        VALUES,
        "c",
        place=Place("residual_unit", number=2, recorded=True),
        property="bn",
        expected=False,
        actual=True,
    ),
    "linear-projection": Finding(
        "setting",
        VALUES,
        "c",
        place=Place("residual_unit", number=4, recorded=True),
        property="bn",
        expected=False,
        actual=True,
    ),
    "bare-too-often": Finding(
        "setting",
        VALUES,
        "c",
        place=Place("residual_unit", number=9, recorded=True),
        property="activation",
        expected="relu",
    ),
    "bare-layers": Finding(
        "setting",
        VALUES,
        "c",
        place=Place("resnet_layer", number=3, recorded=True),
        property="activation",
    ),
    "unit-order": Finding(
        "setting",
        VALUES,
        "c",
        place=Place("residual_unit", number=3, recorded=True),
        property="conv_first",
        expected=False,
        actual=True,
    ),
    "widths": Finding(
        "setting",
        VALUES,
        "c",
        place=Place("residual_unit", number=9, recorded=True),
        property="num_filters",
        expected=64,
        actual=16,
    ),
    "last-norm-and-relu": Finding(
        "layer-count",
        VALUES,
        "check.wiring()",
        place=Place("BatchNormalization"),
        expected=2,
        actual=1,
    ),
    "depth-rule": Finding(
        "layer-count",
        VALUES,
        "c",
        place=Place("residual_unit", recorded=True),
        expected=22,
        actual=31,
    ),
    "generator-wanted": Finding("value-missing", SHAPES, PREDICTING, part="result: answers"),
    "every-file": Finding(
        "value", VALUES, "c", part="result: answers", expected=(7.0,), actual=(6.0,)
    ),
    "batch-at-a-time": Finding(
        "value",
        VALUES,
        "c",
        part="result: most images in a call of predict",
        expected=(3.0,),
        actual=(6.0,),
    ),
    "answers-out-of-place": Finding(
        "value", VALUES, "c", part="result[1]: None in places", expected="1", actual="2"
    ),
    "in-order-of-names": Finding(
        "value", VALUES, PREDICTING, part="result[0]", expected="a.png, b.png", actual="b.png"
    ),
    "remainder": Finding("value-shape", SHAPES, "c", part="result: batch sizes"),
    "shuffled-batches": Finding("value", VALUES, "c", part="result: batches of the next epoch"),
    "new-order-each-epoch": Finding("value", VALUES, "c", part="result: order of the next epoch"),
    "repeatable": Finding("value", VALUES, "c", part="result: order when made again"),
    "small-buffer": Finding("value", VALUES, "c", part="result: first image of an epoch"),
    "given-order": Finding("value", VALUES, "c", part="result: order"),
    "labels-with-images": Finding("value", VALUES, LOADER, part="result[1]"),
    "rows-and-columns": Finding("value", VALUES, REPORT, part="result[0]"),
    "precision-or-recall": Finding("value", VALUES, REPORT, part="result[1]"),
    "confident-mistakes": Finding("value", VALUES, REPORT, part="result[3]"),
}


def test_every_finding_has_a_misconception() -> None:
    """Each rule of the diagnosis leads to an entry, whatever the finding's other fields hold."""
    for rule in RULES:
        assert rule in misconception_of(Finding(rule, VALUES, "c")).rules
        odd = Finding(
            rule,
            VALUES,
            "c",
            place=Place("NoSuchLayer", "no such name"),
            part="no such part",
            property="no such property",
            expected=(1,),
            actual=(Place("NoSuchLayer"),),
            relation="no such relation",
        )
        assert rule in misconception_of(odd).rules


GENERAL = {
    "not-attempted": "exercise-open",
    "missing-layer": "layer-left-out",
    "misnamed-layer": "layer-called-otherwise",
    "unused-layer": "layer-without-effect",
    "extra-layer": "layer-too-many",
    "layer-kind": "layer-of-another-kind",
    "setting": "layer-set-up-differently",
    "fed-by": "layer-fed-by-another",
    "input-shape": "input-of-another-shape",
    "output-shape": "output-of-another-shape",
    "training": "training-mode",
    "layer-count": "layers-of-a-kind",
}


def test_no_misconception_is_unreachable() -> None:
    """For every entry there is a finding that leads to it, past all entries before it."""
    reached = {name: misconception_of(finding).id for name, finding in FINDINGS.items()}
    assert reached == {name: name for name in FINDINGS}
    general = {*GENERAL.values()}
    assert {entry.id for entry in misconceptions()} == {*FINDINGS, *ERRORS.values(), *general}


@pytest.mark.parametrize("rule", RULES)
def test_a_course_without_a_catalogue_has_the_general_one(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each rule has an entry that names nothing of this course."""
    monkeypatch.setattr(published, "CURRENT", published.Current("unit", ""))
    found = misconception_of(Finding(rule, VALUES, "c", part="result"))
    assert found.id == GENERAL.get(rule, found.id)
    texts = " ".join([found.title, found.explanation, found.reread, *found.hints]).lower()
    for word in ("residual", "shortcut", "bottleneck", "identity", "image"):
        assert word not in texts


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
    kind, _, text = message.partition(": ")
    finding = Finding("raised", VALUES, "check.block()", actual=StudentError(kind, text))
    assert misconception_of(finding).id == entry


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


def test_a_heading_ends_in_one_mark() -> None:
    """A title that asks keeps its question mark; the others get a full stop."""
    headings = [entry.heading for entry in misconceptions()]
    assert all(re.search(r"[^.?!][.?]$", heading) for heading in headings)
    assert any(heading.endswith("?") for heading in headings)


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
