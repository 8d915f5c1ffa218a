"""Hostile code costs its own statement: the rest is followed, and what was cut is listed."""

from __future__ import annotations

import pytest

from whence.flow.solve import solve
from whence.readers.code.python import read_code
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import sorted_out
from whence.vocabulary.fact.code import Deserialization
from whence.vocabulary.graph import SupplyGraph

TAIL = "\nimport pickle\n\ndef tail(path):\n    return pickle.loads(open(path, 'rb').read())\n"
MANY = 10_000


def analysed(*texts: str) -> tuple[list[str], list[str]]:
    """The functions that unpickle, and the reasons for what was left out."""
    stated = [each for n, text in enumerate(texts) for each in read_code(text, f"m{n}.py")]
    facts, unread = sorted_out(stated)
    concluded, unfollowed = sorted_out(solve(SupplyGraph(facts=facts)))
    loads = [fact.function for fact in concluded if isinstance(fact, Deserialization)]
    return loads, [each.reason for each in (*unread, *unfollowed) if isinstance(each, Unread)]


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("x = " + "(" * MANY + "1" + ")" * MANY, id="parentheses"),
        pytest.param("x = " + "g(" * MANY + "a" + ")" * MANY, id="calls"),
        pytest.param("x = a" + ".b" * MANY, id="attributes"),
        pytest.param("x = a" + "[0]" * MANY, id="items"),
        pytest.param("x = " + "-" * MANY + "1", id="signs"),
        pytest.param(
            "".join(" " * n + f"def f{n}():\n" for n in range(1000)) + " " * 1000 + "pass",
            id="functions in functions",
        ),
        pytest.param(
            "".join(" " * n + f"class C{n}:\n" for n in range(1000)) + " " * 1000 + "pass",
            id="classes in classes",
        ),
        pytest.param(
            "if a == 0: b = 1\n" + "".join(f"elif a == {n}: b = {n}\n" for n in range(20_000)),
            id="branches",
        ),
    ],
)
def test_what_is_nested_too_deeply_is_listed_and_the_rest_is_followed(hostile: str) -> None:
    loads, reasons = analysed(hostile + "\n" + TAIL)

    assert loads == ["tail"]
    assert reasons
    assert all("nested" in reason or "indentation" in reason for reason in reasons)


@pytest.mark.parametrize(
    "large",
    [
        pytest.param("rows = [" + "1, " * 200_000 + "]", id="a long list"),
        pytest.param("x = " + " + ".join(["a"] * 2_000), id="a long sum"),
        pytest.param(
            "".join(" " * n + f"class C{n}:\n" for n in range(90)) + " " * 90 + "pass",
            id="nested classes within the parser's bound",
        ),
    ],
)
def test_what_is_only_large_is_followed_whole(large: str) -> None:
    assert analysed(large + "\n" + TAIL) == (["tail"], [])


def test_functions_that_call_each_other_in_circles_are_followed_to_a_bound() -> None:
    circle = "import pickle\n" + "".join(
        f"def f{n}(x, y):\n"
        f"    z = f{(n * 3 + 1) % 300}(x, y)\n"
        f"    w = f{(n * 5 + 2) % 300}(y, z)\n"
        f"    return pickle.loads(w)\n"
        for n in range(300)
    )

    loads, reasons = analysed(circle + TAIL)

    assert len(loads) == 301
    assert "tail" in loads
    assert all("not followed" in reason for reason in reasons)


def test_classes_that_inherit_from_each_other_in_circles_are_followed() -> None:
    circle = "".join(
        f"class A{n}(A{(n + 1) % 500}):\n    def m{n}(self, x):\n        return self.h(x)\n"
        for n in range(500)
    )

    loads, _ = analysed(
        circle + TAIL + "\ndef q(x):\n    return pickle.loads(A0().h(A1().m1(x)))\n"
    )

    assert sorted(loads) == ["q", "tail"]


def test_modules_that_import_each_other_in_circles_are_followed() -> None:
    modules = [
        f"from m{(n + 1) % 60} import *\nfrom m{(n + 7) % 60} import load{(n + 7) % 60}\n"
        f"import pickle\ndef load{n}(x):\n    return load{(n + 7) % 60}(pickle.loads(x))\n"
        for n in range(60)
    ]

    loads, _ = analysed(*modules)

    assert sorted(loads) == sorted(f"load{n}" for n in range(60))
