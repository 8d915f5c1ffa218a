"""Several indexes may answer for a private name, a public one among them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.dependencies.index_contest import Contest, contest, contested
from whence.rules.dependencies.wording import listed
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.dependencies import PackageIndex, PackageRequirement
from whence.vocabulary.fact.lookups import CheckedPackage
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_FIXES = {
    "pip": (
        "Let one index answer: make the private index the only one and let it mirror what is public"
        " (`--index-url` alone), or fix every file by its digest:\n"
        "```sh\npip-compile --generate-hashes requirements.in\n"
        "pip install --require-hashes -r requirements.txt\n```"
    ),
    "uv": (
        "Give the private packages their own index, and drop `unsafe-…` strategies:\n"
        '```toml\n[[tool.uv.index]]\nname = "private"\nurl = "{url}"\nexplicit = true\n\n'
        '[tool.uv.sources]\n{name} = {{ index = "private" }}\n```'
    ),
    "poetry": (
        "Make the source explicit and name it where it is meant:\n"
        '```toml\n[[tool.poetry.source]]\nname = "private"\nurl = "{url}"\npriority = "explicit"\n\n'
        '[tool.poetry.dependencies]\n{name} = {{ version = "…", source = "private" }}\n```'
    ),
    "pdm": (
        "Bind the private packages to their source:\n"
        '```toml\n[[tool.pdm.source]]\nname = "private"\nurl = "{url}"\n'
        'include_packages = ["{name}"]\n```'
    ),
    "conda": (
        "Name the channel of what is private, or put the private channel first and make conda keep"
        ' to that order:\n```yaml\nchannels: ["{url}", conda-forge]\ndependencies:\n'
        '  - "{url}::{name}"\n```\n```yaml .condarc\nchannel_priority: strict\n```'
    ),
}

# What conda installs below Python, which no list of Python packages knows.
_SYSTEM = re.compile(
    r"_|lib|cuda|cudnn|cutensor|nccl|r-|gcc|gxx|gfortran|clang|llvm|mkl|blas|openblas|openmpi|mpi|"
    r"arrow|ffmpeg|nodejs|git|make|cmake|ninja|openjdk|compilers|c-compiler|cxx-compiler|sysroot|"
    r"binutils|pkg-config|rust|go|zlib|openssl|hdf5|sqlite|boost|eigen|protobuf|swig|pandoc|jq|"
    r"magma|unzip|wget|curl|tk|xorg|gdal|proj|geos|faiss|pyarrow|tensorflow|pytorch|torch"
)


@rule(
    severity=Severity.HIGH,
    references=("CWE-427", "CWE-349", "AML.T0010.001", "OWASP-LLM03:2025"),
)
def check(index: PackageIndex, graph: SupplyGraph) -> Iterator[Observation]:
    """A public index may answer for a name that the project means from a private one.

    Installers do not know which names are yours. Where a private index is searched beside the
    public one, anyone who registers your package's name publicly, with a higher version, gets it
    installed in place of yours.

    ## Attack
    1. The adversary learns a private package's name from a manifest, an error message or a job
       posting.
    2. They register the name on the public index with a very high version number.
    3. The next build finds two candidates and installs the adversary's.

    ## Fix
    Let exactly one index answer for each name:
    ```toml
    [[tool.uv.index]]
    name = "private"
    url = "https://packages.example.com/simple"
    explicit = true

    [tool.uv.sources]
    acme-features = { index = "private" }
    ```

    ## Score
    - AV:N anyone can publish to the public index
    - AC:H the private name must be known
    - PR:N registering a name needs no account of the project
    - UI:R somebody must start a build
    - S:C the code runs with the build's credentials, beyond the package itself
    - C:H the build's secrets are in reach
    - I:H the code becomes part of the application
    - A:L the private package is missing from the application

    ## Bad
    ```text requirements.txt
    --extra-index-url https://packages.example.com/simple  # finding
    numpy==1.26.4
    acme-features==1.4
    ```
    ## Good: a single index
    ```text requirements.txt
    --index-url https://packages.example.com/simple
    acme-features==1.4
    ```
    ## Good: an explicit index for each private package
    ```toml pyproject.toml
    [project]
    name = "scorer"
    version = "1.0"
    dependencies = ["acme-features==1.4"]

    [[tool.uv.index]]
    name = "private"
    url = "https://packages.example.com/simple"
    explicit = true

    [tool.uv.sources]
    acme-features = { index = "private" }
    ```
    """
    found = contest(index, graph)
    if not found:
        return
    required = contested(index, graph)
    if not required:
        return
    private = _private(required, graph)
    if index.tool == "conda" and not private:
        return
    yield _observation(found, required, private, graph)


def _private(
    required: list[PackageRequirement], graph: SupplyGraph
) -> list[tuple[PackageRequirement, CheckedPackage]]:
    """Requirements whose names no list of public packages knows."""
    checked = {
        each.requirement.name: each
        for path in {one.span.path for one in required}
        for each in graph.facts_in(path, CheckedPackage)
    }
    return [
        (one, checked[one.name])
        for one in required
        if one.name in checked and not checked[one.name].established
        if one.ecosystem != "conda" or not _SYSTEM.match(one.name)
    ]


def _observation(
    found: Contest,
    required: list[PackageRequirement],
    private: list[tuple[PackageRequirement, CheckedPackage]],
    graph: SupplyGraph,
) -> Observation:
    names = [one.name for one, _ in private]
    path = found.lead.span.path
    where = ", ".join(dict.fromkeys(f"`{other.url}`" for other in found.others))
    text = f"`{path}` lets {where} and {found.beside} answer for the same names: {found.rule}, so"
    if found.anyone:
        text = f"`{path}` installs from {where}, where anyone may claim any name: {found.rule}, so"
    unclaimed = [one.name for one, checked in private if checked.indexed is False]
    if names:
        text += f" {found.winner} decides what {listed(names)} is"
        text += f"; {listed(unclaimed)} can be registered publicly today" if unclaimed else ""
    else:
        text += f" {found.winner} decides what gets installed"
    severe = bool(names) or found.anyone
    shown = [one for one, _ in private] or required[:1]
    return Observation(
        subject=f"{found.lead.tool} indexes in {path}",
        message=text,
        evidence=(
            Evidence(found.lead.span, f"searched as well: {found.lead.url}"),
            *(Evidence(one.span, f"{one.name} may come from either") for one in shown),
        ),
        severity=None if severe else Severity.MEDIUM,
        because="" if severe else "every name asked for here is established on the public index",
        confidence=_confidence(private, found.anyone),
        fix=_fix(found, names or [required[0].name]),
    )


def _confidence(
    private: list[tuple[PackageRequirement, CheckedPackage]], anyone: bool
) -> Confidence | None:
    if anyone or any(checked.indexed is False for _, checked in private):
        return None
    return Confidence.MEDIUM if private else Confidence.LOW


def _fix(found: Contest, names: list[str]) -> str:
    text = _FIXES.get(found.lead.tool, _FIXES["pip"])
    if found.lead.tool != "pip" and found.lead.tool in _FIXES:
        return text.format(url=found.others[0].url, name=names[0])
    return text
