"""Versions of actions that were published as compromised or vulnerable.

Facts of the GitHub advisory database and of the vendors' own notices, as of 2026-11-01: action,
fixed version, advisory, day or year of publication. A version is affected from `since` up to `fixed`;
`tags` lists single names where only those were moved. Compromised tags have been restored or
removed since, so that a run of today may be clean; runs of the days named here were not.
"""

from __future__ import annotations

import re

import msgspec


class Advisory(msgspec.Struct, frozen=True):
    """What is known about one action. `malicious` tells a break-in from a weakness."""

    action: str
    fixed: str
    ids: tuple[str, ...]
    published: str
    summary: str
    malicious: bool = False
    since: str = "0"
    tags: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()


ADVISORIES: tuple[Advisory, ...] = (
    Advisory(
        "tj-actions/changed-files",
        "46.0.1",
        ("CVE-2025-30066", "GHSA-mrrh-fwg8-r2c3"),
        "2025-03-15",
        "its tags were moved to code that printed the runner's secrets to the log",
        malicious=True,
        commits=("0e58ed8671d6b60d0890c21b07f8835ace038e67",),
    ),
    Advisory(
        "reviewdog/action-setup",
        "1.3.1",
        ("CVE-2025-30154",),
        "2025-03-19",
        "its tag v1 was moved to code that printed the runner's secrets to the log",
        malicious=True,
        tags=("v1",),
        commits=("f0d342d24037bb11d26b9bd8496e0808ba32e9ec",),
    ),
    Advisory(
        "aquasecurity/trivy-action",
        "0.35.0",
        ("CVE-2026-33634", "GHSA-69fq-xp46-6x23"),
        "2026-03-19",
        "nearly all of its tags were moved to code that sent the runner's secrets away",
        malicious=True,
    ),
    Advisory(
        "aquasecurity/setup-trivy",
        "0.2.6",
        ("CVE-2026-33634", "GHSA-69fq-xp46-6x23"),
        "2026-03-19",
        "its tags were moved to code that sent the runner's secrets away",
        malicious=True,
    ),
    Advisory(
        "checkmarx/kics-github-action",
        "",
        (),
        "2026-03-23",
        "its tags were moved to code that sent the runner's secrets away",
        malicious=True,
    ),
    Advisory(
        "tj-actions/branch-names",
        "7.0.7",
        ("CVE-2023-49291",),
        "2023",
        "a branch's name is run as shell commands",
    ),
    Advisory(
        "tj-actions/branch-names",
        "9.0.0",
        ("CVE-2025-54416", "GHSA-gq52-6phf-x2r6"),
        "2025-07-25",
        "a branch's name is unescaped again and run as shell commands",
    ),
    Advisory(
        "aquasecurity/trivy-action",
        "0.34.0",
        ("GHSA-9p44-j4g5-cfx5",),
        "2026-02-18",
        "an input is exported into the environment as shell commands",
        since="0.31.0",
    ),
    Advisory(
        "sonarsource/sonarqube-scan-action",
        "6.0.0",
        ("GHSA-5xq9-5g24-4g6f", "GHSA-f79p-9c5r-xg88"),
        "2025-09-26",
        "its arguments are run as shell commands",
        since="4.0.0",
    ),
    Advisory(
        "gradle/gradle-build-action",
        "2.4.2",
        ("GHSA-h3qr-39j9-4r5v",),
        "2023-05-01",
        "secrets in the environment are kept in the cache that later runs share",
    ),
    Advisory(
        "github/codeql-action",
        "3.28.3",
        ("GHSA-vqf5-2xx6-9wfm",),
        "2025-01-24",
        "after a failure the environment, secrets included, is uploaded with the debug artefacts",
        since="3.26.11",
    ),
    Advisory(
        "tj-actions/verify-changed-files",
        "17",
        ("CVE-2023-52137",),
        "2023",
        "names of changed files can be run as shell commands",
    ),
    Advisory(
        "actions/download-artifact",
        "4.1.3",
        ("CVE-2024-42471", "GHSA-cxww-7g56-2vh6"),
        "2024",
        "an artefact can write files outside the folder it is unpacked to",
        since="4.0.0",
    ),
    Advisory(
        "dawidd6/action-download-artifact",
        "6",
        ("GHSA-5xr6-xhww-33m4",),
        "2024",
        "artefacts of forks are taken as if they were the repository's own",
    ),
    Advisory(
        "rlespinasse/github-slug-action",
        "4.4.1",
        ("CVE-2023-27581",),
        "2023",
        "a branch's name is run as shell commands",
        since="4.0.0",
    ),
    Advisory(
        "ultralytics/actions",
        "0.0.3",
        ("GHSA-7x29-qqmq-v6qc",),
        "2024",
        "a pull request's branch name is run as shell commands",
    ),
    Advisory(
        "lycheeverse/lychee-action",
        "2.0.2",
        ("CVE-2024-48908",),
        "2024",
        "an input is run as shell commands",
    ),
    Advisory(
        "hashicorp/vault-action",
        "2.2.0",
        ("CVE-2021-32074",),
        "2021",
        "secrets of several lines are printed to the log",
    ),
    Advisory(
        "check-spelling/check-spelling",
        "0.0.19",
        ("CVE-2021-32724",),
        "2021",
        "a pull request can read the repository's token",
    ),
)  # fmt: skip


def number(ref: str) -> tuple[int, ...] | None:
    """The version in a tag (`v4`, `v4.1.0`, `0.33.1`); None for a branch or commit."""
    match = re.fullmatch(r"v?(\d+(?:\.\d+){0,3})(?:-\w+)?", ref)
    return tuple(int(part) for part in match[1].split(".")) if match else None


def affecting(action: str, ref: str) -> list[tuple[Advisory, bool]]:
    """Advisories on an action at a reference, and whether the reference may also be past the fix.

    A short tag such as `v4` names the newest release of its line: it is affected where the whole
    line is, and may be where the fix lies within the line.
    """
    found = []
    for advisory in ADVISORIES:
        if action.lower() != advisory.action:
            continue
        if ref in advisory.commits or ref in advisory.tags:
            found.append((advisory, ref in advisory.tags))
            continue
        version = number(ref)
        if version is None or advisory.tags:
            continue
        if not advisory.fixed:
            found.append((advisory, True))
            continue
        fixed, since = number(advisory.fixed) or (), number(advisory.since) or ()
        inside = since[: len(version)] <= version
        if inside and version < fixed[: len(version)]:
            found.append((advisory, False))
        elif inside and version == fixed[: len(version)] and len(version) < len(fixed):
            found.append((advisory, True))
    return found
