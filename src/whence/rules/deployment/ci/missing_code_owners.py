"""Files that decide about the model and that nobody in particular must review."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.vocabulary.evidence import Evidence, Span
from whence.vocabulary.fact.repository import OwnerRule
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_AREAS = {
    "pipelines": re.compile(r"^\.github/(?:workflows|actions)/|^\.gitlab-ci\.yml$|(?:^|/)Jenkinsfile$|/ci/.*\.ya?ml$"),
    "data": re.compile(r"^data/|\.dvc$|^dvc\.(?:yaml|lock)$"),
    "models": re.compile(r"^models?/"),
    "deployment": re.compile(r"(?:^|/)(?:deploy|k8s|kubernetes|helm|terraform|charts?)/|(?:^|/)Dockerfile[\w.-]*$|\.tf$"),
}  # fmt: skip
_PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_SHOWN = 4


@rule(
    severity=Severity.LOW,
    references=("CWE-1357", "CWE-284", "OWASP-CICD-SEC-1", "SLSA-SOURCE-L4"),
)
def check(project: SupplyGraph, graph: SupplyGraph) -> Iterator[Observation]:
    """Nobody in particular must review changes to pipelines, data, models or deployment.

    Any reviewer's approval will do, also that of a second account. The files that decide what is
    trained and what runs in production can change without the people who know them noticing.

    ## Attack
    1. The adversary, with a contributor's account, proposes a small change to a workflow or a data
       manifest among many others.
    2. A reviewer who does not know the file approves it.
    3. The next run trains or deploys what the change says.

    ## Fix
    Write a `.github/CODEOWNERS`, have it own itself, and require owners' reviews on the branch:
    ```text
    /.github/   @acme/platform
    /data/      @acme/data
    /models/    @acme/ml
    /deploy/    @acme/platform
    ```

    ## Score
    - AV:N a change is proposed over the network
    - AC:H a reviewer must overlook it
    - PR:L a contributor's account is needed
    - UI:R a reviewer has to approve
    - S:U the damage is what the changed file decides
    - C:N the change reads nothing by itself
    - I:L the pipeline, data or model changes
    - A:L a pipeline may break

    ## Bad
    ```yaml .github/workflows/train.yml
    on: push  # finding
    jobs: {}
    ```
    ```csv data/raw/reviews.csv
    text,label
    ```
    ```text .github/CODEOWNERS
    /data/ @acme/data
    ```
    ## Good
    ```yaml .github/workflows/train.yml
    on: push
    jobs: {}
    ```
    ```csv data/raw/reviews.csv
    text,label
    ```
    ```text .github/CODEOWNERS
    *          @acme/all
    /.github/  @acme/platform
    ```
    """
    file = next((path for path in _PLACES if path in graph.files), "")
    rules = graph.facts_in(file, OwnerRule) if file else []
    open_files: dict[str, list[str]] = {}
    for path, entry in graph.files.items():
        area = next((name for name, pattern in _AREAS.items() if pattern.search(path)), "")
        if area and not entry.ignored and not _owned(path, rules):
            open_files.setdefault(area, []).append(path)
    if not open_files:
        return
    if file:
        message = f"`{file}` names no owner for {_listed(open_files)}"
    else:
        message = (
            f"no CODEOWNERS: nobody in particular must review changes to {_listed(open_files)}"
        )
    files = [path for paths in open_files.values() for path in paths[:_SHOWN]]
    yield Observation(
        subject="code owners",
        message=message,
        evidence=tuple(Evidence(Span(path, 1, 1), "has no owner") for path in files),
    )


def _listed(open_files: dict[str, list[str]]) -> str:
    parts = []
    for area, paths in open_files.items():
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        parts.append(f"{area} (`{paths[0]}`{more})")
    return ", ".join(parts)


def _owned(path: str, rules: list[OwnerRule]) -> bool:
    """Whether the last pattern that matches a path names somebody."""
    for entry in reversed(rules):
        if _pattern(entry.pattern).match(path):
            return bool(entry.owners)
    return False


def _pattern(pattern: str) -> re.Pattern[str]:
    """A pattern of CODEOWNERS: gitignore's, without negation and character classes."""
    anchored = pattern.startswith("/") or "/" in pattern.rstrip("/")
    folder = pattern.endswith("/")
    text = re.escape(pattern.strip("/")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*")
    text = text.replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    below = "/.*" if folder else "" if pattern.endswith("/*") else "(?:/.*)?"
    return re.compile(("" if anchored else "(?:.*/)?") + text + below + r"\Z")
