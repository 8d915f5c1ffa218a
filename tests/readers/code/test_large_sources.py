"""Generated modules of megabytes are read in pieces: as well as whole ones, in bounded memory."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from whence.flow.solve import solve
from whence.readers.code.large_sources import LARGE, LargeSource
from whence.readers.code.python import lowered, parsed, read_code
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import sorted_out
from whence.vocabulary.fact.code import Deserialization
from whence.vocabulary.graph import SupplyGraph

TAIL = "\nimport pickle\n\ndef tail(path):\n    return pickle.loads(open(path, 'rb').read())\n"
MEGABYTES = 160
MEASURED = """
import resource, sys
from pathlib import Path
from whence.flow.solve import solve
from whence.readers.code.python import read_code
from whence.vocabulary.evidence import Unread
from whence.vocabulary.graph import SupplyGraph
stated = list(read_code(Path(sys.argv[1]).read_text(), "m.py"))
print(*(each.reason for each in stated if isinstance(each, Unread)))
facts = [each for each in stated if not isinstance(each, Unread)]
print(*(made.function for made in solve(SupplyGraph(facts=facts)) if hasattr(made, "format")))
told = Path("/proc/self/status")  # the peak since this program began; `ru_maxrss` knows its parent's
peaks = [line.split()[1] for line in told.open() if line.startswith("VmHWM")] if told.exists() else []
print(int(peaks[0] if peaks else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) // 1024)
"""


def rows(line: str, size: int = 3 * LARGE // 2) -> str:
    """Numbered copies of a line, up to a size."""
    return "".join(line.replace("%", str(n)) for n in range(size // len(line)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "T = {\n" + rows("    'key %': ('value', %, [1, %], None),\n") + "}", id="dict"
        ),
        pytest.param("T = [" + rows("%7, ") + "]", id="list on one line"),
        pytest.param(rows("NAME_OF_CONSTANT_% = 'the value % of the table'\n"), id="assignments"),
        pytest.param(
            rows("def f%(a, b):\n    c = a + b\n    return g(c, 'n%')\n\n"), id="functions"
        ),
        pytest.param(
            "class C:\n" + rows("    def m%(self, a):\n        return a\n\n"), id="methods"
        ),
        pytest.param(
            "def f():\n" + rows("    d['key %'] = make(%, 'name %')\n"), id="one function"
        ),
        pytest.param(
            "D = add(b'" + rows(r"\n\x12\x04name%") + "')\n" + rows("g['M%'].start = %\n", LARGE),
            id="serialized descriptors",
        ),
        pytest.param(
            "M = (\n" + rows(f"    '{base64.b64encode(bytes(range(57))).decode()}'\n") + ")",
            id="base64 in lines",
        ),
        pytest.param('M = """\n' + rows("def no(code):\n  it's data %\n") + '"""', id="long text"),
    ],
)
def test_a_generated_module_is_followed_to_its_end_in_bounded_memory(
    text: str, tmp_path: Path
) -> None:
    module = tmp_path / "generated.py"
    module.write_text(text + "\n" + TAIL)

    told = subprocess.run(
        [sys.executable, "-c", MEASURED, str(module)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")

    assert told[:2] == ["", "tail"]
    assert int(told[2]) < MEGABYTES


ODD = '''"""A text.
def not_code(): it is "quoted"
"""
import os, \\
 sys
@first(
    "a", [1,
2])
@second
class Loader(Base):
    """Another text.

class NotCode: 'no'
    """

    path: str = "a"
    # a comment
    @property
    def name(self):
        if self.path:
            return f"{self.path} {', '.join(self.parts)}"
        else:
            return None

    weights: "Weights"

    def load(self, path):  # trailing
        try:
            with open(path) as file:
                return eval(file.read())
        except OSError:
            pass
        finally:
            self.path = path

# between

if os.environ.get("A"):
    b = {"x": 1, **{"y": [2, (3,
4)]}}
elif sys.argv:
    b = {}
else:
    b = None
try:
    import fast
except ImportError:
    fast = None
async def run(*parts):
    for part in parts:
        await part
    return [c for c in parts
if c]
x = run(
    b)
# the end
'''


@pytest.mark.parametrize("piece", [1, 40, 150, 400, 10_000])
@pytest.mark.parametrize("text", [ODD, ODD.replace("\n", "\r\n"), ODD.rstrip(), ODD * 2])
def test_pieces_give_what_the_whole_gives(text: str, piece: int) -> None:
    whole, nothing = parsed(text)
    source = LargeSource(text, parsed, piece)

    assert lowered(source.statements(), 99) == lowered(whole, 99)
    assert source.left_out == nothing == []


def loads(text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """The lines that unpickle, and the lines that were left out."""
    facts, unread = sorted_out(read_code(text, "m.py"))
    made = [each for each in solve(SupplyGraph(facts=facts)) if not isinstance(each, Unread)]
    lines = [each.span.first for each in made if isinstance(each, Deserialization)]
    return lines, [(each.span.first, each.span.last) for each in unread]


@pytest.mark.parametrize("count", [300, LARGE // 16])
@pytest.mark.parametrize(
    ("item", "late", "close"),
    [
        ("'a name', ", "pickle.loads(open('a').read()), ", "]"),
        ("'a name', ", "('a', {'b': -pickle.loads(open('a').read()).c}), ", "]"),
        ("('key', 'name'), ", "f'{pickle.loads(open(str()).read())}', ", "]"),
        ("[1, 2, 'name'], ", "[3, *map(str, pickle.loads (open('a').read()))], ", "]"),
    ],
)
def test_late_items_are_read_where_they_call_something(
    count: int, item: str, late: str, close: str
) -> None:
    text = f"import pickle\nrows = [{item * count}\n{item}{late}\n{item * count}{close}\n"

    assert loads(text) == ([3], [])


def test_a_late_value_of_a_dictionary_is_read_where_it_calls_something() -> None:
    text = "import pickle\nrows = {" + rows("%: 'a', ", 9000) + "\n'k': pickle.loads(open('a'))}\n"

    assert loads(text) == ([3], [])


def test_an_error_in_a_large_source_costs_its_statement() -> None:
    before, after = rows("NAME_% = 'value'\n", LARGE), rows("OTHER_% = 'value'\n", LARGE)
    text = f"{before}\n\ndef broken(:\n    pass\n\n{after}{TAIL}"
    line = before.count("\n") + 3

    found, left_out = loads(text)

    assert found == [text.count("\n")]
    assert left_out == [(line, line + 2)] or left_out == [(line, line + 1)]
