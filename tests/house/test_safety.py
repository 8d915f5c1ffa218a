"""whence runs nothing of what it audits and, offline, talks to nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

# Runs in a process of its own: an audit hook cannot be taken out again.
_WATCHED_AUDIT = """
import json, sys

opened, executed = [], []

def watch(event, arguments):
    if event.startswith("socket."):
        opened.append(event)
    if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "pty.spawn"):
        executed.append(event)
    if event == "import" and arguments[0].startswith("hostile"):
        executed.append("import " + arguments[0])
    if event == "exec" and "hostile" in getattr(arguments[0], "co_filename", ""):
        executed.append("exec")
    if event == "pickle.find_class":
        executed.append("unpickle")

project, cache = sys.argv[1], sys.argv[2]
sys.addaudithook(watch)
import os
os.environ["WHENCE_CACHE"] = cache
import whence
from whence.config import Config
from whence.reports import FORMATS, render
for _ in range(2):
    result = whence.audit(project, config=Config(offline=True))
for name in sorted(FORMATS):
    render(name, result, color=False, verbose=True)
print(json.dumps([opened, executed, len(result.files)]))
"""


def test_offline_audit_opens_no_socket_and_executes_nothing(tmp_path: Path) -> None:
    project = tmp_path / "hostile"
    trap = tmp_path / "sprung"
    spring = f"open({str(trap)!r}, 'w').close()\n"
    project.mkdir()
    for name in ("setup.py", "conftest.py", "__init__.py", "hostile_module.py", "sitecustomize.py"):
        (project / name).write_text(spring)
    (project / "model.pkl").write_bytes(b"cbuiltins\nopen\n(V" + str(trap).encode() + b"\nVw\ntR.")
    (project / "config.yaml").write_text(f"!!python/object/apply:builtins.open ['{trap}', 'w']\n")
    (project / "requirements.txt").write_text("requests>=2\nhostile-package==1\n")
    (project / ".git").mkdir()
    (project / ".git" / "config").write_text(f"[core]\n\tfsmonitor = touch {trap}\n")

    done = subprocess.run(
        [sys.executable, "-c", _WATCHED_AUDIT, str(project), str(tmp_path / "cache")],
        capture_output=True,
        text=True,
        check=True,
        cwd=project.parent,
    )

    opened, executed, files = json.loads(done.stdout)
    assert opened == []
    assert executed == []
    assert files >= 8
    assert not trap.exists()
