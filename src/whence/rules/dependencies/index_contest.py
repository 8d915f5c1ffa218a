"""Which index can win for a package, by how each installer chooses."""

from __future__ import annotations

import re

import msgspec

from whence.rules.dependencies.locking import hold_on, installed_together, resolved_target
from whence.vocabulary.fact.containers import ImageBuild
from whence.vocabulary.fact.dependencies import (
    Include,
    Installation,
    PackageIndex,
    PackageManifest,
    PackageRequirement,
)
from whence.vocabulary.graph import SupplyGraph

_TEST_INDEX = re.compile(r"(?:https?://)?test\.")
_SETTINGS = ("pip.conf", "pip.ini", ".pip.conf", "uv.toml")
# Indexes on which a vendor offers builds of packages that it also publishes publicly.
_VENDORS = re.compile(
    r"https?://(?:download\.pytorch\.org/whl|pypi\.(?:ngc\.)?nvidia\.com|"
    r"developer\.download\.nvidia\.com|storage\.googleapis\.com/(?:jax|libtpu)-releases|"
    r"data\.pyg\.org|data\.dgl\.ai|wheels\.vllm\.ai|flashinfer\.ai/whl|repo\.radeon\.com|"
    r"pip\.repos\.neuron\.amazonaws\.com|download\.openmmlab\.com|"
    r"[a-z0-9-]+\.github\.io/llama-cpp-python)"
)
_PUBLIC_CHANNELS = re.compile(
    r"https?://(?:software\.repos\.intel\.com|conda\.anaconda\.org|repo\.anaconda\.com|anaconda\.org|(?:repo\.)?prefix\.dev|"
    r"conda-static\.anaconda\.org|[\w.-]+\.anaconda\.cloud)(?:/|\Z)"
)


class Contest(msgspec.Struct, frozen=True):
    """Several indexes may answer for one name.

    `lead` is the setting that causes it, `rule` how the installer chooses between them, `winner`
    who can make it choose theirs, `beside` what answers as well. `anyone` is true where every
    index is one that anyone may upload to.
    """

    lead: PackageIndex
    others: tuple[PackageIndex, ...]
    rule: str
    winner: str
    anyone: bool
    beside: str = "the public index"


def contest(index: PackageIndex, graph: SupplyGraph) -> Contest | None:
    """The contest that an index setting opens, told once for all settings of its command or file."""
    peers = [found for found in graph.facts_in(index.span.path, PackageIndex) if _one(index, found)]
    if any(found.role == "none" for found in peers):
        return None
    lead = next((found for found in peers if _competes(found, peers)), None)
    if lead != index:
        return None
    judges = {"pip": _pip, "uv": _uv, "poetry": _poetry, "pdm": _pdm, "conda": _conda}
    judge = judges.get(index.tool)
    return judge(lead, peers, graph) if judge else None


def _one(index: PackageIndex, other: PackageIndex) -> bool:
    """Whether two settings take effect together: of one file, or of one command."""
    if index.tool != other.tool:
        return False
    return index.span == other.span or not (index.context and other.context)


def _competes(found: PackageIndex, peers: list[PackageIndex]) -> bool:
    if found.role == "extra":
        return True
    if found.role == "links":
        return found.url.startswith(("http://", "https://"))
    primary = [peer for peer in peers if peer.role == "primary"]
    return found.role == "primary" and len(primary) > 1 and primary[-1] == found


def is_vendor(index: PackageIndex) -> bool:
    """Whether an index holds a vendor's builds of public packages, and is no nightly channel."""
    return _VENDORS.match(index.url) is not None and "nightly" not in index.url


def is_test_index(index: PackageIndex) -> bool:
    """Whether anyone may upload there under names that others hold on the main index."""
    return index.public and _TEST_INDEX.match(index.url) is not None


def _pip(lead: PackageIndex, peers: list[PackageIndex], graph: SupplyGraph) -> Contest | None:
    """pip takes the highest version over all indexes, whatever their order."""
    primary = [found for found in peers if found.role == "primary"] or _configured(lead, graph)
    extra = [found for found in peers if found.role in ("extra", "links") and _remote(found)]
    with_public = not primary or any(found.public for found in [*primary, *extra])
    private = [found for found in [*primary, *extra] if not found.public and not is_vendor(found)]
    test = [found for found in [*primary, *extra] if is_test_index(found)]
    if not (with_public and private) and not test:
        return None
    return Contest(
        lead,
        tuple(private or test),
        "pip takes the highest version that any of its indexes offers",
        "whoever publishes the highest matching version",
        not private,
    )


def _remote(found: PackageIndex) -> bool:
    return found.role == "extra" or found.url.startswith(("http://", "https://"))


def _configured(lead: PackageIndex, graph: SupplyGraph) -> list[PackageIndex]:
    """The primary index that the tree's own installer settings give."""
    return [
        found
        for found in graph.facts_of(PackageIndex)
        if found.role == "primary"
        and found.tool == lead.tool
        and found.span.path.rpartition("/")[2] in _SETTINGS
    ]


def _uv(lead: PackageIndex, peers: list[PackageIndex], graph: SupplyGraph) -> Contest | None:
    """uv stops at the first index that has the name, the default index last."""
    ordered = [found for found in peers if found.role == "extra"]
    private = [found for found in ordered if not found.public and not is_vendor(found)]
    primary = [found for found in peers if found.role == "primary"] or _configured(lead, graph)
    strategy = next((found.strategy for found in peers if found.strategy), "first-index")
    if strategy == "unsafe-best-match":
        found = _pip(lead, peers, graph)
        rule = "`unsafe-best-match` makes uv take the highest version that any index offers"
        return msgspec.structs.replace(found, rule=rule) if found else None
    private += [found for found in primary if not found.public and not is_vendor(found)]
    first_public = next((at for at, found in enumerate(ordered) if found.public), None)
    behind = [found for found in private if found not in ordered[: first_public or 0]]
    if first_public is None or not behind:
        return None
    return Contest(
        lead,
        tuple(behind),
        "uv takes the first index that has the name, and the public one stands first",
        "whoever registers the name publicly",
        False,
    )


def _poetry(lead: PackageIndex, peers: list[PackageIndex], graph: SupplyGraph) -> Contest | None:
    """Poetry asks all primary sources, the public index being one unless another is given."""
    primary = [found for found in peers if found.role == "primary"]
    extra = [found for found in peers if found.role == "extra"]
    with_public = not primary or any(found.public for found in primary)
    second = any(found.public and found.strategy == "secondary" for found in extra)
    private = [found for found in [*primary, *extra] if not found.public and not is_vendor(found)]
    if not private or not (with_public or second):
        return None
    only_after = all(found.strategy == "supplemental" for found in private)
    if only_after:
        rule = (
            "Poetry asks a supplemental source only where the public index does not have the name"
        )
        return Contest(lead, tuple(private), rule, "whoever registers the name publicly", False)
    rule = "Poetry takes the highest version that any of these sources offers"
    return Contest(
        lead, tuple(private), rule, "whoever publishes the highest matching version", False
    )


def _pdm(lead: PackageIndex, peers: list[PackageIndex], graph: SupplyGraph) -> Contest | None:
    primary = [found for found in peers if found.role == "primary"]
    private = [found for found in peers if found.role == "extra" and not found.public]
    private = [found for found in private if not is_vendor(found)]
    if not private or (primary and not any(found.public for found in primary)):
        return None
    if lead.strategy == "ordered":
        rule = "PDM asks its sources in order, and the public index stands first"
        return Contest(lead, tuple(private), rule, "whoever registers the name publicly", False)
    rule = "PDM takes the highest version that any of its sources offers"
    return Contest(
        lead, tuple(private), rule, "whoever publishes the highest matching version", False
    )


def _conda(lead: PackageIndex, peers: list[PackageIndex], graph: SupplyGraph) -> Contest | None:
    """conda takes a package from the first channel that has it, unless priorities are off."""
    channels = [found for found in peers if found.role in ("primary", "extra")]
    private = [found for found in channels if _is_private_channel(found.url)]
    public = [found for found in channels if _is_public_channel(found.url)]
    if not private or not public:
        return None
    settings = [found for found in graph.facts_of(PackageIndex) if found.tool == "conda"]
    if any(found.strategy in ("disabled", "false") for found in settings):
        rule = "with channel priority off, the highest version of all channels is taken"
        behind = private
    else:
        rule = "the first channel that has a name decides it, and a public one stands first"
        behind = [found for found in private if channels.index(found) > channels.index(public[0])]
    if not behind:
        return None
    winner = f"whoever gets a package of that name into `{public[0].url}`"
    return Contest(
        lead, tuple(behind), rule, winner, False, f"the public channel `{public[0].url}`"
    )


def _is_private_channel(url: str) -> bool:
    return url.startswith(("http://", "https://", "$")) and not _PUBLIC_CHANNELS.match(url)


def _is_public_channel(url: str) -> bool:
    """A channel by its bare name stands on the public server."""
    bare = re.fullmatch(r"[A-Za-z][\w./-]*", url) is not None and url not in ("nodefaults", "local")
    return bare or _PUBLIC_CHANNELS.match(url) is not None


def contested(lead: PackageIndex, graph: SupplyGraph) -> list[PackageRequirement]:
    """The requirements that the indexes of a setting may answer, with nothing to hold them.

    A requirement that names its own index, an address or a digest is held, and so is one that a
    lock decides.
    """
    paths = _paths(lead, graph)
    found = [
        required
        for path in paths
        for required in graph.facts_in(path, PackageRequirement)
        if required.name and required.scope in _ASKING
        if (required.ecosystem == "conda") == (lead.tool == "conda")
        if required.ecosystem in ("pypi", "conda")
    ]
    if lead.context:
        on_line = [required for required in found if required.scope != "command"]
        found = on_line + [r for r in found if r.scope == "command" and _same(lead, r, graph)]
    return [
        required for required in found if not (required.index or required.url or required.hashes)
    ]


_ASKING = ("manifest", "command")


def _same(lead: PackageIndex, required: PackageRequirement, graph: SupplyGraph) -> bool:
    """Whether a command stands in the file of the setting, or of an image that it builds."""
    built = [build.dockerfile for build in graph.facts_in(lead.span.path, ImageBuild)]
    return required.span.path in (lead.span.path, *built)


def _paths(lead: PackageIndex, graph: SupplyGraph) -> list[str]:
    path = lead.span.path
    manifests = graph.facts_in(path, PackageManifest)
    if manifests:
        if any(hold_on(manifest, graph).is_locked for manifest in manifests):
            return []
        around = [
            include.span.path for include in graph.facts_of(Include) if include.target == path
        ]
        return list(dict.fromkeys([*installed_together(path, graph), *around]))
    built = [build.dockerfile for build in graph.facts_in(path, ImageBuild)]
    installs = graph.facts_of(Installation)
    if path.rpartition("/")[2] in _SETTINGS:
        return [found.span.path for found in _manifests_of(lead.tool, graph)]
    named = [
        resolved_target(target, install.span.path, graph)
        for install in installs
        if install.span.path in (path, *built) and install.tool == lead.tool
        and (install.span == lead.span or not lead.context or lead.context == "environment")
        for target in install.targets
    ]  # fmt: skip
    included = [one for name in named if name for one in installed_together(name, graph)]
    return list(dict.fromkeys([path, *built, *included]))


def _manifests_of(tool: str, graph: SupplyGraph) -> list[PackageManifest]:
    wanted = ("pip", "pip-compile") if tool == "pip" else (tool, "pip")
    return [
        found
        for found in graph.facts_of(PackageManifest)
        if found.tool in wanted
        and found.kind in ("requirements", "pyproject", "setup.py", "setup.cfg")
        and not hold_on(found, graph).is_locked
    ]
