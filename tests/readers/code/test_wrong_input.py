"""Sources that Python does not take: what can be parsed is read, the rest is listed."""

from __future__ import annotations

import pytest

from whence.readers.code import python
from whence.readers.contract import Source
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.program import Call, Name, PythonModule

LOAD = "import pickle\npickle.loads(x)\n"


def lines_that_load(data: str | bytes) -> tuple[list[int], list[tuple[int, int]]]:
    """The lines on which the code calls pickle, and the (first, last) lines that are left out."""
    content = data.encode() if isinstance(data, str) else data
    facts = list(python.read(Source.of_bytes("a.py", content)))
    lines = [
        function.lines[index]
        for module in facts
        if isinstance(module, PythonModule)
        for function in module.functions
        for index, value in enumerate(function.values)
        if isinstance(value, Call)
        and isinstance(function.values[value.callee], Name)
        and "ickle.load" in str(getattr(function.values[value.callee], "dotted", ""))
    ]
    left_out = [(f.span.first, f.span.last) for f in facts if isinstance(f, Unread)]
    return sorted(lines), sorted(left_out)


@pytest.mark.parametrize(
    "data",
    [
        LOAD.encode("utf-16"),
        LOAD.encode("utf-16-le"),
        LOAD.encode("utf-16-be"),
        b"\xef\xbb\xbf" + LOAD.encode(),
        LOAD.replace("\n", "\r\n").encode(),
        LOAD.replace("\n", "\r").encode(),
        LOAD.replace("x", "x\0").encode(),
        LOAD.encode() + b"# \xff\n",
        LOAD.encode() + b"\f\n",
    ],
)
def test_the_encoding_and_the_line_ends_do_not_matter(data: bytes) -> None:
    assert lines_that_load(data) == ([2], [])


@pytest.mark.parametrize(
    ("text", "loads", "left_out"),
    [
        ("x = (1,\npickle.loads(b)\n", [3], [(2, 2)]),
        ("def f(:\n    pickle.loads(b)\npickle.loads(c)\n", [4], [(2, 3)]),
        ("<<<<<<< HEAD\npickle.loads(a)\n=======\npickle.loads(b)\n>>>>>>> x\n", [3, 5], [(2, 2), (4, 4), (6, 6)]),
        ("if x:\npickle.loads(a)\npickle.loads(b)\n  y = 1\npickle.loads(c)\n", [3, 6], [(2, 2), (4, 5)]),
        ("{% if x %}\npickle.loads(a)\n{% endif %}\n", [3], [(2, 2), (4, 4)]),
        ("x = " + "(" * 3000 + ")" * 3000 + "\npickle.loads(a)\n", [3], [(2, 2)]),
        ("x = a" + ".b" * 20000 + "\npickle.loads(a)\n", [3], [(2, 2)]),
        ("if a:\n  pass\n" + "elif b:\n  pass\n" * 3000 + "pickle.loads(a)\n", [6004], [(2, 6003)]),
        ("x = " + "9" * 5000 + "\npickle.loads(a)\n", [3], [(2, 2)]),
    ],
    ids=["bracket", "function", "conflict", "indent", "template", "deep", "chain", "elif", "digits"],
)  # fmt: skip
def test_only_what_cannot_be_parsed_is_left_out(
    text: str, loads: list[int], left_out: list[tuple[int, int]]
) -> None:
    assert lines_that_load("import pickle\n" + text) == (loads, left_out)


@pytest.mark.parametrize(
    "text",
    [
        'x = f"{d["a"]}"\npickle.loads(x)',
        "x = f\"{', '.join(a)} {f'{\"n\"}'}\"\npickle.loads(x)",
        "x = f'{'\\n'.join(a)}'\npickle.loads(x)",
        "type X[T] = list[T]\npickle.loads(x)",
        "def f[T: int, *Ts, **P](x: T) -> T:\n    return pickle.loads(x)",
        "class A[T = int](B[T]):\n    y = pickle.loads(x)",
        "x = t'a {b}'\npickle.loads(x)",
        "try:\n    pickle.loads(x)\nexcept A, B:\n    pass",
    ],
)
def test_syntax_of_newer_versions_is_read(text: str) -> None:
    loads, left_out = lines_that_load(f"import pickle\n{text}\n")

    assert len(loads) == 1
    assert left_out == []


def test_text_that_only_looks_new_is_left_as_it_is() -> None:
    text = "import pickle\nx = (\nd['def f[T]']\ns = \"t'\"\npickle.loads(x['{'])\n"

    assert lines_that_load(text) == ([5], [(2, 2)])


@pytest.mark.parametrize(
    "text",
    [
        "print 'a' % (b,\n    c)\ncPickle.loads(x)",
        "print >>f, x\ncPickle.loads(x)",
        "if a: print b; cPickle.loads(x)",
        "def f((a, b), c):\n    print a,\n    return cPickle.loads(c)",
        "try:\n    cPickle.loads(x)\nexcept E, e:\n    raise V, 'x'",
        "exec c in d\ncPickle.loads(0777L)",
    ],
)
def test_python_2_is_read(text: str) -> None:
    loads, left_out = lines_that_load(f"import cPickle\n{text}\n")

    assert len(loads) == 1
    assert left_out == []


def test_magics_in_a_file_of_cells_do_not_break_it() -> None:
    assert lines_that_load("# %%\n%matplotlib inline\n!ls\n# %%\n" + LOAD) == ([6], [])
