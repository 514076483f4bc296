"""A test cell of probes, written again as the plain asserts of an ordinary careful instructor.

Each check of the source's cell becomes code that does the same on the same inputs: it builds the
student's model, runs it as built, with other weights and in training mode, and asserts the names of the
layers, the shapes and the outputs. The inputs are drawn as the probes' classic ones are. Every
expected value comes from running that very code on the reference solution; none is typed.

All or nothing, as a plain assert is: a cell is passed or it is not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pprint import pformat
from typing import Any

from kerascheck import check
from kerascheck.evidence.evidence import rounded
from kerascheck.judge.closeness import RELATIVE_TOLERANCE
from kerascheck.probes.given.arguments import CLASSIC, Seed
from kerascheck.probes.given.draw import Draw

DELIMITER = re.compile(r"^(### (?:BEGIN|END) HIDDEN TESTS)$", re.MULTILINE)
BATCH = 2  # of a whole model, as its probe has it
FILTERS, STRIDE = "filters", "s"
OTHER_WEIGHTS = """\
random = np.random.RandomState(2)
for name in named:
    weights = [w * random.uniform(0.5, 1.5, w.shape) for w in model.get_layer(name).get_weights()]
    weights = [w + 0.3 * random.uniform(-1, 1, w.shape) if w.ndim == 1 else w for w in weights]
    model.get_layer(name).set_weights(weights)
"""
STUB = """\
def {name}_stub({arguments}):
    calls.append(("{name}", {recorded}))
    return layers.Conv2D(
        filters[-1], 1, strides={stride}, activation="relu",
        kernel_initializer=keras.initializers.HeNormal(seed=0),
    )(X)
"""


def plain_test(source: str, reference: dict[str, Any]) -> str:
    """The test cell `source` with asserts in place of its checks, the hidden ones still marked.

    reference: the global names of a notebook in which the imports and all solutions have run; the
    test runs there and leaves its own names behind. Raises ValueError for a cell that holds anything
    but checks of blocks, models and wiring.
    """
    writer = Writer(reference)
    for part in DELIMITER.split(source):
        if DELIMITER.match(part):
            writer.note(part)
            continue
        for statement in ast.parse(part).body:
            _write_test(writer, statement)
    return writer.text()


class Writer:
    """Writes a test while running it on the reference, so that it can say what to expect."""

    def __init__(self, reference: dict[str, Any]) -> None:
        self.names = reference
        self.blocks: list[str] = []
        self.stubs: set[str] = set()

    def note(self, text: str) -> None:
        """A line that does nothing."""
        self.blocks.append(text)

    def do(self, code: str) -> None:
        """Code that the test and the reference run alike."""
        exec(compile(code, "<plain test>", "exec"), self.names)
        self.blocks.append(code.rstrip("\n"))

    def value(self, expression: str) -> Any:
        """What the expression is for the reference."""
        return eval(expression, self.names)

    def equal(self, expression: str) -> None:
        """Assert that the expression is what it is for the reference."""
        start = f"assert {expression} == "
        self.blocks.append(start + _literal(self.value(expression), len(start)))

    def close(self, expression: str) -> None:
        """Assert that the array (two axes) is the reference's, within the judge's tolerance."""
        expected = [[rounded(number) for number in row] for row in self.value(expression).tolist()]
        self.blocks.append(
            f"np.testing.assert_allclose(\n    {expression},\n"
            f"    {_literal(expected, 4)},\n"
            f"    rtol={RELATIVE_TOLERANCE}, atol={RELATIVE_TOLERANCE / 10},\n)"
        )

    def text(self) -> str:
        return "\n".join(self.blocks).strip("\n")


def _write_test(writer: Writer, statement: ast.stmt) -> None:
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        raise ValueError(f"not a check: {ast.unparse(statement)}")
    call = _Drawn(statement.value).visit(statement.value)
    arguments = {keyword.arg: keyword.value for keyword in call.keywords}
    function, *others = map(ast.unparse, call.args)
    match ast.unparse(call.func):
        case "check.block":
            shape = ast.literal_eval(arguments.pop("shape"))
            _build_block(writer, function, shape, _shown(others, arguments))
        case "check.model":
            shape = _build_model(writer, f"{function}({_shown(others, arguments)})")
        case "check.wiring":
            blocks = writer.value(ast.unparse(arguments.pop("blocks")))
            built = f"{function}({_shown(others, arguments)})"
            shape = _build_with_stubs(writer, blocks, built)
        case other:
            raise ValueError(f"there is no plain form of {other}")
    _compare(writer, shape)


def _build_block(writer: Writer, function: str, shape: tuple[int, ...], arguments: str) -> None:
    writer.do(
        f"\nX_input = layers.Input({shape[1:]})\n"
        f"model = Model(X_input, {function}(X_input, {arguments}))"
    )


def _build_model(writer: Writer, built: str) -> tuple[int, ...]:
    writer.do(f"\nmodel = {built}")
    return (BATCH, *writer.value("model").input_shape[1:])


def _build_with_stubs(writer: Writer, blocks: list[str], built: str) -> tuple[int, ...]:
    """Build a model from stand-ins of the student's blocks, which note how they are called.

    The functions keep their identity and change their code, so that it does not matter under which
    name the builder knows them.
    """
    names = [_declare_stub(writer, declaration) for declaration in blocks]
    before = ", ".join(f"{name}.__code__" for name in names)
    lines = ["", *(f"{name} = globals().get({name!r}, {name}_stub)" for name in names)]
    lines += ["calls = []", f"before = {before}", "try:"]
    lines += [f"    {name}.__code__ = {name}_stub.__code__" for name in names]
    lines += [f"    model = {built}", "finally:", f"    {before} = before"]
    writer.do("\n".join(lines))
    writer.equal("calls")
    return (BATCH, *writer.value("model").input_shape[1:])


def _declare_stub(writer: Writer, declaration: str) -> str:
    """Write the stand-in of ``"name(X, f, filters, ...)"``; returns the name."""
    statement = ast.parse(f"def {declaration}: pass").body[0]
    assert isinstance(statement, ast.FunctionDef)
    for argument in statement.args.args:
        argument.annotation = None  # a plain test knows no labels
    names = [argument.arg for argument in statement.args.args]
    stub = STUB.format(
        name=statement.name,
        arguments=ast.unparse(statement.args),
        recorded=", ".join(f"list({n})" if n == FILTERS else n for n in names[1:]),
        stride=STRIDE if STRIDE in names else 1,
    )
    if statement.name not in writer.stubs:
        writer.do(f"\n\n{stub}")
        writer.stubs.add(statement.name)
    return statement.name


def _compare(writer: Writer, shape: tuple[int, ...]) -> None:
    """Assert names, shapes and outputs of the model that was built, on a batch of `shape`."""
    from kerascheck.probes.keras_graph import graph_of

    graph, _ = graph_of(writer.value("model"))
    named = {name: layer.shape for name, layer in graph.by_name.items()}
    writer.do(
        f'x = np.random.RandomState(1).standard_normal({shape}).astype("float32")\n'
        f"named = {_literal(named, 8)}\n"
        "for name, shape in named.items():\n"
        "    assert model.get_layer(name).output.shape == shape, name"
    )
    if graph.name is not None:
        writer.equal("model.name")
    writer.equal("model.output_shape")
    pictures = len(writer.value("model.output_shape")) == 4
    _compare_outputs(writer, "x, training=False", pictures)
    writer.do(OTHER_WEIGHTS)
    # Eight times the input brings out a ReLU with a ceiling, and would drown a softmax.
    _compare_outputs(writer, f"{'8 * x' if pictures else 'x'}, training=False", pictures)
    _compare_outputs(writer, "x, training=True", pictures)


def _compare_outputs(writer: Writer, arguments: str, pictures: bool) -> None:
    """Outputs of (batch, height, width, channels) by a corner and the mean; (batch, classes) in full."""
    writer.do(f"out = keras.ops.convert_to_numpy(model({arguments}))")
    if pictures:
        writer.close("out[:, 0, 0]")
        writer.close("out.mean(axis=(1, 2))")
    else:
        writer.close("out")


def _shown(others: Sequence[str], arguments: Mapping[str | None, ast.expr]) -> str:
    named = [f"{name}={ast.unparse(value)}" for name, value in arguments.items()]
    return ", ".join([*others, *named])


class _Drawn(ast.NodeTransformer):
    """Puts numbers in the place of those that a probe draws: a plain assert has one of them."""

    def __init__(self, call: ast.Call) -> None:
        self.text = ast.unparse(call)

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802 - ast's own name
        self.generic_visit(node)
        if ast.unparse(node.func) not in ("check.one_of", "check.size"):
            return node
        wanted = eval(ast.unparse(node), {"check": check})
        with ExitStack() as files:
            value = Draw(Seed(CLASSIC), self.text, files).value(wanted)
        return ast.parse(repr(value), mode="eval").body


def _literal(value: Any, column: int) -> str:
    """The value as Python, to be written from `column` on."""
    text = pformat(value, width=100 - column, compact=True, sort_dicts=False)
    return text.replace("\n", "\n" + " " * column)
