"""What a build takes in: the context of a Dockerfile, and what `.dockerignore` keeps out."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from functools import lru_cache

from whence.vocabulary.fact.containers import IgnorePattern, ImageBuild, ImageInstruction
from whence.vocabulary.graph import SupplyGraph

_SECRETS = re.compile(
    r"(?:^|/)(?:\.env(?:\.(?!example|sample|template|dist|test)[\w-]+)?|\.netrc|\.pypirc"
    r"|id_(?:rsa|dsa|ecdsa|ed25519)|[\w.-]+\.(?:p12|pfx|jks|keystore|kdbx|ppk)"
    r"|credentials(?:\.json|\.ya?ml|\.ini)?|service[-_]?account[\w-]*\.json|kubeconfig"
    r"|\.aws/credentials|\.kube/config|\.docker/config\.json|[\w.-]*\.tfstate(?:\.backup)?"
    r"|(?:\w+[-_])?(?:hf|hub|huggingface|api|auth|access|github|gh|wandb|openai)[-_]?(?:token|key)"
    r"\.(?:txt|json)|kaggle\.json|client_secret[\w.-]*\.json|\.huggingface/token"
    r"|secrets?\.(?:ya?ml|json|toml|ini|env)|[\w.-]*\.tfvars(?:\.json)?)$"
)
_KEY_FILE = re.compile(r"(?:^|/)[\w.-]+\.(?:pem|key)$")
_PUBLIC_KEY = re.compile(r"(?:^|[/_.-])(?:ca|cert|certs|chain|public|pub|bundle|root)(?=[/_.-])")
# A chart's templates hold the names of values, not the values.
_TEMPLATE = re.compile(r"(?:^|/)templates/[^/]+\.(?:ya?ml|json|toml|tpl)$")
_DATA = re.compile(
    r"(?:^|/)data/(?:.+/)?[^/]+\.(?:csv|tsv|jsonl?|parquet|arrow|feather|npz|npy|db|sqlite3?|txt"
    r"|zip|tar|gz|tgz|xlsx?)$"
)


def kind_of(path: str) -> str:
    """What an image should not hold: `credentials`, `data`, or nothing."""
    if _TEMPLATE.search(path):
        return ""
    if _SECRETS.search(path) or (_KEY_FILE.search(path) and not _PUBLIC_KEY.search(path)):
        return "credentials"
    return "data" if _DATA.search(path) else ""


def context_of(copy: ImageInstruction, graph: SupplyGraph) -> str | None:
    """The folder that a Dockerfile's build sends to the builder, "" for the root of the tree.

    From what declares the build; otherwise the Dockerfile's own folder or the root, whichever
    holds all that the Dockerfile copies. None where nothing tells.
    """
    path = copy.span.path
    declared = [build for build in graph.facts_of(ImageBuild) if build.dockerfile == path]
    for build in declared:
        if not build.unknown:
            return build.context
    if declared:
        return None
    folder = posixpath.dirname(path)
    if not folder:
        return ""
    wanted = [
        source
        for each in graph.facts_in(path, ImageInstruction)
        if each.keyword in ("COPY", "ADD") and not _from_elsewhere(each)
        for source in sources(each)
        if source and not re.search(r"[*?\[$:]", source)
    ]
    for candidate in (folder, ""):
        prefix = f"{candidate}/" if candidate else ""
        if all(_exists(prefix + source, graph) for source in wanted):
            return candidate
    return folder


def sources(copy: ImageInstruction) -> list[str]:
    """What a COPY or ADD takes from the context, relative to it; "" is all of it."""
    if _from_elsewhere(copy):
        return []
    names = [word for word in copy.arguments[:-1] if "://" not in word and "<<" not in word]
    return [_normal(name) for name in names]


def taken(copy: ImageInstruction, context: str, graph: SupplyGraph) -> list[str]:
    """The files of the tree that a COPY or ADD puts in the image, by path."""
    prefix = f"{context}/" if context else ""
    wanted = [_pattern(source) for source in sources(copy)]
    patterns = ignore_patterns(copy.span.path, context, graph)
    found = []
    for path in graph.files:
        if not path.startswith(prefix):
            continue
        inner = path[len(prefix) :]
        if any(source.match(inner) for source in wanted) and not ignored(inner, patterns):
            found.append(path)
    return found


def ignore_file(dockerfile: str, context: str, graph: SupplyGraph) -> str:
    """The ignore file that a build obeys; empty where it has none."""
    prefix = f"{context}/" if context else ""
    candidates = (
        f"{dockerfile}.dockerignore",
        f"{prefix}.dockerignore",
        f"{prefix}.containerignore",
    )
    return next((path for path in candidates if path in graph.files), "")


def ignore_patterns(dockerfile: str, context: str, graph: SupplyGraph) -> list[IgnorePattern]:
    """The patterns in force for a build."""
    path = ignore_file(dockerfile, context, graph)
    return graph.facts_in(path, IgnorePattern) if path else []


def ignored(path: str, patterns: Iterable[IgnorePattern]) -> bool:
    """Whether a path below the context is kept out: the last pattern that matches decides."""
    out = False
    for pattern in patterns:
        if out == pattern.negated and _pattern(pattern.pattern).match(path):
            out = not pattern.negated
    return out


def _from_elsewhere(copy: ImageInstruction) -> bool:
    return any(flag.startswith("--from=") for flag in copy.flags)


def _normal(name: str) -> str:
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _exists(path: str, graph: SupplyGraph) -> bool:
    return path in graph.files or any(file.startswith(f"{path}/") for file in graph.files)


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    """A pattern of Go's filepath.Match with `**`, which also matches what lies below."""
    if not pattern or pattern in (".", "*", "**"):
        return re.compile(r".*", re.DOTALL)
    text = ""
    at = 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            text, at = text + r"(?:.*/)?", at + 3
        elif pattern.startswith("**", at):
            text, at = text + r".*", at + 2
        else:
            letter = pattern[at]
            text += {"*": r"[^/]*", "?": r"[^/]"}.get(letter, re.escape(letter))
            at += 1
    return re.compile(text + r"(?:/.*)?\Z", re.DOTALL)
