"""Notebooks are read cell by cell, whatever their format."""

from __future__ import annotations

import json

import pytest

from whence.readers.code import notebook
from whence.readers.contract import Source, Unreadable
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.code import CellHazard
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.fact.program import Call, PythonModule


def code(source: object, count: int | None = None, outputs: tuple[object, ...] = ()) -> dict:
    return {
        "cell_type": "code",
        "source": source,
        "execution_count": count,
        "outputs": list(outputs),
    }


def read(cells: list[dict], **other: object) -> list[Fact | Unread]:
    text = json.dumps({"cells": cells, "nbformat": 4, "metadata": {}, **other}, indent=1)
    return list(notebook.read(Source.of_bytes("n.ipynb", text.encode())))


def module(found: list[Fact | Unread]) -> PythonModule:
    (made,) = [fact for fact in found if isinstance(fact, PythonModule)]
    return made


def hazards(found: list[Fact | Unread]) -> list[str]:
    return [fact.kind for fact in found if isinstance(fact, CellHazard)]


def test_a_name_from_an_earlier_cell_is_known_in_a_later_one() -> None:
    made = module(read([code(["import torch\n", "P = 'm.pt'"]), code("torch.load(P)")]))

    body = made.functions[0]
    assert any(isinstance(value, Call) for value in body.values)
    assert "torch" in body.names
    assert made.place(3).place == "cell 2"
    assert made.place(3).first > made.place(1).first


def test_format_3_is_read() -> None:
    cell = {"cell_type": "code", "input": ["def f():\n", "    pass"], "prompt_number": 1}
    text = json.dumps({"nbformat": 3, "worksheets": [{"cells": [cell]}]})
    made = module(list(notebook.read(Source.of_bytes("n.ipynb", text.encode()))))

    assert [function.name for function in made.functions] == ["<module>", "f"]


def test_shell_lines_are_commands_and_magics_do_not_break_the_code() -> None:
    found = read(
        [
            code("%matplotlib inline\n!pip install acme-tools\nx = 1\nfiles = !ls\n?x"),
            code("%%bash\ncurl -O http://data.example.com/x.csv\n"),
            code("%%time\ndef f(): pass"),
        ]
    )

    commands = [fact.argv[0] for fact in found if isinstance(fact, ShellCommand)]
    assert commands == ["pip", "ls", "curl"]
    assert [function.name for function in module(found).functions] == ["<module>", "f"]
    assert not [fact for fact in found if isinstance(fact, Unread)]


def test_cells_run_out_of_order_are_told() -> None:
    assert hazards(read([code("a = 1", 2), code("b = a", 1)])) == ["order"]
    assert hazards(read([code("a = 1", 1), code("b = a", 2), code("c = 1")])) == []


def test_an_output_that_shows_a_key_is_told() -> None:
    shown = {"output_type": "stream", "text": ["key: AKIAIOSFODNN7EXAMPLE\n"]}
    harmless = {"output_type": "stream", "text": ["accuracy: 0.93, 31 tokens\n"]}

    assert hazards(read([code("print(1)", 1, (shown,))])) == ["secret"]
    assert hazards(read([code("print(1)", 1, (harmless,))])) == []


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"cells": 3}', b"\xff\xfe\x00", b'{"nbformat": 4}x']
)
def test_a_corrupt_notebook_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        list(notebook.read(Source.of_bytes("n.ipynb", data)))


def test_a_broken_cell_does_not_hide_the_others() -> None:
    found = read([code("def f(:"), code("def g(): pass")])

    assert "g" in [function.name for function in module(found).functions]
    assert [fact.span.place for fact in found if isinstance(fact, Unread)] == ["cell 1"]


NEEDED_TOO_EARLY = {
    "defined below": (["model.fit(rows)", "import m\nmodel = m.Model()\nrows = 1"], "later"),
    "deleted": (["import m\nmodel = m.Model()", "model.fit(rows)"], "lost"),
    "changed in place": (["total += 1"], "lost"),
    "in a loop": (["for row in rows:\n    print(row)"], "lost"),
}
IN_ORDER = {
    "plain": ["import m", "x = m.load()", "x.fit()"],
    "used inside a function": ["def f():\n    return limit", "limit = 3\nf()"],
    "a comprehension": ["xs = [x for x in range(3)]"],
    "a loop's own name": ["for x in range(3):\n    y = x\n    print(y)", "print(x)"],
    "an exception": ["try:\n    pass\nexcept ValueError as error:\n    print(error)"],
    "a lambda": ["f = lambda row: row"],
    "a walrus": ["if (n := 3) > 2:\n    print(n)"],
    "a context": ["with open('x') as f:\n    print(f)"],
    "names that an import brings": ["from m import *", "thing()"],
    "another notebook": ["%run setup.ipynb", "thing()"],
    "an extension": ["%load_ext sql", "thing()"],
    "shell output": ["files = !ls", "print(files)"],
    "what the notebook gives": ["display(1)\nget_ipython()\n_"],
    "what cannot be parsed": ["print 'old'", "thing()"],
    "an import inside": ["try:\n    import m\nexcept ImportError:\n    m = None", "m.f()"],
}


@pytest.mark.parametrize(("cells", "kind"), NEEDED_TOO_EARLY.values(), ids=NEEDED_TOO_EARLY.keys())
def test_a_name_that_no_cell_above_gives_is_a_hazard(cells: list[str], kind: str) -> None:
    assert set(hazards(read([code(text) for text in cells]))) == {kind}


@pytest.mark.parametrize("cells", IN_ORDER.values(), ids=IN_ORDER.keys())
def test_cells_that_run_from_top_to_bottom_are_no_hazard(cells: list[str]) -> None:
    assert hazards(read([code(text) for text in cells])) == []


def test_the_first_format_is_read() -> None:
    text = json.dumps({"cells": [{"cell_type": "code", "code": "def f(): pass"}]})
    made = module(list(notebook.read(Source.of_bytes("n.ipynb", text.encode()))))

    assert [function.name for function in made.functions] == ["<module>", "f"]


def test_a_script_that_a_notebook_runs_is_a_command() -> None:
    found = read([code("%run train.py --rate 0.1")])

    assert [f.argv for f in found if isinstance(f, ShellCommand)] == [
        ("python", "train.py", "--rate", "0.1")
    ]
