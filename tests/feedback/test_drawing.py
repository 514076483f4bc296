"""Drawings of layer graphs: what becomes a box, and what is said beside it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from kerascheck.evidence.graph import Graph, Layer
from kerascheck.feedback.drawing import MOST_BOXES, Fault, draw, outline
from kerascheck.feedback.residual_blocks import parts_of, readable_shape, shared_name
from kerascheck.feedback.svg import Svg

SVG = "{http://www.w3.org/2000/svg}"


def layer(identity: str, kind: str, *inputs: str, name: str | None = None, **settings) -> Layer:
    return Layer(identity, kind, name, settings, inputs, (None, 4, 4, 6))


def residual(start: str, tag: str, projected: bool = False, name: bool = True) -> list[Layer]:
    """A short residual block on top of `start`; its last layer has the id ``{tag}.relu``."""
    named = {k: f"res{tag}_branch{k}" if name else None for k in ("2a", "1")}
    made = [layer(f"{tag}.2a", "Conv2D", start, name=named["2a"])]
    if projected:
        made.append(layer(f"{tag}.1", "Conv2D", start, name=named["1"]))
    shortcut = f"{tag}.1" if projected else start
    made.append(layer(f"{tag}.add", "Add", f"{tag}.2a", shortcut))
    return [*made, layer(f"{tag}.relu", "ReLU", f"{tag}.add")]


def network(blocks: int, name: bool = True) -> Graph:
    made = [layer("input", "InputLayer")]
    for number in range(blocks):
        made += residual(made[-1].id, f"{number}a", projected=number % 4 == 0, name=name)
    return Graph("ResNet50", tuple(made), (made[-1].id,))


def block() -> Graph:
    made = (layer("input", "InputLayer"), *residual("input", "1a", projected=True))
    return Graph(None, made, (made[-1].id,))


def texts(picture: Svg) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(picture.text).iter(f"{SVG}text")]


def rectangles(picture: Svg) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(picture.text).iter(f"{SVG}rect"))[1:]  # without the card


def test_a_block_is_drawn_layer_by_layer() -> None:
    """A small graph has one box for each layer, with kind and name, and shapes on its lines."""
    shown = texts(draw(block()))
    assert len(rectangles(draw(block()))) == 5
    assert {"Conv2D", "Add", "ReLU", "res1a_branch2a", "res1a_branch1", "4×4×6"} <= set(shown)


def test_a_shortcut_stands_beside_the_main_path() -> None:
    """The layers of the longest path share one x, the layer on the shortcut has another."""
    graph = block()
    places = [box.get("x") for box in rectangles(draw(graph))]
    ids = [made.id for made in graph.layers]
    main = {x for x, identity in zip(places, ids, strict=True) if identity != "1a.1"}
    assert len(main) == 1 and places[ids.index("1a.1")] not in main


def test_a_faulty_layer_is_marked_and_named_in_words() -> None:
    """What is wrong stands beside a dashed outline."""
    picture = draw(block(), [Fault("1a.2a", "", ("padding is valid",))])
    dashed = [box for box in rectangles(picture) if box.get("stroke-dasharray")]
    assert len(dashed) == 1
    assert "✗ padding is valid" in texts(picture)
    assert "wrong: padding is valid" in picture.alt
    assert not any(box.get("stroke-dasharray") for box in rectangles(draw(block())))


def test_a_layer_that_is_missing_is_told_below() -> None:
    """A complaint about a layer that the graph has not is listed under the drawing."""
    shown = texts(draw(block(), [Fault(None, "bn1a_branch1", ("missing",))]))
    assert "✗ not in this model: bn1a_branch1: missing" in shown


@pytest.mark.parametrize(("identity", "kind"), [("1", "ReLU"), ("2", "ELU")])
def test_a_layer_is_marked_by_its_id_and_not_by_a_name(identity: str, kind: str) -> None:
    """A layer that is called like the id of another is another layer."""
    made = (
        layer("0", "InputLayer"),
        layer("1", "ReLU", "0", name="2"),
        layer("2", "ELU", "1", name="1"),
    )
    [marked] = [
        line
        for line in outline(Graph(None, made, ("2",)), [Fault(identity, "", ("too many",))])
        if "too many" in line
    ]
    assert marked.startswith(f"{kind} ")


def test_what_is_wrong_with_a_layer_that_is_not_drawn_is_told_below() -> None:
    """In a model of more boxes than are drawn, a fault further down is not called missing."""
    made = [layer("0", "InputLayer")]
    made += [layer(str(i), "ReLU", str(i - 1), name=f"relu no {i}") for i in range(1, 1000)]
    graph = Graph(None, tuple(made), ("999",))
    faults = [Fault("999", "", ("too many",))]
    assert "✗ not drawn: relu no 999: too many" in texts(draw(graph, faults))
    assert "✗ not drawn: relu no 999: too many" in outline(graph, faults)


def test_a_large_network_is_folded_into_blocks() -> None:
    """From forty layers on, a residual block is one box, told by structure and named by names."""
    parts, folded = parts_of(network(12))
    assert folded
    kinds = [part.kind for part in parts]
    assert kinds == ["InputLayer", *(["convolutional block", *["identity block"] * 3] * 3)]
    assert [part.name for part in parts[1:4]] == ["res0a", "res1a", "res2a"]
    unnamed, _ = parts_of(network(12, name=False))
    assert [part.kind for part in unnamed] == kinds
    assert {part.name for part in unnamed} == {None}


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (["res2a_branch2a", "bn2a_branch2a", "res2a_branch1"], "2a"),
        (["conv3_1_a", "conv3_1_b", "conv3_1_proj"], "conv3_1"),
        (["alpha", "omega"], None),
        (["block4_out"], "block4"),
        (["first"], None),
        ([], None),
    ],
)
def test_a_block_is_called_by_what_its_layers_share(names: list[str], name: str | None) -> None:
    """Whole words only, whatever the course calls its layers."""
    assert shared_name(names) == name


def test_a_fault_inside_a_folded_block_names_the_layer() -> None:
    """The box of the block is marked, and the words begin with the layer's name."""
    picture = draw(network(12), [Fault("3a.2a", "", ("stride 2",))])
    assert "✗ res3a_branch2a: stride 2" in " ".join(texts(picture))
    assert sum(1 for box in rectangles(picture) if box.get("stroke-dasharray")) == 1


def test_a_layer_used_from_outside_keeps_its_block_open() -> None:
    """Where a later layer reaches into a block, the block is not hidden in a box."""
    graph = network(12)
    last = layer("late", "Add", graph.outputs[0], "5a.2a")
    parts, _ = parts_of(Graph(None, (*graph.layers, last), ("late",)))
    assert any(part.id == "5a.2a" for part in parts)


def test_hostile_names_stay_text() -> None:
    """Names that hold markup, control characters or a thousand letters are shown as short text."""
    evil = "<script>alert(1)</script>\x00" + "x" * 1000
    made = (layer("i", "InputLayer"), layer(evil, evil, "i", name=evil, filters=evil))
    picture = draw(
        Graph(evil, made, (evil,)), [Fault(evil, "", (evil,)), Fault(None, evil, (evil,))]
    )
    root = ElementTree.fromstring(picture.text)
    assert not list(root.iter(f"{SVG}script"))
    assert max(map(len, texts(picture))) <= 80
    assert "<script" not in picture.html()


def test_a_huge_graph_is_cut_off_and_says_so() -> None:
    """No more than MOST_BOXES boxes are drawn, and the rest is counted."""
    made = [layer("0", "InputLayer")]
    made += [layer(str(i), "ReLU", str(i - 1)) for i in range(1, 1000)]
    picture = draw(Graph(None, tuple(made), ("999",)))
    assert len(rectangles(picture)) == MOST_BOXES
    assert f"{1000 - MOST_BOXES} further boxes are not drawn." in texts(picture)


def test_adding_a_tensor_to_itself_shows_both_lines() -> None:
    """`Add()([X, X])` is drawn with two lines into the addition."""
    made = (layer("i", "InputLayer"), layer("c", "Conv2D", "i"), layer("a", "Add", "c", "c"))
    root = ElementTree.fromstring(draw(Graph(None, made, ("a",))).text)
    assert len(list(root.iter(f"{SVG}polygon"))) == 3


def test_drawings_are_the_same_every_time() -> None:
    """One graph gives one text."""
    assert draw(network(12)).text == draw(network(12)).text


def test_shapes_are_read_without_the_batch() -> None:
    """Unknown sizes are question marks, and a lone batch axis is a scalar."""
    assert readable_shape((None, 8, None, 512)) == "8×?×512"
    assert readable_shape((None,)) == "scalar"
