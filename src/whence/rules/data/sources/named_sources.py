"""Data that code takes by name from a store or catalogue, and what would fix the version.

Sources: the reference pages of boto3, Google Cloud Storage, MinIO, Weights & Biases, ClearML, kagglehub,
TensorFlow Datasets, scikit-learn, DVC and huggingface_hub.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from whence.rules.data.sources.data_names import is_data, is_model, moving_part
from whence.rules.data.sources.fetches import closure
from whence.rules.data.sources.programs import Code, Programs, Site
from whence.rules.data.sources.words import Words
from whence.vocabulary.fact.program import Const

_ON_HUB = re.compile(r"hf://datasets/[^/@]+/[^/@]+")
_COMMIT_OF_HUB = re.compile(r"hf://datasets/[^/@]+/[^/@]+@[0-9a-f]{40}(?:/|$)")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_TAILS = ("download_file", "download_fileobj", "get_object", "fget_object", "use_artifact", "artifact",
          "dataset_download", "fetch_openml", "load", "get", "open", "read", "snapshot_download",
          "hf_hub_download", "read_csv", "read_parquet", "read_json", "read_table", "scan_parquet",
          "scan_csv", "blob", "get_blob", "load_dataset")  # fmt: skip


class NamedSource(msgspec.Struct, frozen=True):
    """A name, how it is open, what would be right. `unversioned` is true for plain stored objects."""

    site: Site
    name: str
    how: str
    right: str
    unversioned: bool = False


_Case = Callable[[Site, Words], Iterator[NamedSource]]


def named_sources(programs: Programs, code: Code) -> Iterator[NamedSource]:
    """The open names of one file."""
    words = Words(programs)
    for site in programs.calls_of(code, *_TAILS):
        for pattern, case in _CASES:
            if pattern.search(site.name):
                yield from case(site, words)
                break


def _object(site: Site, words: Words) -> Iterator[NamedSource]:
    """An object of a bucket: versioned by `VersionId`, `version_id` or `generation`."""
    if any(
        site.argument(name) is not None
        for name in ("VersionId", "version_id", "generation", "Fileobj_version")
    ):
        return
    extra = site.argument("ExtraArgs")
    if extra is not None or site.spreads:
        return
    where: tuple[int | str, ...] = ("Key", "key", "object_name", "blob_name", 0)
    if (
        site.tail in ("download_file", "download_fileobj", "fget_object", "get_object")
        and "Bucket()" not in site.name
    ):
        where = ("Key", "object_name", 1)
    for key in words.of(site, *where):
        if key.strip("?/") and is_data(key) and not is_model(key):
            yield NamedSource(site, key, _moves(key) or "without the object's version",
                              "`VersionId` (or a recorded digest)", True)  # fmt: skip


def _table(site: Site, words: Words) -> Iterator[NamedSource]:
    for url in words.of(site, "filepath_or_buffer", "path", "source", "path_or_buf", 0):
        if re.match(r"(?:s3a?|gs|gcs|abfss?|az|wasbs|hdfs|oss)://", url) and not is_model(url):
            if "versionId=" not in url:
                yield NamedSource(site, url, _moves(url) or "without the object's version",
                                  "the object's version, or a recorded digest", True)  # fmt: skip

        elif _ON_HUB.match(url) and not _COMMIT_OF_HUB.match(url):
            yield NamedSource(site, url, "at the head of its repository",
                              "`@` and the full commit id behind the repository's name")  # fmt: skip


def _files_of_rows(site: Site, words: Words) -> Iterator[NamedSource]:
    """Addresses that a builder of rows is given as `data_files`, in whatever collection."""
    given = site.argument("data_files")
    parts = sorted(closure(site.function, given)) if given is not None else []
    held = [site.function.values[index] for index in parts]
    for url in dict.fromkeys(str(each.value) for each in held if isinstance(each, Const)):
        if _ON_HUB.match(url) and not _COMMIT_OF_HUB.match(url):
            yield NamedSource(site, url, "at the head of its repository",
                              "`@` and the full commit id behind the repository's name")  # fmt: skip
        elif "://" in url and _moves(url):
            yield NamedSource(site, url, _moves(url), "an address that names the version")


def _moves(name: str) -> str:
    moving = moving_part(name)
    return f"at `{moving}`, which moves" if moving else ""


def _artifact(site: Site, words: Words) -> Iterator[NamedSource]:
    for name in words.of(site, "artifact_or_name", "name", 0):
        kind = words.one(site, "type", 1)
        if (
            name.endswith((":latest", ":production", ":prod", ":best", ":stable"))
            and kind != "model"
        ):
            if not re.search(r"model|checkpoint", name):
                yield NamedSource(
                    site,
                    name,
                    f"at the alias `{name.rpartition(':')[2]}`",
                    "a version such as `:v12`",
                )


def _kaggle(site: Site, words: Words) -> Iterator[NamedSource]:
    for name in words.of(site, "handle", 0):
        if "/" in name and "/versions/" not in name:
            yield NamedSource(
                site, f"kaggle:{name}", "without a version", "`/versions/` with a number"
            )


def _openml(site: Site, words: Words) -> Iterator[NamedSource]:
    if site.argument("data_id", "version") is None or words.one(site, "version") == "active":
        for name in words.of(site, "name", 0):
            yield NamedSource(
                site, f"openml:{name}", "at whichever version is active", "`version=` or `data_id=`"
            )


def _catalogue(site: Site, words: Words) -> Iterator[NamedSource]:
    for name in words.of(site, "name", 0):
        if not re.search(r":\d+\.\d+|\?", name) and name:
            yield NamedSource(site, f"tfds:{name}", "without a version",
                              "the version in the name, such as `name:3.0.0`", True)  # fmt: skip


def _clearml(site: Site, words: Words) -> Iterator[NamedSource]:
    if site.argument("dataset_id", "dataset_version", "alias_id") is None and not site.spreads:
        for name in words.of(site, "dataset_name"):
            yield NamedSource(
                site, f"clearml:{name}", "without a version", "`dataset_id` or `dataset_version`"
            )


def _dvc(site: Site, words: Words) -> Iterator[NamedSource]:
    if site.argument("repo") is not None and site.argument("rev") is None:
        for name in words.of(site, "path", 0):
            yield NamedSource(
                site, f"dvc:{name}", "at the head of its repository", "`rev=` with a commit"
            )


def _hub(site: Site, words: Words) -> Iterator[NamedSource]:
    if words.one(site, "repo_type") != "dataset":
        return
    revisions = words.of(site, "revision")
    if revisions and all(_COMMIT.fullmatch(text) or "?" in text for text in revisions):
        return
    for name in words.of(site, "repo_id", 0):
        if re.fullmatch(r"[\w.-]+/[\w.-]+", name):
            yield NamedSource(site, name, f"at `{revisions[0]}`" if revisions else "without a revision",
                              "`revision=` with the full commit id")  # fmt: skip


_CASES: tuple[tuple[re.Pattern[str], _Case], ...] = (
    (re.compile(r"huggingface_hub\.(?:snapshot_download|hf_hub_download)$"), _hub),
    (re.compile(r"^kagglehub\.dataset_download$"), _kaggle),
    (re.compile(r"fetch_openml$"), _openml),
    (re.compile(r"^tensorflow_datasets\.load$"), _catalogue),
    (re.compile(r"^clearml\.Dataset\.get$"), _clearml),
    (re.compile(r"^datasets\.load_dataset$"), _files_of_rows),
    (re.compile(r"^dvc\.api\.(?:open|read)$"), _dvc),
    (re.compile(r"\.use_artifact$|^wandb\.Api\(\)\.artifact$"), _artifact),
    (re.compile(r"^boto3\b.*\.(?:download_file|download_fileobj|get_object|get)$|^minio\.Minio\(\)\.f?get_object$"
                r"|google\.cloud\.storage\..*\.(?:blob|get_blob)$|\?\.(?:download_file|download_fileobj|get_object)$"), _object),
    (re.compile(r"^(?:pandas|polars|dask\.dataframe|pyarrow\.parquet|modin\.pandas)\.\w+$"), _table),
)  # fmt: skip
