"""What happens to notebooks on their way from a student to the grader.

A kind of damage changes a notebook (its JSON, as plain data) or a file (its bytes), with a seeded random
generator. It returns the exercises whose answers are gone after it, by grade id: mostly none.
"""

from __future__ import annotations

import ast
import codecs
import copy
import json
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import jupytext
import nbformat

from tests.students import FUNCTIONS

Notebook = dict[str, Any]
CellDamage = Callable[[Notebook, Random], "set[str] | None"]
FileDamage = Callable[[bytes, Random], bytes]

CELL_DAMAGE: dict[str, CellDamage] = {}
FILE_DAMAGE: dict[str, FileDamage] = {}
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"


def cells(damage: CellDamage) -> CellDamage:
    """A kind of damage to a notebook's cells."""
    CELL_DAMAGE[damage.__name__] = damage
    return damage


def file(damage: FileDamage) -> FileDamage:
    """A kind of damage to the file, which leaves every answer in it."""
    FILE_DAMAGE[damage.__name__] = damage
    return damage


def kinds() -> list[str]:
    """The names of all kinds."""
    return [*CELL_DAMAGE, *FILE_DAMAGE]


def damaged(notebook: Notebook, names: list[str], random: Random) -> tuple[bytes, set[str]]:
    """The file after these kinds of damage, cells before bytes, and the exercises that are gone."""
    result = copy.deepcopy(notebook)
    lost: set[str] = set()
    for name in names:
        if name in CELL_DAMAGE:
            lost |= CELL_DAMAGE[name](result, random) or set()
    data = json.dumps(result, indent=1).encode()
    for name in names:
        if name in FILE_DAMAGE:
            data = FILE_DAMAGE[name](data, random)
    return data, lost


# Metadata


@cells
def metadata_stripped(notebook: Notebook, random: Random) -> None:
    """An editor drops the metadata of every cell."""
    for cell in notebook["cells"]:
        cell["metadata"] = {}


@cells
def metadata_of_one_cell_stripped(notebook: Notebook, random: Random) -> None:
    random.choice(known(notebook) or notebook["cells"])["metadata"] = {}


@cells
def metadata_missing(notebook: Notebook, random: Random) -> None:
    """There is no key `metadata` any more, in cells or notebook."""
    for cell in notebook["cells"]:
        cell.pop("metadata", None)
    notebook.pop("metadata", None)


@cells
def metadata_of_other_types(notebook: Notebook, random: Random) -> None:
    for cell in notebook["cells"]:
        if random.random() < 0.3:
            cell["metadata"] = random.choice(
                [{"nbgrader": random.choice([None, 3, "x", [], {"grade_id": 3}])}, None, "x", []]
            )


@cells
def grade_ids_swapped(notebook: Notebook, random: Random) -> None:
    """A student has written answers into each other's cells."""
    if len(found := answers(notebook)) > 1:
        first, second = random.sample(found, 2)
        first["source"], second["source"] = source(second), source(first)


@cells
def grade_ids_of_another_unit(notebook: Notebook, random: Random) -> None:
    for cell in known(notebook):
        cell["metadata"]["nbgrader"]["grade_id"] = f"other_{random.randrange(100)}"


@cells
def flags_changed(notebook: Notebook, random: Random) -> None:
    for cell in known(notebook):
        for flag in ("grade", "locked", "solution", "task"):
            cell["metadata"]["nbgrader"][flag] = random.random() < 0.5
        cell["metadata"]["nbgrader"]["points"] = random.choice([0, 1000, None, "x"])


@cells
def tagged_to_be_skipped(notebook: Notebook, random: Random) -> None:
    for cell in notebook["cells"]:
        cell.setdefault("metadata", {})
        if isinstance(cell["metadata"], dict):
            cell["metadata"]["tags"] = ["skip-execution", "remove-cell"]


@cells
def ids_stripped(notebook: Notebook, random: Random) -> None:
    for cell in notebook["cells"]:
        cell.pop("id", None)
    notebook["nbformat_minor"] = random.choice([0, 2, 4])


@cells
def ids_all_the_same(notebook: Notebook, random: Random) -> None:
    for cell in notebook["cells"]:
        cell["id"] = "test_identity_block"


@cells
def ids_malformed(notebook: Notebook, random: Random) -> None:
    for cell in notebook["cells"]:
        cell["id"] = random.choice([None, 3, "", "x" * 500, "../../etc", "ü", ["a"]])


# Editors and formats


@cells
def saved_by_colab(notebook: Notebook, random: Random) -> None:
    for index, cell in enumerate(notebook["cells"]):
        cell.pop("id", None)
        cell["metadata"] = {"id": f"Xy{index}", "outputId": f"o{index}", "colab": {"height": 1000}}
    notebook["metadata"] = {
        "colab": {"provenance": []},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "accelerator": "GPU",
    }
    notebook["nbformat_minor"] = 0


@cells
def saved_by_vs_code(notebook: Notebook, random: Random) -> None:
    for index, cell in enumerate(notebook["cells"]):
        cell["id"] = f"{index:08x}"
        cell["metadata"] = {"vscode": {"languageId": "python"}}
        if isinstance(cell.get("source"), str):
            cell["source"] = cell["source"].splitlines(keepends=True)
    notebook["metadata"] = {
        "kernelspec": {"name": "venv", "display_name": ".venv"},
        "orig_nbformat": 4,
    }


@cells
def through_py_percent(notebook: Notebook, random: Random) -> None:
    through_jupytext(notebook, "py:percent")


@cells
def through_py_light(notebook: Notebook, random: Random) -> None:
    through_jupytext(notebook, "py:light")


@cells
def through_markdown(notebook: Notebook, random: Random) -> None:
    through_jupytext(notebook, "md")


@cells
def in_a_format_to_come(notebook: Notebook, random: Random) -> None:
    notebook["nbformat"], notebook["nbformat_minor"] = random.choice([5, "4", None, 99]), 9


@cells
def another_kernelspec(notebook: Notebook, random: Random) -> None:
    notebook["metadata"] = random.choice(
        [{"kernelspec": {"name": "conda-env-tf-py", "language": "R"}}, {"kernelspec": 3}, {}, None]
    )


@cells
def formatted(notebook: Notebook, random: Random) -> None:
    """A formatter rewrites every cell of code."""
    for cell in code(notebook):
        try:
            cell["source"] = ast.unparse(ast.parse(source(cell)))
        except SyntaxError:
            pass


@cells
def sources_as_lines(notebook: Notebook, random: Random) -> None:
    for cell in notebook["cells"]:
        cell["source"] = source(cell).splitlines(keepends=True)


@cells
def windows_line_ends(notebook: Notebook, random: Random) -> None:
    for cell in notebook["cells"]:
        cell["source"] = source(cell).replace("\n", "\r\n")


@cells
def invisible_characters(notebook: Notebook, random: Random) -> None:
    """Code that went over a web page."""
    for cell in answers(notebook):
        cell["source"] = source(cell).replace("    ", "\u00a0   ", random.randrange(1, 9))


@cells
def outputs_malformed(notebook: Notebook, random: Random) -> None:
    for cell in code(notebook):
        cell["outputs"] = random.choice(
            [None, 3, [{"output_type": "odd"}], [None], [{"output_type": "stream", "text": {}}]]
        )
        cell["execution_count"] = random.choice(["*", -1, None, 1e300])


# Cells come, go, and stand elsewhere


@cells
def a_test_deleted(notebook: Notebook, random: Random) -> None:
    delete(notebook, some(tests(notebook), random))


@cells
def all_but_answers_deleted(notebook: Notebook, random: Random) -> None:
    mine = [cell for cell in notebook["cells"] if cell in answers(notebook) or own(cell)]
    if mine:
        notebook["cells"] = mine


@cells
def imports_deleted(notebook: Notebook, random: Random) -> None:
    imports = [cell for cell in code(notebook) if "import check" in source(cell)]
    delete(notebook, [cell for cell in imports if not defined(cell)])


@cells
def prose_deleted(notebook: Notebook, random: Random) -> None:
    delete(
        notebook, [c for c in notebook["cells"] if c["cell_type"] == "markdown" and not defined(c)]
    )


@cells
def an_answer_doubled(notebook: Notebook, random: Random) -> None:
    double(notebook, answers(notebook), random)


@cells
def a_test_doubled(notebook: Notebook, random: Random) -> None:
    double(notebook, tests(notebook), random)


@cells
def everything_doubled(notebook: Notebook, random: Random) -> None:
    notebook["cells"] += copy.deepcopy(notebook["cells"])


@cells
def the_empty_cell_pasted_again(notebook: Notebook, random: Random) -> None:
    """Below an answer, its cell as it was released."""
    for cell in some(answers(notebook), random):
        again = copy.deepcopy(cell)
        head = re.match(r"(?s).*?def \w+\(.*?\):\n", source(cell))
        if head is None:
            return
        again["source"] = released_stub(cell) or head[0] + "    pass"
        if released_stub(cell):
            notebook["cells"].insert(notebook["cells"].index(cell) + 1, again)


@cells
def answers_below_their_cells(notebook: Notebook, random: Random) -> None:
    """The student has left the cells as they were, and written new ones below."""
    for cell in answers(notebook):
        stub = released_stub(cell)
        if stub:
            new = {"cell_type": "code", "metadata": {}, "source": source(cell), "outputs": []}
            notebook["cells"].insert(notebook["cells"].index(cell) + 1, new)
            cell["source"] = stub


@cells
def shuffled(notebook: Notebook, random: Random) -> None:
    random.shuffle(notebook["cells"])


@cells
def reversed_order(notebook: Notebook, random: Random) -> None:
    notebook["cells"].reverse()


@cells
def a_cell_moved(notebook: Notebook, random: Random) -> None:
    cell = random.choice(known(notebook) or notebook["cells"])
    notebook["cells"].remove(cell)
    notebook["cells"].insert(random.randrange(len(notebook["cells"]) + 1), cell)


@cells
def answers_at_the_end(notebook: Notebook, random: Random) -> None:
    moved = answers(notebook)
    delete(notebook, moved)
    notebook["cells"] += moved


@cells
def empty_cells_between(notebook: Notebook, random: Random) -> None:
    for _ in range(20):
        new = {"cell_type": "code", "metadata": {}, "source": random.choice(["", "\n", "# mine"])}
        notebook["cells"].insert(random.randrange(len(notebook["cells"]) + 1), new)


@cells
def cells_of_no_kind(notebook: Notebook, random: Random) -> None:
    for odd in (None, 3, "x", [], {}, {"cell_type": 3}, {"cell_type": "code"}, {"source": {}}):
        if isinstance(odd, dict):
            odd = {"cell_type": "odd", "metadata": {}, "source": "", **odd}
            notebook["cells"].insert(random.randrange(len(notebook["cells"]) + 1), odd)


# Cells are cut, joined and changed


@cells
def an_answer_torn(notebook: Notebook, random: Random) -> None:
    """Split in the middle; both halves keep the metadata, as in JupyterLab."""
    tear(notebook, random, lambda metadata: copy.deepcopy(metadata))


@cells
def an_answer_torn_without_metadata(notebook: Notebook, random: Random) -> None:
    tear(notebook, random, lambda metadata: {})


@cells
def two_cells_merged(notebook: Notebook, random: Random) -> None:
    """Neighbours; the metadata of the first stay."""
    pairs = [
        (a, b)
        for a, b in zip(notebook["cells"], notebook["cells"][1:], strict=False)
        if a["cell_type"] == b["cell_type"] == "code"
    ]
    if pairs:
        merge(notebook, *random.choice(pairs))


@cells
def answers_merged(notebook: Notebook, random: Random) -> None:
    first, *others = answers(notebook) or [{}]
    for other in others:
        merge(notebook, first, other)


@cells
def an_answer_merged_with_its_test(notebook: Notebook, random: Random) -> None:
    found = tests(notebook)
    if found:
        test = random.choice(found)
        above = [
            cell
            for cell in notebook["cells"][: notebook["cells"].index(test)]
            if cell in answers(notebook)
        ]
        if above:
            merge(notebook, above[-1], test)


@cells
def an_answer_merged_into_its_test(notebook: Notebook, random: Random) -> None:
    """The metadata of the test stay."""
    found = tests(notebook)
    if found:
        test = random.choice(found)
        above = [
            cell
            for cell in notebook["cells"][: notebook["cells"].index(test)]
            if cell in answers(notebook)
        ]
        if above:
            metadata = test.get("metadata")
            merge(notebook, above[-1], test)
            above[-1]["metadata"] = metadata


@cells
def all_code_in_one_cell(notebook: Notebook, random: Random) -> None:
    first, *others = code(notebook) or [{}]
    for other in others:
        merge(notebook, first, other)


@cells
def an_answer_turned_into_text(notebook: Notebook, random: Random) -> None:
    for cell in some(answers(notebook), random):
        cell["cell_type"] = random.choice(["markdown", "raw"])


@cells
def a_test_turned_into_text(notebook: Notebook, random: Random) -> None:
    for cell in some(tests(notebook), random):
        cell["cell_type"] = random.choice(["markdown", "raw"])


@cells
def a_test_changed(notebook: Notebook, random: Random) -> None:
    for cell in tests(notebook):
        if isinstance(cell.get("metadata"), dict) and "nbgrader" in cell["metadata"]:
            cell["source"] = "print('passed')"


@cells
def imports_changed(notebook: Notebook, random: Random) -> None:
    for cell in known(notebook):
        if "import check" in source(cell) and not defined(cell):
            cell["source"] += "\nimport os  # mine"


# Answers are gone


@cells
def an_answer_deleted(notebook: Notebook, random: Random) -> set[str]:
    exercise = random.choice(list(FUNCTIONS))
    for cell in list(notebook["cells"]):
        if FUNCTIONS[exercise] in defined(cell):
            notebook["cells"].remove(cell)
            others = defined(cell) - {FUNCTIONS[exercise]}
            if others:  # it was merged with others: those are gone too
                return {exercise} | gone(notebook)
    return {exercise} | gone(notebook)


@cells
def an_answer_emptied(notebook: Notebook, random: Random) -> set[str]:
    exercise = random.choice(list(FUNCTIONS))
    for cell in notebook["cells"]:
        if FUNCTIONS[exercise] in defined(cell):
            cell["source"] = ""
    return {exercise} | gone(notebook)


@cells
def a_function_renamed(notebook: Notebook, random: Random) -> set[str]:
    exercise = random.choice(list(FUNCTIONS))
    name = FUNCTIONS[exercise]
    for cell in notebook["cells"]:
        if name in defined(cell):
            cell["source"] = re.sub(rf"(?m)^(def|class) {name}\b", r"\1 my_answer", source(cell))
            cell["source"] = re.sub(rf"(?m)^{name} =", "my_answer =", cell["source"])
    return {exercise} | gone(notebook)


# Files


@file
def in_format_3(data: bytes, random: Random) -> bytes:
    """As notebooks were until 2015: worksheets, inputs, prompt numbers."""
    try:
        notebook = json.loads(data)
    except ValueError:  # something else has happened to the file
        return data
    for cell in notebook["cells"]:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            cell["input"], cell["prompt_number"] = cell.pop("source", ""), 3
    sheet = {"cells": notebook.pop("cells"), "metadata": {}}
    return json.dumps({**notebook, "worksheets": [sheet], "nbformat": 3}).encode()


@file
def with_a_byte_order_mark(data: bytes, random: Random) -> bytes:
    return codecs.BOM_UTF8 + data


@file
def in_utf_16(data: bytes, random: Random) -> bytes:
    text = as_text(data)
    return text.encode(random.choice(["utf-16", "utf-16-le", "utf-16-be"]))


@file
def followed_by_zeros(data: bytes, random: Random) -> bytes:
    return data + bytes(1000)


@file
def followed_by_rubbish(data: bytes, random: Random) -> bytes:
    return data + ('\n}"trailing' if b"\0" not in data[:40] else "\n").encode()


@file
def cut_off_at_the_end(data: bytes, random: Random) -> bytes:
    """The last bytes are missing: metadata, not cells."""
    if b"\0" in data[:60] or not data.rstrip(b"\0").rstrip().endswith(b"}"):
        return data
    end = data.rfind(b"]")
    return data[: end + 1] if data.find(b'"cells"') > 0 else data


# What a notebook's cells are, whatever happened to them before


def source(cell: dict) -> str:
    """The text of a cell."""
    text = cell.get("source", "")
    if isinstance(text, list):
        text = "".join(text)
    return text if isinstance(text, str) else ""


def code(notebook: Notebook) -> list[dict]:
    """The cells of code."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def defined(cell: dict) -> set[str]:
    """The exercises' names that a cell defines."""
    pattern = r"(?m)^(?:def (\w+)\(|class (\w+)|(\w+) = )"
    found = {name for match in re.findall(pattern, source(cell)) for name in match if name}
    return found & set(FUNCTIONS.values())


def answers(notebook: Notebook) -> list[dict]:
    """The cells that define an exercise's function."""
    return [cell for cell in notebook["cells"] if defined(cell)]


def tests(notebook: Notebook) -> list[dict]:
    """The cells that are a released test."""
    starts = ("check.block(", "check.wiring(")
    return [cell for cell in notebook["cells"] if source(cell).lstrip().startswith(starts)]


def known(notebook: Notebook) -> list[dict]:
    """The cells with nbgrader's metadata."""
    return [
        cell
        for cell in notebook["cells"]
        if isinstance(cell.get("metadata"), dict)
        and isinstance(cell["metadata"].get("nbgrader"), dict)
    ]


def own(cell: dict) -> bool:
    """Whether a student has added the cell."""
    return str(cell.get("id", "")).startswith("own-")


def gone(notebook: Notebook) -> set[str]:
    """The exercises that are not defined anywhere."""
    there = {name for cell in notebook["cells"] for name in defined(cell)}
    return {exercise for exercise, name in FUNCTIONS.items() if name not in there}


def released_stub(cell: dict) -> str | None:
    """The cell as it was released, where the answer begins where the release's does."""
    marker = "    # Yours:"
    text = source(cell)
    if marker not in text or len(defined(cell)) != 1:
        return None
    return STUBS.get(next(iter(defined(cell))))


STUBS: dict[str, str] = {}


def some(candidates: list[dict], random: Random) -> list[dict]:
    """One of them, if there is one."""
    return [random.choice(candidates)] if candidates else []


def delete(notebook: Notebook, unwanted: list[dict]) -> None:
    left = [cell for cell in notebook["cells"] if not any(cell is other for other in unwanted)]
    notebook["cells"] = left or notebook["cells"]


def double(notebook: Notebook, candidates: list[dict], random: Random) -> None:
    for cell in some(candidates, random):
        notebook["cells"].insert(notebook["cells"].index(cell) + 1, copy.deepcopy(cell))


def merge(notebook: Notebook, first: dict, second: dict) -> None:
    first["source"] = source(first).rstrip("\n") + "\n\n" + source(second)
    notebook["cells"] = [cell for cell in notebook["cells"] if cell is not second]


def tear(notebook: Notebook, random: Random, metadata: Callable[[dict], dict]) -> None:
    candidates = [cell for cell in answers(notebook) if cell["cell_type"] == "code"]
    for cell in some(candidates, random):
        lines = source(cell).split("\n")
        head = next(i for i, line in enumerate(lines) if re.match(r"(def|class) |\w+ = ", line))
        inside = [i for i in range(head + 1, len(lines)) if lines[i].startswith("    ")]
        if inside:
            at = random.choice(inside)
            tail = {**copy.deepcopy(cell), "source": "\n".join(lines[at:]), "id": "own-end"}
            tail["metadata"] = metadata(cell.get("metadata") or {})
            cell["source"] = "\n".join(lines[:at])
            notebook["cells"].insert(notebook["cells"].index(cell) + 1, tail)


def through_jupytext(notebook: Notebook, form: str) -> None:
    whole = nbformat.v4.new_notebook()
    for cell in notebook["cells"]:
        make = (
            nbformat.v4.new_code_cell
            if cell["cell_type"] == "code"
            else nbformat.v4.new_markdown_cell
        )
        made = make(source(cell))
        if isinstance(cell.get("metadata"), dict):
            made.metadata = nbformat.from_dict(cell["metadata"])
        whole.cells.append(made)
    back = jupytext.reads(jupytext.writes(whole, form), form)
    notebook["cells"] = json.loads(json.dumps(back.cells))
    notebook["metadata"] = json.loads(json.dumps(back.metadata))


def as_text(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace")


def pairs(random: Random) -> Iterator[list[str]]:
    """Random pairs of kinds, without end."""
    while True:
        yield random.sample(kinds(), 2)
