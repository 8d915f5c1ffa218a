"""How long 2,200 pins take to be read and matched, from a cold start; beside pip-audit.

    python benchmarks/advisory_matching.py [--runs 5] [--pins 2200] [--peer-pins 237]

Each run is a new Python process that imports the library, opens the embedded advisories, parses a
requirements file of pinned popular packages (many of them affected) and matches every pin. Printed
are the median and worst time of the whole process by the clock, its processor time (which other work
on the machine does not stretch), and the share that a bare interpreter takes, beside the target of
0.3 s for 2,200 pins. pip-audit, where it is installed, checks the first of the same pins in the same
run, without resolving, against a server on loopback that knows no advisory and answers at once. The
pins are drawn from the embedded tables with a fixed seed, so that the work is the same everywhere.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TARGET = 0.3
SOURCE = Path(__file__).resolve().parent.parent / "src"

WORK = """
import sys
from packaging.requirements import Requirement
from whence.lookups.advisories import Advisories
found = Advisories.embedded()
affected = matches = undecided = 0
for line in open(sys.argv[1], encoding="utf-8"):
    requirement = Requirement(line.strip())
    (pin,) = requirement.specifier
    answer = found.match(requirement.name, pin.version)
    affected += bool(answer.matches)
    matches += len(answer.matches)
    undecided += bool(answer.undecided)
print(affected, matches, undecided)
"""


def pins(count: int) -> list[str]:
    """Pinned packages: every second one with advisories, on or beside a version that they name."""
    sys.path.insert(0, str(SOURCE))
    from whence.lookups.advisories import Advisories
    from whence.lookups.name_tables import PopularNames

    pick = random.Random(2200)
    table = Advisories.embedded()._table
    rungs = [entry for entry in zip(table.packages, table.rungs, strict=True) if entry[1]]
    popular = list(PopularNames.embedded().ranks)
    lines = []
    for number in range(count):
        if number % 2:
            name, versions = pick.choice(rungs)
            lines.append(f"{name}=={pick.choice(versions.split())}")
        else:
            lines.append(f"{pick.choice(popular)}=={pick.randint(0, 5)}.{pick.randint(0, 20)}.0")
    return lines


def timed(arguments: list[str]) -> tuple[float, float, str]:
    """Seconds by the clock and of the processor that a process takes, and what it prints."""
    before, start = os.times(), time.perf_counter()
    done = subprocess.run(
        arguments, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )  # fmt: skip
    seconds, after = time.perf_counter() - start, os.times()
    used = after.children_user + after.children_system
    return seconds, used - before.children_user - before.children_system, done.stdout.strip()


class Nothing(BaseHTTPRequestHandler):
    """A service that knows no advisory."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        return


def peer(program: str, file: Path) -> tuple[float, float]:
    """Seconds that pip-audit takes for a file, by the clock and of the processor."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Nothing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/v1/query"
    command = [program, "--disable-pip", "--no-deps", "-s", "osv", "--osv-url", url, "-r"]
    before = os.times()
    own = before.user + before.system
    seconds, used, _ = timed([*command, str(file)])
    after = os.times()
    server.shutdown()
    print(f"  (the server itself took {after.user + after.system - own:.2f} s of the processor)")
    return seconds, used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pins", type=int, default=2200)
    parser.add_argument("--peer-pins", type=int, default=237)
    given = parser.parse_args()
    drawn = pins(given.pins)
    program = shutil.which("pip-audit")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("\n".join(drawn) + "\n", encoding="utf-8")
        python = [sys.executable, "-c"]
        bare = statistics.median(timed([*python, "pass"])[0] for _ in range(given.runs))
        runs = [timed([*python, WORK, str(file)]) for _ in range(given.runs)]
        seconds, used = [run[0] for run in runs], [run[1] for run in runs]
        affected, matches, undecided = runs[0][2].split()
        print(f"{given.pins} pins: {affected} affected, {matches} matches, {undecided} undecided")
        print(f"whole process, median of {given.runs}: {statistics.median(seconds):.3f} s", end=" ")
        print(f"(worst {max(seconds):.3f} s), processor {statistics.median(used):.3f} s")
        print(f"of which a bare interpreter: {bare:.3f} s; target {TARGET} s")
        if not program:
            print("pip-audit: not installed")
            return
        first = dict(pin.split("==") for pin in drawn)
        file.write_text("".join(f"{n}=={v}\n" for n, v in list(first.items())[: given.peer_pins]))
        count = min(given.peer_pins, len(first))
        clock, processor = peer(program, file)
        print(f"pip-audit, {count} pins: {clock:.1f} s, processor {processor:.1f} s")
        ratio = (processor / count) / (statistics.median(used) / given.pins)
        print(f"per pin, of the processor: {ratio:.0f} times as fast")


if __name__ == "__main__":
    main()
