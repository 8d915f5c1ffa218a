"""Checks that can stop a pipeline: which commands and actions are one, and of what kind."""

from __future__ import annotations

import re
from functools import lru_cache

from whence.vocabulary.fact.deployment import ShellCommand, WorkflowStep

TEST, SCAN, EVALUATION, VERIFICATION = "test", "scan", "evaluation", "verification"

_TESTERS = frozenset({"pytest", "py.test", "tox", "nox", "nosetests", "ctest", "jest", "vitest"})
_SCANNERS = frozenset(
    {"trivy", "grype", "pip-audit", "safety", "bandit", "semgrep", "snyk", "osv-scanner", "checkov"}
    | {"tfsec", "gitleaks", "trufflehog", "picklescan", "modelscan", "zizmor", "kubesec", "whence"}
    | {"detect-secrets", "terrascan", "kics", "dockle", "clair-scanner", "govulncheck", "fickling"}
)
_VERIFIERS = frozenset({"cosign", "slsa-verifier", "minisign", "in-toto-verify", "model_signing"})
_DIGESTS = re.compile(r"(?:sha(?:1|224|256|384|512)|md5|b2)sum|shasum")
_EVALUATES = re.compile(
    r"(?:^|[/_.-])(?:eval(?:uate|uation)?|benchmark|quality_gate|check_(?:model|metrics|accuracy|"
    r"threshold|regression|drift|bias)|validate_(?:model|data|metrics|dataset)|model_gate)"
    r"(?:[_.-]|$)",
    re.IGNORECASE,
)
_RUNNERS = frozenset({"poetry", "uv", "pdm", "pipenv", "hatch", "conda", "mamba", "rye", "pixi"})
_MAKE_TARGET = re.compile(r"(?:unit-?|integration-?)?(?:tests?|check|verify)")

_ACTIONS = {
    "aquasecurity/trivy-action": SCAN,
    "anchore/scan-action": SCAN,
    "pypa/gh-action-pip-audit": SCAN,
    "google/osv-scanner-action": SCAN,
    "bridgecrewio/checkov-action": SCAN,
    "aquasecurity/tfsec-action": SCAN,
    "gitleaks/gitleaks-action": SCAN,
    "trufflesecurity/trufflehog": SCAN,
    "github/codeql-action/analyze": SCAN,
    "returntocorp/semgrep-action": SCAN,
    "semgrep/semgrep-action": SCAN,
    "actions/dependency-review-action": SCAN,
    "pyupio/safety-action": SCAN,
    "snyk/actions": SCAN,
    "docker/scout-action": SCAN,
}

# Options with which a scanner reports and still succeeds.
_MEEK_OPTIONS: dict[str, re.Pattern[str]] = {
    "trivy": re.compile(r"--exit-code[ =]0\b"),
    "bandit": re.compile(r"--exit-zero\b"),
    "checkov": re.compile(r"--soft-fail\b(?!-on)|(?:^|\s)-s(?:\s|$)"),
    "tfsec": re.compile(r"--soft-fail\b|(?:^|\s)-s(?:\s|$)"),
    "gitleaks": re.compile(r"--exit-code[ =]0\b"),
    "hadolint": re.compile(r"--no-fail\b"),
    "safety": re.compile(r"--continue-on-error\b"),
    "snyk": re.compile(r"^\s*\S+\s+monitor\b"),
    "pytest": re.compile(r"--suppress-no-test-exit-code\b|--co(?:llect-only)?\b"),
    "zizmor": re.compile(r"--no-exit-codes\b"),
}
_PYTHON = re.compile(r"python[\d.]*")
# Scanners that succeed with findings unless told otherwise, and the words that tell them.
_MEEK_BY_DEFAULT: dict[str, re.Pattern[str]] = {
    "trivy": re.compile(r"--exit-code[ =](?!0\b)|\bversion\b|--version|\bdownload|--format[ =]\S*(?:sarif|cyclonedx|spdx)|\bsbom\b|-f \S*(?:sarif|cyclonedx|spdx)|\bconvert\b|--download"),
    "grype": re.compile(r"--fail-on\b|(?:^|\s)-f[ =]|\bdb\b|\bversion\b|-o \S*sarif"),
    "semgrep": re.compile(r"--error\b|^\s*\S+\s+ci\b|--version|--sarif"),
}  # fmt: skip


def words_of(command: ShellCommand) -> tuple[str, ...]:
    """The command proper: without a project runner (`poetry run`) or `python -m` around it."""
    return _proper(command.argv)


@lru_cache(maxsize=1 << 14)
def _proper(argv: tuple[str, ...]) -> tuple[str, ...]:
    name = argv[0].rpartition("/")[2]
    if name in _RUNNERS and "run" in argv[1:4]:
        rest = argv[argv.index("run") + 1 :]
        while rest and rest[0].startswith("-"):
            rest = rest[1:]
        argv = rest or argv
        name = argv[0].rpartition("/")[2]
    if _PYTHON.fullmatch(name) and "-m" in argv[1:-1]:
        module = argv.index("-m") + 1
        return (argv[module].replace("pip_audit", "pip-audit"), *argv[module + 1 :])
    return (name, *argv[1:])


def command_kind(command: ShellCommand) -> str:
    """Which kind of gate a command is; empty for none."""
    return _kind(command.argv)


@lru_cache(maxsize=1 << 14)
def _kind(argv: tuple[str, ...]) -> str:
    argv = _proper(argv)
    name, rest = argv[0], argv[1:]
    if set(rest) & {"--help", "--version", "-V"}:
        return ""
    if name in _TESTERS or name in ("unittest", "doctest"):
        return TEST
    if name in _SCANNERS:
        return SCAN
    if _verifies(name, rest):
        return VERIFICATION
    if name == "make" and any(_MAKE_TARGET.fullmatch(word) for word in rest):
        return TEST
    if name in ("npm", "yarn", "pnpm", "go", "cargo", "mvn", "gradle"):
        return TEST if "test" in rest[:2] else SCAN if rest[:1] == ("audit",) else ""
    if name in ("docker", "podman") and "run" in rest[:1]:
        return SCAN if any(f"/{scanner}" in word for word in rest for scanner in _SCANNERS) else ""
    return EVALUATION if _evaluates(name, rest) else ""


def _verifies(name: str, rest: tuple[str, ...]) -> bool:
    if name in _VERIFIERS:
        return any("verify" in word for word in (name, *rest))
    if _DIGESTS.fullmatch(name):
        return bool({"-c", "--check"} & set(rest))
    return name == "gpg" and "--verify" in rest


def _evaluates(name: str, rest: tuple[str, ...]) -> bool:
    if _PYTHON.fullmatch(name) or name.endswith((".py", ".sh")):
        script = name if name.endswith((".py", ".sh")) else next(iter(_scripts(rest)), "")
        return bool(_EVALUATES.search(script.rpartition("/")[2]))
    # `eval` by itself is the shell's own, which runs what it is given.
    return name != "eval" and bool(_EVALUATES.search(name)) and "=" not in name


def action_kind(step: WorkflowStep) -> str:
    """Which kind of gate an action is; empty for none."""
    name = step.uses.partition("@")[0].lower()
    return next((kind for known, kind in _ACTIONS.items() if name.startswith(known)), "")


def meek(command: ShellCommand) -> str:
    """The option, or its absence, with which a gate's own findings stop nothing; empty if none."""
    argv = words_of(command)
    text = " ".join(argv)
    options = _MEEK_OPTIONS.get(argv[0])
    found = options.search(text) if options else None
    if found:
        return f"`{found.group().strip()}`"
    default = _MEEK_BY_DEFAULT.get(argv[0])
    if default and not default.search(text):
        return f"`{argv[0]}` succeeds whatever it finds unless told to fail"
    return ""


def meek_action(step: WorkflowStep) -> str:
    """As `meek`, for actions."""
    name = step.uses.partition("@")[0].lower()
    inputs = step.inputs
    if name == "aquasecurity/trivy-action" and inputs.get("exit-code", "0") == "0":
        reports = inputs.get("format", "table")
        return "" if reports not in ("table", "json") else "`exit-code` is 0"
    if name == "anchore/scan-action" and inputs.get("fail-build") == "false":
        return "`fail-build: false`"
    softens = name in ("bridgecrewio/checkov-action", "aquasecurity/tfsec-action")
    return "`soft_fail: true`" if softens and inputs.get("soft_fail") == "true" else ""


def _scripts(words: tuple[str, ...]) -> list[str]:
    return [word for word in words if not word.startswith("-") and word.endswith(".py")]
