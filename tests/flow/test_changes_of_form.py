"""The same program in another form has the same origins.

Each load of a seed has a name, its `encoding`, by which it is known again in the changed program.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest
from changes_of_form import CHANGES, LAYOUTS, Change, Files, in_one_file
from hypothesis import given, settings
from hypothesis import strategies as st
from projects_of_code import concluded
from test_followed import FETCHED, PROJECTS

from whence.vocabulary.fact.code import Deserialization

HEAD = "import pickle\nimport requests\n"
SEEDS = {
    "calls": """
def fetch(url):
    return requests.get(url).content
def own(path):
    with open(path, 'rb') as stream:
        return stream.read()
def load(body):
    return pickle.loads(body, encoding='one')
def load_own(body):
    return pickle.loads(body, encoding='two')
load(fetch('https://models.example.com/a'))
load_own(own('own.bin'))
""",
    "mappings": """
def settings():
    return {'url': 'https://models.example.com/a', 'name': 'x'}
def body(url, timeout=3):
    return requests.get(url, timeout=timeout).content
options = settings()
pickle.loads(body(options['url']), encoding='one')
parts = {'fetched': body('https://models.example.com/b'), 'own': b'x'}
pickle.loads(parts['fetched'], encoding='two')
pickle.loads(parts['own'], encoding='three')
""",
    "classes": """
class Client:
    def __init__(self, base):
        self.base = base
        self.own = b'x'
    def get(self, name):
        return requests.get(self.base + name).content
def load(client):
    answer = client.get('/a.pkl')
    return pickle.loads(answer, encoding='one')
made = Client('https://models.example.com')
load(made)
pickle.loads(made.own, encoding='two')
""",
    "loops": """
URLS = ['https://models.example.com/a', 'https://models.example.com/b']
def bodies():
    for url in URLS:
        yield requests.get(url).content
def own():
    yield open('own.bin', 'rb').read()
for body in bodies():
    pickle.loads(body, encoding='one')
for body in own():
    pickle.loads(body, encoding='two')
kept = [requests.get(url).content for url in URLS]
pickle.loads(kept[0], encoding='three')
""",
    "globals": """
CACHE = {}
OWN = {}
def fill(url):
    CACHE[url] = requests.get(url).content
    OWN[url] = open('own.bin', 'rb').read()
def use(url):
    pickle.loads(CACHE[url], encoding='one')
    pickle.loads(OWN[url], encoding='two')
fill('https://models.example.com/a')
use('https://models.example.com/a')
""",
    "branches": """
def body(remote):
    if remote:
        return requests.get('https://models.example.com/a').content
    return open('own.bin', 'rb').read()
def both(flag):
    made = b'x'
    if flag:
        made = requests.get('https://models.example.com/b').content
    return made
def last():
    made = requests.get('https://models.example.com/c').content
    made = b'x'
    return made
pickle.loads(body(True), encoding='one')
pickle.loads(both(False), encoding='two')
pickle.loads(last(), encoding='three')
""",
    "tables of functions": """
def remote():
    return requests.get('https://models.example.com/a').content
def own():
    return open('own.bin', 'rb').read()
KINDS = {'remote': remote, 'own': own}
def run(kind):
    return KINDS[kind]()
pickle.loads(KINDS['remote'](), encoding='one')
pickle.loads(KINDS['own'](), encoding='two')
pickle.loads(run('remote'), encoding='three')
""",
    "pairs": """
def pair(url):
    return requests.get(url).content, b'x'
first, second = pair('https://models.example.com/a')
pickle.loads(first, encoding='one')
pickle.loads(second, encoding='two')
whole = pair('https://models.example.com/b')
pickle.loads(whole[0], encoding='three')
""",
    "files": """
def fetch(url, target):
    with open(target, 'wb') as stream:
        stream.write(requests.get(url).content)
def load(path):
    with open(path, 'rb') as stream:
        return pickle.load(stream, encoding='one')
def other(path):
    with open(path, 'rb') as stream:
        return pickle.load(stream, encoding='two')
fetch('https://models.example.com/a', 'a.pkl')
load('a.pkl')
other('own.pkl')
""",
}
TREES = {name: ast.parse(HEAD + text) for name, text in SEEDS.items()}


def origins(files: Files) -> dict[str, bool]:
    """For each load, by its name, whether a download reaches it."""
    return {
        load.arguments["encoding"].strip("'"): bool(load.comes_from(*FETCHED))
        for load in concluded(files, Deserialization)
        if "encoding" in load.arguments
    }


KNOWN = {name: origins({"a.py": HEAD + text}) for name, text in SEEDS.items()}


def test_the_seeds_hold_loads_of_both_kinds() -> None:
    assert all(True in found.values() and False in found.values() for found in KNOWN.values())
    assert sum(len(found) for found in KNOWN.values()) == 23


def _named(text: bytes) -> ast.Module:
    """A program in which every load of pickle is named by its place."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("pickle.load", "pickle.loads"):
            place = ast.Constant(f"{node.lineno}:{node.col_offset}")
            node.keywords.append(ast.keyword("encoding", place))
    return ast.fix_missing_locations(tree)


FOLLOWED = {
    name: _named(project.files["a.py"])
    for name, project in PROJECTS.items()
    if list(project.files) == ["a.py"]
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_what_is_followed_is_followed_in_every_form(name: str) -> None:
    tree = FOLLOWED[name]
    known = origins(in_one_file(tree))

    for change in CHANGES:
        assert origins(in_one_file(change(tree))) == known, change.__name__
    for layout in LAYOUTS:
        assert origins(layout(tree)) == known, layout.__name__


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("seed", SEEDS)
def test_one_change_of_form_changes_no_origin(seed: str, change: Change) -> None:
    tree = change(TREES[seed])

    assert origins(in_one_file(tree)) == KNOWN[seed]


@given(
    st.sampled_from(sorted(SEEDS)),
    st.lists(st.sampled_from(CHANGES), min_size=2, max_size=4, unique=True),
    st.sampled_from(LAYOUTS),
)
@settings(max_examples=120, deadline=None, derandomize=True)
def test_changes_of_form_on_top_of_each_other_change_no_origin(
    seed: str, changes: list[Change], layout: Callable[[ast.Module], Files]
) -> None:
    tree = TREES[seed]
    for change in changes:
        tree = change(tree)

    assert origins(layout(tree)) == KNOWN[seed]
