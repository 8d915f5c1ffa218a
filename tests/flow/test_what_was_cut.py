"""What a bound cuts off stands in the ledger of what was not followed, and only that."""

from __future__ import annotations

import pytest
from projects_of_code import stated

from whence.flow.solve import solve
from whence.vocabulary.evidence import Unread
from whence.vocabulary.graph import SupplyGraph

LOAD = "import pickle\ndef load(path):\n    return pickle.load(open(path, 'rb'))\n"


def cut(code: str) -> set[str]:
    """The reasons for which values were not followed."""
    facts = [fact for fact in stated({"a.py": code}) if not isinstance(fact, Unread)]
    solved = list(solve(SupplyGraph(facts=facts)))
    return {each.reason.partition(": ")[2] for each in solved if isinstance(each, Unread)}


def callers(number: int) -> str:
    return LOAD + "".join(f"def f{n}(a):\n    load(f'{{a}}/{n}.pkl')\n" for n in range(number))


def origins(number: int) -> str:
    ways = "".join(f"    elif way == {n}:\n        path = 'p{n}.pkl'\n" for n in range(1, number))
    return f"{LOAD}def run(way):\n    if way == 0:\n        path = 'p0.pkl'\n{ways}    load(path)\n"


def table(number: int) -> str:
    made = "".join(f"def f{n}():\n    return 'p{n}.pkl'\n" for n in range(number))
    held = ", ".join(f"'k{n}': f{n}" for n in range(number))
    return f"{LOAD}{made}TABLE = {{{held}}}\ndef run(kind):\n    load(TABLE[kind]())\n"


def above(number: int) -> str:
    chain = "".join(f"def f{n}(x):\n    return f{n + 1}(x)\n" for n in range(number))
    return f"{LOAD}{chain}def f{number}(x):\n    return load(x)\ndef go(a):\n    f0(a)\n"


def below(number: int) -> str:
    chain = "".join(f"def f{n}(x):\n    return f{n + 1}(x)\n" for n in range(number))
    return f"{LOAD}{chain}def f{number}(x):\n    return x + '.pkl'\ndef go(a):\n    load(f0(a))\n"


def factories(number: int) -> str:
    chain = "".join(f"def f{n}():\n    return f{n + 1}()\n" for n in range(number))
    last = f"class Made:\n    def path(self):\n        return 'a.pkl'\ndef f{number}():\n    return Made()\n"
    return f"{LOAD}{chain}{last}load(f0().path())\n"


@pytest.mark.parametrize(
    ("program", "within", "beyond", "reason"),
    [
        (callers, 8, 9, "more than 8 callers"),
        (origins, 16, 17, "more than 16 origins"),
        (table, 16, 30, "more than 24 things that are called"),
        (above, 1, 9, "more than 5 callers deep"),
        (below, 10, 60, "too many steps"),
        (factories, 3, 30, "more than 10 steps to what is called"),
    ],
)
def test_a_cut_is_listed(program: object, within: int, beyond: int, reason: str) -> None:
    assert callable(program)
    assert cut(program(within)) == set()
    assert reason in cut(program(beyond))
