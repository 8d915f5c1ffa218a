"""What whence and other scanners say of the same attacks and the same harmless files.

    python benchmarks/model_verdicts.py [--attacks 240] [--benign 120] [--peers PYTHON]
        [--picklescan PYTHON] [--modelscan PYTHON] [--fickling PYTHON] [--modelaudit PYTHON]

The attacks are composed as the tests compose them (gadget, way of writing, container, file name), and
taken at even distances; the harmless files are those of tests/readers/models/benign.tsv, likewise. Each
scanner runs in the interpreter that has it (`--peers`: one for all; environment variables
`WHENCE_PEER_PICKLESCAN` and so on do the same). modelaudit needs a second for a file and gets
every fourth one.

Prints for each: attacks called malicious, attacks only warned of, attacks that it says it could not
read, attacks passed as clean; harmless files called malicious, and warned of.
"""

from __future__ import annotations

import argparse
import base64
import csv
import importlib.util
import itertools
import json
import os
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from pathlib import Path
from types import ModuleType

TESTS = Path(__file__).resolve().parent.parent / "tests/readers/models"
EVERY_FOURTH = ("modelaudit",)
LONGEST = 900
START = """
import contextlib, io, json, logging, os, pathlib, sys, warnings, zipfile
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
files = sorted(pathlib.Path(sys.argv[1]).iterdir())
said = {}
"""
END = """
for file in files:
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            said[file.name] = verdict(file)
    except Exception:
        said[file.name] = "unread"
print(json.dumps(said))
"""
SCANNERS = {
    "whence": """
from whence.readers.contract import HEAD_SIZE, Source
from whence.readers.models import artefact
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.models import PickleUse
def verdict(file):
    content = file.read_bytes()
    if not artefact.claims(file.name, content[:HEAD_SIZE]):
        return "clean"
    facts = list(artefact.read(Source.of_bytes(file.name, content)))
    grades = {fact.verdict for fact in facts if isinstance(fact, PickleUse)}
    if grades & {"malicious", "review"}:
        return "malicious" if "malicious" in grades else "warned"
    return "unread" if any(isinstance(fact, Unread) for fact in facts) else "clean"
""",
    "picklescan": """
from picklescan.scanner import SafetyLevel, scan_file_path
def verdict(file):
    found = scan_file_path(str(file))
    if found.issues_count or found.infected_files:
        return "malicious"
    if found.scan_err:
        return "unread"
    warned = any(name.safety is SafetyLevel.Suspicious for name in found.globals)
    return "warned" if warned else "clean"
""",
    "modelscan": """
from modelscan.modelscan import ModelScan
def verdict(file):
    found = ModelScan().scan(str(file))
    grades = {str(issue["severity"]) for issue in found["issues"]}
    if grades:
        return "malicious" if grades & {"CRITICAL", "HIGH"} else "warned"
    skipped = found["summary"].get("skipped", {}).get("total_skipped", 0)
    return "unread" if found.get("errors") or skipped else "clean"
""",
    "fickling": """
from fickling.analysis import Severity
from fickling.loader import scan_file, scan_zip_archive
def verdict(file):
    if zipfile.is_zipfile(file):
        found = list(scan_zip_archive(str(file), graceful=True).values())
    else:
        found = [scan_file(str(file), graceful=True)]
    worst = max((one.severity for one in found), default=Severity.LIKELY_SAFE)
    errors = any(one.errors for one in found)
    if worst >= Severity.LIKELY_UNSAFE and any(one.results for one in found):
        return "malicious"
    if errors:
        return "unread"
    return "warned" if worst > Severity.LIKELY_SAFE else "clean"
""",
    "modelaudit": """
from modelaudit.core import scan_model_directory_or_file
def verdict(file):
    found = scan_model_directory_or_file(str(file))
    grades = {str(getattr(issue.severity, "value", issue.severity)) for issue in found.issues}
    if "critical" in grades:
        return "malicious"
    if "warning" in grades:
        return "warned"
    return "unread" if found.has_errors or not found.success else "clean"
""",
}


def loaded(path: Path) -> ModuleType:
    """A module of the tests."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def spread(things: list[tuple[str, str]], count: int) -> list[tuple[str, str]]:
    """So many of them, at even distances."""
    return [things[index * len(things) // count] for index in range(min(count, len(things)))]


def write_attacks(folder: Path, count: int) -> None:
    """Attacks of every gadget, way of writing, container and name."""
    composed = loaded(TESTS / "test_composed_attacks.py")
    streams = loaded(TESTS / "pickle/streams.py")
    ways = [
        composed.WRITINGS[writing](*composed.GADGETS[gadget])
        for gadget, writing in composed.LOADABLE
    ]
    ways += [trick(*gadget) for trick in streams.TRICKS for gadget in streams.GADGETS]
    kinds = list(itertools.product(range(len(ways)), composed.CONTAINERS))
    names = itertools.cycle(composed.NAMES)
    chosen = [kinds[index * len(kinds) // count] for index in range(count)]
    for number, ((way, container), name) in enumerate(zip(chosen, names, strict=False)):
        content = composed.CONTAINERS[container](ways[way])
        (folder / f"{number:04}-{name.replace('/', '-')}").write_bytes(content)


def write_benign(folder: Path, count: int) -> None:
    """Files that libraries saved."""
    with (TESTS / "benign.tsv").open(encoding="utf-8", newline="") as table:
        rows = [(row[0], row[-1]) for row in csv.reader(table, delimiter="\t")]
    for name, held in spread(rows, count):
        (folder / Path(name).name).write_bytes(zlib.decompress(base64.b64decode(held)))


def verdicts(python: str, scanner: str, folder: Path) -> Counter[str]:
    """How many files are called what; all unread if the scanner fails."""
    if scanner in EVERY_FOURTH:
        for file in [file for at, file in enumerate(sorted(folder.iterdir())) if at % 4]:
            file.unlink()
    with tempfile.TemporaryDirectory() as work:
        done = subprocess.run(
            [python, "-c", START + SCANNERS[scanner] + END, str(folder)],
            capture_output=True,
            text=True,
            timeout=LONGEST,
            cwd=work,
            check=True,
        )
    said: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return Counter(said.values())


def line(scanner: str, attacks: Counter[str], benign: Counter[str]) -> str:
    """One row of the result."""

    def share(counts: Counter[str], verdict: str) -> str:
        return f"{100 * counts[verdict] / max(counts.total(), 1):5.1f} %"

    told = [share(attacks, verdict) for verdict in ("malicious", "warned", "unread", "clean")]
    wrong = [share(benign, verdict) for verdict in ("malicious", "warned", "unread")]
    files = f"{attacks.total()} + {benign.total()}"
    return f"{scanner:<11} {files:>9}   {'  '.join(told)}   {'  '.join(wrong)}"


def main() -> None:
    """Write both sets, run every scanner over them, and print one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attacks", type=int, default=240)
    parser.add_argument("--benign", type=int, default=120)
    parser.add_argument("--peers", help="an interpreter that has all other scanners")
    for scanner in SCANNERS:
        if scanner != "whence":
            variable = f"WHENCE_PEER_{scanner.upper()}"
            parser.add_argument(f"--{scanner}", default=os.environ.get(variable))
    arguments = vars(parser.parse_args())
    print(f"{'':<21}   attacks:                                benign:")
    print(
        f"{'':<13}{'files':>8}   {'found':>7}  {'warned':>7}  {'unread':>7}  {'“clean”':>7}   "
        f"{'found':>7}  {'warned':>7}  {'unread':>7}"
    )
    for scanner in SCANNERS:
        python = sys.executable if scanner == "whence" else arguments[scanner]
        python = python or arguments["peers"]
        if not python:
            print(f"{scanner:<11} not given")
            continue
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            write_attacks(Path(first), arguments["attacks"])
            write_benign(Path(second), arguments["benign"])
            try:
                attacks = verdicts(python, scanner, Path(first))
                benign = verdicts(python, scanner, Path(second))
            except (subprocess.SubprocessError, IndexError, ValueError) as error:
                print(f"{scanner:<11} failed: {str(getattr(error, 'stderr', error))[-200:]}")
                continue
        print(line(scanner, attacks, benign), flush=True)


if __name__ == "__main__":
    main()
