"""The part of a network that a panel draws: around the first mistake, with ghosts of missing layers."""

from __future__ import annotations

from dataclasses import replace

from kerascheck.evidence.evidence import Evidence
from kerascheck.evidence.graph import Graph, Layer
from kerascheck.feedback import panel
from kerascheck.feedback.drawing import draw, draw_part
from kerascheck.feedback.neighbourhood import GHOST, Neighbourhood, neighbourhood
from kerascheck.feedback.residual_blocks import size_in_words
from kerascheck.judge.graph_diff import Comparison
from kerascheck.judge.verdict import Finding, Verdict
from tests.feedback.test_drawing import layer, network, texts

CALL = "check.block()"


def block() -> Graph:
    """Three convolutions with batch norms, as in a bottleneck, and the addition of the input."""
    made = [layer("in", "InputLayer")]
    for letter in "abc":
        made.append(layer(f"conv{letter}", "Conv2D", made[-1].id, name=f"res_{letter}"))
        made.append(layer(f"norm{letter}", "BatchNormalization", made[-1].id, name=f"bn_{letter}"))
        made.append(layer(f"relu{letter}", "ReLU", made[-1].id))
    made[-1] = layer("add", "Add", "normc", "in")
    made.append(layer("end", "ReLU", "add"))
    return Graph(None, tuple(made), ("end",))


def without(graph: Graph, identity: str) -> Graph:
    """The graph as a student has it who left a layer out: the next take its first input."""
    source = graph.by_id[identity].inputs[0]
    kept = tuple(
        replace(x, inputs=tuple(source if i == identity else i for i in x.inputs))
        for x in graph.layers
        if x.id != identity
    )
    return Graph(graph.name, kept, tuple(source if o == identity else o for o in graph.outputs))


def found(reference: Graph, built: Graph) -> list[Finding]:
    comparison = Comparison(reference, built, CALL, unnamed=not reference.has_names)
    names = comparison.wrong_names() if reference.has_names else ()
    return [*names, *comparison.wrong_structure()]


def part_of(left_out: str) -> Neighbourhood:
    built = without(block(), left_out)
    part = neighbourhood(found(block(), built), built, block(), False)
    assert part is not None
    return part


def ghost_in(part: Neighbourhood) -> Layer:
    [ghost] = [x for x in part.whole.layers if GHOST in x.settings]
    return ghost


def test_a_ghost_stands_where_the_layer_belongs() -> None:
    """It takes what the missing layer should take, and what follows takes it."""
    part = part_of("normb")
    ghost = ghost_in(part)
    assert (ghost.kind, ghost.name, ghost.inputs) == ("BatchNormalization", "bn_b", ("convb",))
    assert part.graph.by_id["relub"].inputs == (ghost.id,)
    assert ghost.settings == {GHOST: True} and ghost.weights == ()


def test_a_missing_addition_joins_both_paths_again() -> None:
    """Its ghost takes the main path and the shortcut."""
    ghost = ghost_in(part_of("add"))
    assert ghost.inputs == ("normc", "in")


def test_a_missing_last_layer_is_the_output() -> None:
    """A ghost at the end is drawn below the layer that gives the output now."""
    part = part_of("end")
    assert part.whole.outputs == (ghost_in(part).id,)


def test_layers_that_follow_each_other_and_are_missing_are_a_chain() -> None:
    """Each ghost takes the one before it."""
    built = without(without(block(), "normb"), "relub")
    part = neighbourhood(found(block(), built), built, block(), False)
    assert part is not None
    first, second = [x for x in part.whole.layers if GHOST in x.settings]
    assert second.inputs == (first.id,)
    assert part.whole.by_id["convc"].inputs == (second.id,)


def test_the_part_is_small_and_says_what_is_left_out() -> None:
    """A few layers above and below; the input of the addition is connected by a count of the others."""
    part = part_of("end")
    assert len(part.graph.layers) <= 6 and part.is_cut
    [(below, (source, count))] = part.left_out.items()
    assert (below, source) == ("normc", "in")
    shown = set(part.graph.by_id)
    assert count == len([x for x in block().layers if x.id not in shown and x.id != "end"])
    picture = draw_part(part)
    assert f"{count} more layers" in texts(picture)
    assert "missing here: ReLU" in picture.alt


def test_a_mistake_deep_in_a_network_is_drawn_layer_by_layer() -> None:
    """No block is folded in the part, however large the network is."""
    reference = network(12)
    built = without(reference, "7a.relu")
    part = neighbourhood(found(reference, built), built, reference, False)
    assert part is not None and len(part.graph.layers) < 10
    assert {"Conv2D", "Add", "ReLU"} <= set(texts(draw_part(part)))


def test_without_a_place_there_is_no_part() -> None:
    """A finding that concerns the whole network points nowhere."""
    finding = Finding("fixed-weights", "values", CALL)
    assert neighbourhood([finding], block(), block(), False) is None


def panel_of(left_out: str) -> str:
    built = without(block(), left_out)
    findings = tuple(found(block(), built))
    verdict = Verdict("f", "incorrect", 0, 1, (), findings)
    sides = [Evidence(CALL, "block", "f", "ok", graph=graph) for graph in (block(), built)]
    return panel.html(verdict, True, panel.details_of(verdict, *sides))


def test_a_panel_shows_the_part_and_folds_the_whole() -> None:
    """The hint comes before the drawing, the drawing before what is folded."""
    shown = panel_of("end")
    order = ["check.hint(f)", "<img", "<details><summary>All that your code built: 9 layers"]
    places = [shown.index(text) for text in order]
    assert places == sorted(places)
    assert shown.count("<img") == 2 and "<details open" not in shown


def test_layers_are_counted_without_the_input() -> None:
    """The same words in every heading; calls of blocks are no layers."""
    assert size_in_words(block()) == "10 layers and the input"
    assert size_in_words(Graph(None, (layer("0", "ReLU"),), ("0",))) == "1 layer"
    call = layer("1", "identity_block", "0", recorded=True)
    two = Graph(None, (layer("0", "InputLayer"), call, layer("2", "ReLU", "1")), ("2",))
    assert size_in_words(two) == "1 layer, 1 call of blocks and the input"


def test_a_folded_network_shows_its_shortcuts_and_explains_its_numbers() -> None:
    """Each block has a line around it, a projection its kernel size; both ways to count are told."""
    graph = network(12)
    sized = tuple(
        replace(x, settings={"kernel_size": [1, 1]}) if x.id.endswith(".1") else x
        for x in graph.layers
    )
    picture = draw(Graph("ResNet13", sized, graph.outputs))
    assert texts(picture).count("1×1") == 3  # every fourth block is a convolutional one
    assert picture.text.count("<circle") == 12
    assert f"Keras counts the input, too: {len(graph.layers)}." in picture.alt
    assert "longest path: 12." in picture.alt
