"""Which data the project reads for training, by path, and which files and commands write it."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from whence.rules.data.recorded_digests import is_model as is_model_file
from whence.rules.data.sources.data_names import in_data_folder, is_data, is_model
from whence.rules.data.sources.fetches import fetches_by_file
from whence.rules.data.sources.programs import (
    Code,
    Site,
    beside,
    is_showcase,
    is_test,
    programs_of,
)
from whence.rules.data.sources.words import Words
from whence.rules.models.training.training_code import feeding_codes
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.code import ConfigValue
from whence.vocabulary.fact.datasets import PipelineStage
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.graph import SupplyGraph, asked_once

_READERS = (
    "read_csv", "read_table", "read_json", "read_parquet", "read_excel", "read_feather", "read_ndjson",
    "scan_csv", "scan_parquet", "open", "load", "loadtxt", "genfromtxt", "load_dataset", "load_from_disk",
    "ImageFolder", "DatasetFolder", "image_dataset_from_directory", "flow_from_directory", "read_text",
    "audio_dataset_from_directory", "text_dataset_from_directory", "TextLineDataset", "TFRecordDataset",
    "load_svmlight_file", "load_files", "read_bytes", "CSVLogger", "TextDataset", "from_csv", "from_json",
    "load_json", "load_jsonl", "load_csv", "DMatrix", "read_table_file", "train_supervised",
)  # fmt: skip
_WRITERS = {
    "to_csv": 0, "to_parquet": 0, "to_json": 0, "to_feather": 0, "to_excel": 0, "save_to_disk": 0,
    "write_csv": 0, "write_parquet": 0, "write_ndjson": 0, "save": 0, "savez": 0, "savez_compressed": 0,
    "savetxt": 0, "write_table": 1, "urlretrieve": 1, "download_file": 2, "download_to_filename": 0,
    "copy": 1, "copyfile": 1, "copy2": 1, "move": 1, "dump_svmlight_file": 2,
}  # fmt: skip
_WHERE = ("data_files", "data_dir", "directory", "root", "path", "filename", "file", "fname",
          "filepath_or_buffer", "input", 0)  # fmt: skip
_OUTPUT = re.compile(
    r"--?(?:o|out|output(?:[-_]\w+)?|dest(?:ination)?|target(?:[-_]\w+)?|to|save[-_]\w+)"
)
_RESULTS = re.compile(
    r"(?i)(?:^|/)(?:out|outputs?|results?|predictions?|forecasts?|scores?|reports?)(?:/|\.\w+$)"
)
_CONFIG_KEY = re.compile(r"(?i)(?:data|train|corpus|input|file|path|source)")
_NOT_OURS = re.compile(
    r"(?:^|/)(?:\.github|\.gitlab|docs?|mkdocs|\.pre-commit|deploy|k8s)(?:/|[^/]*$)", re.I
)


class Read(msgspec.Struct, frozen=True, order=True):
    """Data that something reads: the path as written, and where it says so."""

    written: str
    span: Span


@asked_once
def data_reads(graph: SupplyGraph) -> tuple[Read, ...]:
    """Every path of data that feeding code, commands, configurations or stages read."""
    found: set[Read] = set()
    words = Words(programs_of(graph))
    feeding = feeding_codes(graph)
    for site in programs_of(graph).calls(*_READERS):
        if site.path in feeding and not is_showcase(site.path) and not _writes(site, words):
            for text in words.of(site, *_WHERE):
                if _is_data_path(text):
                    found.add(Read(text, site.span))
            receiver = site.receiver
            if site.tail in ("open", "read_text", "read_bytes") and receiver is not None:
                for text in words.texts(site.code, site.function, receiver):
                    if _is_data_path(text):
                        found.add(Read(text, site.span))
    if feeding:
        found.update(_from_settings(graph))
        for stage in graph.facts_of(PipelineStage):
            found.update(
                Read(path, stage.span) for path in stage.dependencies if _is_data_path(path)
            )
    return tuple(sorted(found))


def _from_settings(graph: SupplyGraph) -> Iterator[Read]:
    for value in graph.facts_of(ConfigValue):
        text = value.value.strip()
        if _CONFIG_KEY.search(value.key) and _is_data_path(text) and "://" not in text:
            if not _NOT_OURS.search(value.span.path) and not is_test(value.span.path):
                if text.removeprefix("./") in graph.files:
                    yield Read(text, value.span)
    for command in graph.facts_of(ShellCommand):
        if is_test(command.span.path) or not any(
            "python" in w or w.endswith(".py") for w in command.argv[:3]
        ):
            continue
        for before, word in zip(("", *command.argv), command.argv, strict=False):
            flag, _, given = word.partition("=")
            written = _OUTPUT.fullmatch(flag if given else before)
            text = given or word
            if (
                not written
                and _is_data_path(text)
                and "://" not in text
                and not text.startswith("-")
                and not _RESULTS.search(text)
            ):
                yield Read(text, command.span)


def _writes(site: Site, words: Words) -> bool:
    modes = words.of(site, "mode", 1) if site.tail == "open" else ()
    if site.tail == "open" and site.receiver is not None and not modes:
        modes = words.of(site, 0)
    return any(re.fullmatch(r"[wax][bt+]*", mode) for mode in modes)


@lru_cache(maxsize=1 << 14)
def _is_data_path(text: str) -> bool:
    """Whether a text is a path of data: by its ending, or a folder with a telling name."""
    if "\n" in text or len(text) > 300 or " " in text.strip():
        return False
    fixed = text.replace("?", "")
    if not fixed.strip("/."):
        return False
    if is_model(text):
        return False
    if is_data(text):
        return True
    return in_data_folder(text.rstrip("/") + "/") and not posixpath.splitext(text)[1]


@asked_once
def included_data(graph: SupplyGraph) -> tuple[str, ...]:
    """The data files that the repository carries, tests and examples left out."""
    found = []
    for path, file in graph.files.items():
        if file.ignored or file.size < 32 or is_test(path) or is_showcase(path):
            continue
        if _OF_PAGES.search(path):
            continue
        if is_data(path) and not is_model_file(path, graph) and not _is_description(path):
            if in_data_folder(path) or posixpath.splitext(path)[1] in _TABLES:
                found.append(path)
    return tuple(found)


# What builds of web pages leave behind, and what a package carries to look things up in.
_OF_PAGES = re.compile(
    r"(?:^|/)(?:_next|node_modules|static|frontend|webapp|www|public|locales?|i18n|assets)/"
)
_TABLES = frozenset(
    {".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".arrow", ".feather", ".npz", ".tfrecord"}
)
_DESCRIPTIONS = re.compile(
    r"(?:^|/)(?:manifest|croissant|datapackage|dataset_infos?|metadata|schema|config|params|dvc|package"
    r"|metrics|history|training[-_]log|log|results?|report|baseline[\w-]*|requirements[\w-]*|LICEN[CS]E[\w-]*"
    r"|README[\w-]*|readme|evaluation|predictions?|vocab\w*|labels?)\.\w+$|(?:^|/)(?:models?|reports?|logs?|results?|outputs?)/",
    re.IGNORECASE,
)


def _is_description(path: str) -> bool:
    return bool(_DESCRIPTIONS.search(path))


def matches(written: str, path: str, code: Code | None = None) -> bool:
    """Whether a path as written means a file, or a folder over it; `?` stands for anything."""
    for name, pattern in meant(written, None if code is None else tuple(code.folder)):
        if pattern is not None:
            if pattern.fullmatch(path):
                return True
        elif path == name or path.startswith(name.rstrip("/") + "/"):
            return True
    return False


def stands_in_tree(written: str, graph: SupplyGraph, code: Code | None = None) -> bool:
    """Whether a path as written means a file of the tree, or a folder in it."""
    return any(
        any(map(pattern.fullmatch, graph.files))
        if pattern is not None
        else name.rstrip("/") in _files_and_folders(graph)
        for name, pattern in meant(written, None if code is None else tuple(code.folder))
    )


@asked_once
def _files_and_folders(graph: SupplyGraph) -> frozenset[str]:
    found = set(graph.files)
    for path in graph.files:
        while path := posixpath.dirname(path):
            if path in found:
                break
            found.add(path)
    return frozenset(found)


@lru_cache(maxsize=4096)
def meant(
    written: str, folder: tuple[str, ...] | None = None
) -> tuple[tuple[str, re.Pattern[str] | None], ...]:
    """The names that a path written in a folder may mean, with a pattern for those with gaps."""
    plain = posixpath.normpath(written.replace("\\", "/").removeprefix("./")) if written else ""
    found: list[tuple[str, re.Pattern[str] | None]] = []
    for name in (plain,) if folder is None else beside(folder, plain):
        if "?" not in name and "*" not in name:
            found.append((name, None))
            continue
        fixed = [piece for piece in re.split(r"[?*]+", name) if piece.strip("/.")]
        if not fixed or max(len(piece.strip("/.")) for piece in fixed) < 4:
            continue
        name = re.sub(r"^[?*]+/", "*", name)
        pattern = ".*".join(re.escape(piece) for piece in re.split(r"[?*]+", name))
        found.append((name, re.compile(pattern + "(?:/.*)?")))
    return tuple(found)


@asked_once
def written_paths(graph: SupplyGraph) -> dict[str, list[Span]]:
    """What code, commands and stages write, by the path as written."""
    found: dict[str, list[Span]] = defaultdict(list)
    words = Words(programs_of(graph))
    for site in programs_of(graph).calls(*_WRITERS, "open", "write_text", "write_bytes"):
        for text in _targets(site, words):
            if text.strip("?/."):
                found[text].append(site.span)
    for listed in fetches_by_file(graph).values():
        for fetch in listed:
            if fetch.target.strip("?/."):
                found[fetch.target].append(fetch.site.span)
    for path, span in _declared_outputs(graph):
        found[path].append(span)
    return found


@asked_once
def written_by_file(graph: SupplyGraph) -> dict[str, list[tuple[str, list[Span]]]]:
    """What each file writes: the paths as written, in order, and where."""
    found: dict[str, list[tuple[str, list[Span]]]] = defaultdict(list)
    for text, spans in sorted(written_paths(graph).items()):
        by_file: dict[str, list[Span]] = defaultdict(list)
        for span in sorted(spans):
            by_file[span.path].append(span)
        for path, places in by_file.items():
            found[path].append((text, places))
    return found


def _declared_outputs(graph: SupplyGraph) -> Iterator[tuple[str, Span]]:
    for stage in graph.facts_of(PipelineStage):
        for path in stage.outputs:
            yield path, stage.span
    for command in graph.facts_of(ShellCommand):
        for path in _outputs(command):
            yield path, command.span


def _targets(site: Site, words: Words) -> tuple[str, ...]:
    """The paths that a call writes."""
    receiver = site.receiver
    if site.tail in _WRITERS:
        position = _WRITERS[site.tail]
        return words.of(
            site, "path", "path_or_buf", "filename", "dst", "Filename", "file", position
        )
    of_module = site.name.startswith(("io.", "gzip.", "codecs.", "bz2."))
    if site.tail == "open" and (not _writes(site, words) or receiver is None or of_module):
        return words.of(site, "file", 0) if _writes(site, words) else ()
    return words.texts(site.code, site.function, receiver) if receiver is not None else ()


def _outputs(command: ShellCommand) -> Iterator[str]:
    if command.writes and not command.writes.startswith("/dev/"):
        yield command.writes
    for before, word in zip(("", *command.argv), command.argv, strict=False):
        flag, _, value = word.partition("=")
        if value and _OUTPUT.fullmatch(flag):
            yield value
        elif _OUTPUT.fullmatch(before) and not word.startswith("-"):
            yield word
    name = command.argv[0].rpartition("/")[2]
    plain = [word for word in command.argv[1:] if not word.startswith("-")]
    if name in ("cp", "mv", "aws", "gsutil", "rsync", "rclone", "ln") and len(plain) > 1:
        yield plain[-1]
    if name in ("unzip", "tar"):
        for before, word in zip(("", *command.argv), command.argv, strict=False):
            if before in ("-d", "-C"):
                yield word
