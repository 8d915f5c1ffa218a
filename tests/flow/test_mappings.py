"""What a loop takes out of mappings and pairs: keys apart from values, each by its own name."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.vocabulary.fact.code import Deserialization, Download, OriginKind, PathUse

ANSWER = "answer = requests.get('https://index.example.com/list').json()"
NAMES_OF_OTHERS = {
    "items": "for url, name in answer.items():\n    keep(name)",
    "values": "for name in answer.values():\n    keep(name)",
    "a key": "for name in answer:\n    keep(name)",
    "keys": "for name in sorted(answer.keys()):\n    keep(name)",
    "enumerated": "for number, name in enumerate(answer['files']):\n    keep(name)",
    "put into a table": "table = {}\ntable['a'] = answer['a']\n"
    "for key, name in table.items():\n    keep(name)",
    "a key of a table": "table = {}\nfor row in answer:\n    table[row['name']] = 1\n"
    "for name, number in table.items():\n    keep(name)",
    "zipped": "for mine, name in zip(['a', 'b'], answer):\n    keep(name)",
    "a table of pairs": "table = dict(zip(['a'], answer))\nfor name in table.values():\n    keep(name)",
    "a comprehension": "[keep(name) for key, (size, name) in answer.items()]",
}
OWN_NAMES = {
    "keys beside fetched values": "table = {'a.csv': answer['a'], 'b.csv': answer['b']}\n"
    "for name, url in table.items():\n    keep(name)",
    "values under fetched keys": "table = {answer['a']: 'a.csv'}\n"
    "for url, name in table.items():\n    keep(name)",
    "sorted items": "table = {'a.csv': answer}\n"
    "for name, url in sorted(table.items()):\n    keep(name)",
    "the keys alone": "table = {'a.csv': answer}\nfor name in table:\n    keep(name)",
    "a table filled key by key": "table = {}\ntable['a.csv'] = answer['a']\n"
    "for name, url in table.items():\n    keep(name)",
    "zipped with own names": "for name, url in zip(['a.csv', 'b.csv'], answer):\n    keep(name)",
    "the number": "for name, url in enumerate(answer):\n    keep(name)",
    "pairs": "for name, url in [('a.csv', answer['a']), ('b.csv', answer['b'])]:\n    keep(name)",
    "a comprehension": "[keep(name) for name, url in {'a.csv': answer}.items()]",
    "the number over pairs": "for name, (url, size) in enumerate(answer.items()):\n    keep(name)",
    "tables of tables": "table = {'a.csv': {'url': answer, 'size': 3}}\n"
    "for name, entry in table.items():\n    keep(name)",
    "a field of a table": "table = {'x': {'url': answer, 'name': 'a.csv'}}\n"
    "for key, entry in table.items():\n    keep(entry['name'])",
}


def kept(walk: str) -> list[PathUse]:
    code = f"""
import requests
from pathlib import Path

def keep(name):
    open(Path("data") / str(name), "wb").close()

{ANSWER}
{walk}
"""
    return concluded({"fetch.py": code}, PathUse)


@pytest.mark.parametrize("walk", NAMES_OF_OTHERS.values(), ids=NAMES_OF_OTHERS.keys())
def test_a_name_that_others_choose_is_followed_through_a_loop(walk: str) -> None:
    assert {o.kind for use in kept(walk) for o in use.origins} & {OriginKind.NETWORK}


@pytest.mark.parametrize("walk", OWN_NAMES.values(), ids=OWN_NAMES.keys())
def test_a_name_of_the_code_is_not_mixed_with_what_stands_beside_it(walk: str) -> None:
    assert kept(walk) == []


def test_every_address_of_a_list_is_known() -> None:
    code = """
import requests
MIRRORS = ["https://one.example.com/a.csv", "https://two.example.com/b.csv"]
for url in MIRRORS:
    requests.get(url)
"""
    (fetch,) = concluded({"fetch.py": code}, Download)
    assert sorted(o.detail for o in fetch.origins) == [
        "https://one.example.com/a.csv",
        "https://two.example.com/b.csv",
    ]


def test_what_a_list_is_extended_with_is_among_its_elements() -> None:
    code = """
import pickle
import requests
parts = []
parts.extend(requests.get("https://parts.example.com/list").json())
for part in parts:
    pickle.loads(part)
"""
    (use,) = concluded({"load.py": code}, Deserialization)
    assert [o.kind for o in use.origins] == [OriginKind.NETWORK]
