from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CI = "deploy/ci/ci.yml"
COMMANDS = """\
        run: |
          pip-audit --strict --disable-pip --require-hashes -r requirements.txt
          pip-audit --strict --disable-pip --require-hashes -r requirements-test.txt
          pip-audit --strict --disable-pip --require-hashes -r deploy/docker/requirements-build.txt
"""
SCRIPT = """\
#!/usr/bin/env bash
# Scans every lock. AUDIT_MODE=report lists findings without stopping, for a look at a branch.
set -uo pipefail

found=0
for lock in requirements.txt requirements-test.txt deploy/docker/requirements-build.txt; do
    pip-audit --strict --disable-pip --require-hashes -r "$lock" || found=1
done
if [ "${AUDIT_MODE:-block}" = report ]; then
    exit 0
fi
exit "$found"
"""
TARGET = """
# Findings stop the build; ON_FINDING=true only lists them, for a look at a branch.
ON_FINDING ?= false

audit:
	pip-audit --strict --disable-pip --require-hashes -r requirements.txt || $(ON_FINDING)
	pip-audit --strict --disable-pip --require-hashes -r requirements-test.txt || $(ON_FINDING)"""


@plant(
    rules=("ci-gate-ignored", "ci-missing-gate"),
    severities=("high", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_KINDS,
    words=(
        "report mode",
        "audit_mode",
        "on_finding",
        "never fail",
        "does not block",
        "switched off",
        "exit 0",
        "ignored",
    ),
    cwes=("CWE-754", "CWE-693", "CWE-1395", "CWE-390"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A variable of the workflow turns the blocking scan into a report.

    ## Why
    The script and the Makefile block by default and read well, but the workflow sets the variable
    that ends them with success. A lock with a known hole passes every check, and only somebody who
    reads all files together sees why.

    ## Fix
    Drop the variable from the workflow, or the mode from the script.
    """
    top = "permissions: {}\n\nconcurrency:\n  group: ci-"
    if vary.choose(True, False):
        project.add("deploy/ci/audit.sh", SCRIPT)
        project.replace(CI, COMMANDS, "        run: bash deploy/ci/audit.sh\n")
        setting, gate = (
            "AUDIT_MODE: report",
            Place("deploy/ci/audit.sh", '"${AUDIT_MODE:-block}" = report'),
        )
    else:
        project.append("Makefile", TARGET)
        project.replace(CI, COMMANDS, "        run: make audit\n")
        setting, gate = (
            'ON_FINDING: "true"',
            Place("Makefile", "-r requirements.txt || $(ON_FINDING)"),
        )
    project.replace(CI, top, f"env:\n  {setting}\n\n{top}")
    yield Place(CI, setting)
    yield gate
