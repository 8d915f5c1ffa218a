"""Faults put into the pickle machine one at a time; the differential tests must notice each.

    python tests/readers/models/pickle/mutants.py [MODULE ...]

Works on a copy of the sources. Exits with the number of faults that went unnoticed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[4]
MACHINE = Path("src/whence/readers/models/pickle")
TESTS = Path("tests/readers/models/pickle/test_differential.py")


class Fault(NamedTuple):
    """What is broken, in which module, and the text that is replaced by another."""

    broken: str
    module: str
    right: str
    wrong: str


FAULTS = (
    Fault("PROTO takes any number", "scalar_opcodes", "number > HIGHEST_PROTOCOL", "number > 99"),
    Fault(
        "TUPLE1 to 3 reach below the MARK",
        "container_opcodes",
        "if len(stack) - count < m.fence:",
        "if len(stack) - count < 0:",
    ),
    Fault(
        "POP does not take a MARK away",
        "scalar_opcodes",
        "if m.marks and m.marks[-1] == len(m.stack):",
        "if False:",
    ),
    Fault(
        "MEMOIZE counts no entries beyond a gap",
        "memo",
        "self.put(index + len(self.sparse), value)",
        "self.put(index, value)",
    ),
    Fault("STRING may end in another quote", "text_arguments", "line[0] != line[-1] or ", ""),
    Fault(
        "LONG keeps its L", "text_arguments", 'line[:-1] if line.endswith(b"L") else line', "line"
    ),
    Fault(
        "lists may be keys",
        "container_opcodes",
        "if type(key) is not str and not hashable(key):",
        "if False:",
    ),
    Fault("LONG4 may be longer than 2 GiB", "scalar_opcodes", "length >= 1 << 31", "length < 0"),
    Fault("protocol 2 has names of Python 3", "object_opcodes", "protocol < 3", "protocol < 2"),
    Fault("protocol 3 has names of Python 2", "object_opcodes", "protocol < 3", "protocol < 4"),
    Fault(
        "frames of files are never cut",
        "frames",
        "return header if header + length > room else None",
        "return None",
    ),
    Fault(
        "INST takes any UTF-8",
        "object_opcodes",
        'm.window.line(), "ascii")\n    _push_global',
        'm.window.line(), "utf-8")\n    _push_global',
    ),
    Fault("lists have any item", "container_opcodes", "not -length <= key < length", "False"),
    Fault(
        "bytearrays never grow",
        "container_opcodes",
        "target.appended += len(values)",
        "target.appended += 0",
    ),
    Fault(
        "bytearrays hold any number",
        "container_opcodes",
        "            if not _may_be_a_byte(value):",
        "            if False:",
    ),
    Fault(
        "READONLY_BUFFER takes text", "scalar_opcodes", '("bytes", "buffer",', '("str", "bytes",'
    ),
)


def is_noticed(fault: Fault, copy: Path) -> bool:
    """Whether the tests fail with the fault."""
    module = copy / MACHINE / f"{fault.module}.py"
    healthy = module.read_text(encoding="utf-8")
    if fault.right not in healthy:
        raise SystemExit(f"{fault.module} has no {fault.right!r} any more: {fault.broken}")
    module.write_text(healthy.replace(fault.right, fault.wrong, 1), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-qx", "-c", os.devnull, "--rootdir", str(copy)]
    command += ["-p", "no:cacheprovider", str(copy / TESTS)]
    environment = {**os.environ, "PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    module.write_text(healthy, encoding="utf-8")
    return done.returncode == 1


def main() -> None:
    """Try every fault and print one line each."""
    missed = 0
    wanted = sys.argv[1:]
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "src", copy / "src", ignore=ignored)
        shutil.copytree(ROOT / TESTS.parent, copy / TESTS.parent, ignore=ignored)
        for fault in [fault for fault in FAULTS if not wanted or fault.module in wanted]:
            noticed = is_noticed(fault, copy)
            missed += not noticed
            print("noticed  " if noticed else "UNNOTICED", fault.broken, flush=True)
    raise SystemExit(missed)


if __name__ == "__main__":
    main()
