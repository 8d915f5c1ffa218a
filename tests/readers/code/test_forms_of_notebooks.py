"""Notebooks as tools write them, as text, and as they break."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from whence.readers.code import notebook, python, text_notebook
from whence.readers.contract import Source, Unreadable
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import CellHazard
from whence.vocabulary.fact.deployment import ShellAssignment, ShellCommand
from whence.vocabulary.fact.program import Attribute, Call, Name, PythonModule

KEY = "AKIA" + "ABCDEFGH" * 2


def facts_of(data: str | bytes, path: str = "n.ipynb") -> list[Fact | Unread]:
    content = data.encode() if isinstance(data, str) else data
    readers = {"ipynb": notebook, "py": python}
    reader = readers.get(path.rpartition(".")[2], text_notebook)
    return list(reader.read(Source.of_bytes(path, content)))


def cells(*texts: object, **more: object) -> str:
    made = [
        {"cell_type": "code", "source": text} if not isinstance(text, dict) else text
        for text in texts
    ]
    return json.dumps({"nbformat": 4, "cells": made, **more}, indent=1)


def called(facts: list[Fact | Unread]) -> set[str]:
    """The names that the code calls."""
    return {
        name
        for module in facts
        if isinstance(module, PythonModule)
        for function in module.functions
        for value in function.values
        if isinstance(value, Call)
        for callee in (function.values[value.callee],)
        for name in (
            getattr(callee, "dotted", "") if isinstance(callee, Name) else "",
            callee.name if isinstance(callee, Attribute) else "",
        )
        if name
    }


def commands(facts: list[Fact | Unread]) -> list[tuple[str, ...]]:
    return [fact.argv for fact in facts if isinstance(fact, ShellCommand)]


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("%timeit -n 3 run()", {"run"}),
        ("%%timeit -r 2\nrun()", {"run"}),
        ("%%time\nrun()", {"run"}),
        ("%%capture out\nrun()", {"run"}),
        ("%prun -l 4 run()", {"run"}),
        ("%%writefile job.py\nrun()", {"run"}),
        ("?x\nx??\n%matplotlib inline\nrun()", {"run"}),
        ("%%html\n<b>run()</b>", set()),
        ("%%writefile a.txt\nrun()", set()),
    ],
)
def test_magics_leave_the_code_that_runs(cell: str, names: set[str]) -> None:
    found = facts_of(cells(cell))

    assert called(found) == names
    assert not [fact for fact in found if isinstance(fact, Unread)]


@pytest.mark.parametrize(
    ("cell", "argv"),
    [
        ("%%bash --out o\nmake all", ("make", "all")),
        ("%%!\nmake all", ("make", "all")),
        ("%%script bash\nmake all", ("make", "all")),
        ("%%writefile run.sh\nmake all", ("make", "all")),
        ("%sx make all", ("make", "all")),
        ("%system make all", ("make", "all")),
        ("%sh make all", ("make", "all")),
        ("!!make all", ("make", "all")),
        ("out = !make all", ("make", "all")),
        ("out = %sx make all", ("make", "all")),
        ("!make \\\n all", ("make", "all")),
        ("target = 'all'\n!make {target}", ("make", "all")),
        ("target = 'all'\n!make $target", ("make", "all")),
        ("%cd work", ("cd", "work")),
        ("if x:\n    %conda install y", ("conda", "install", "y")),
    ],
)
def test_what_a_cell_runs_in_a_shell_is_a_command(cell: str, argv: tuple[str, ...]) -> None:
    assert argv in commands(facts_of(cells(cell)))


def test_a_magic_sets_a_variable() -> None:
    found = facts_of(cells("%env A=https://models.example.com/a", "%set_env B two"))

    told = {(f.name, f.value) for f in found if isinstance(f, ShellAssignment) and f.exported}
    assert told == {("A", "https://models.example.com/a"), ("B", "two")}


def test_a_cell_of_another_language_is_listed() -> None:
    found = facts_of(cells("%%julia\nf()"))

    assert [fact.reason for fact in found if isinstance(fact, Unread)] == ["a cell of %%julia"]


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "stream", "text": ["ok\n", f"key {KEY}\n"]},
        {"output_type": "execute_result", "data": {"text/html": ["<td>", KEY, "</td>"]}},
        {"output_type": "display_data", "data": {"application/json": {"a": [{"k": KEY}]}}},
        {"output_type": "error", "ename": "E", "evalue": KEY, "traceback": []},
        {"output_type": "error", "traceback": ["at", f"\x1b[31m{KEY}\x1b[0m"]},
        {"output_type": "pyout", "html": [f"<b>{KEY}</b>"]},
        {"output_type": "pyerr", "traceback": [KEY]},
    ],
)
def test_every_kind_of_output_is_searched_for_keys(output: dict[str, object]) -> None:
    shown = facts_of(cells({"cell_type": "code", "source": "x = 1", "outputs": [output]}))
    harmless = json.loads(json.dumps(output).replace(KEY, "nothing"))
    other = facts_of(cells({"cell_type": "code", "source": "x = 1", "outputs": [harmless]}))

    assert [f.kind for f in shown if isinstance(f, CellHazard)] == ["secret"]
    assert not [f for f in other if isinstance(f, CellHazard)]


def test_the_state_of_widgets_is_searched_for_keys() -> None:
    state = {"widgets": {"state": {"1": {"state": {"value": KEY}}}}}
    found = facts_of(cells("x = 1", metadata=state))

    assert [f.kind for f in found if isinstance(f, CellHazard)] == ["secret"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-30],
        lambda text: text.replace('"nbformat": 4', '"nbformat": NaN'),
        lambda text: "\ufeff" + text,
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("first()", "first()\t\x01"),
        lambda text: text.replace("first()", "first('\\ud800')"),
        lambda text: text.replace('"cells"', '"cells": [], "cells"'),
    ],
    ids=["broken off", "NaN", "mark", "UTF-16", "control", "half a pair", "twice"],
)
def test_a_spoilt_notebook_is_read_as_far_as_it_goes(
    spoil: Callable[[str], str | bytes],
) -> None:
    found = facts_of(spoil(cells("first()", "second()", "x = 1")))

    assert "first" in called(found) or any(
        isinstance(fact, Unread) and "syntax error" in fact.reason for fact in found
    )
    assert "second" in called(found)


def test_what_a_broken_off_notebook_lost_is_listed() -> None:
    found = facts_of(cells("first()", "second()")[:-40])

    (lost,) = [fact.reason for fact in found if isinstance(fact, Unread)]
    assert lost.startswith("cells after number 1")


@pytest.mark.parametrize("data", ['{"nbformat": 4}', '{"cells": null}', '{"cells": 3}'])
def test_a_notebook_without_cells_is_unreadable(data: str) -> None:
    with pytest.raises(Unreadable):
        facts_of(data)


def test_sources_of_any_shape_are_taken() -> None:
    odd = {"cell_type": "code", "source": [1, None, "first()"]}

    assert called(facts_of(cells(odd, {"cell_type": "code"}, {"cell_type": "code", "source": {}})))


def test_a_notebook_of_databricks_runs_its_notes() -> None:
    text = (
        "# Databricks notebook source\n# MAGIC %pip install tool\n\n# COMMAND ----------\n\n"
        "import pickle\npickle.load(open('a', 'rb'))\n\n# COMMAND ----------\n\n"
        "# MAGIC %sh\n# MAGIC make all\n# MAGIC make more\n\n# COMMAND ----------\n\n"
        "# MAGIC %run ./other\n\n# COMMAND ----------\n\n# MAGIC %md\n# MAGIC make nothing\n"
    )
    found = facts_of(text, "job.py")

    assert commands(found) == [
        ("pip", "install", "tool"),
        ("make", "all"),
        ("make", "more"),
        ("python", "./other.py"),
    ]
    assert "pickle.load" in called(found)
    assert not commands(facts_of(text.partition("\n")[2], "job.py"))


def test_notebooks_kept_as_markdown_are_read_on_their_lines() -> None:
    text = (
        "---\njupytext:\n  text_representation: {extension: .md}\n---\n# Title\n\n"
        "```python\n!make all\nrun()\n```\nThen `run2()`.\n\n```sh\nmake nothing\n```\n\n"
        "```{code-cell} ipython3\n:tags: [x]\nlater()\n```\n"
    )
    assert text_notebook.claims("n.md", text.encode())
    assert not text_notebook.claims("README.md", b"# Title\n```python\nrun()\n```\n")
    assert text_notebook.claims("n.qmd", b"")
    found = facts_of(text, "n.md")

    assert called(found) == {"run", "later"}
    assert [(f.argv, f.span.first) for f in found if isinstance(f, ShellCommand)] == [
        (("make", "all"), 8)
    ]
