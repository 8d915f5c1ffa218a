"""Places of the Python code that fetch data from an address, and whether a digest is enforced.

Sources: the reference pages of the libraries named in the tables.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from whence.rules.data.sources.checking_commands import stops_on_mismatch
from whence.rules.data.sources.data_names import is_archive, is_data, is_model
from whence.rules.data.sources.programs import Code, Programs, Site, programs_of
from whence.rules.data.sources.words import Words
from whence.vocabulary.fact.program import (
    Attribute,
    Call,
    Function,
)
from whence.vocabulary.graph import SupplyGraph, asked_once

_Where = tuple[int | str, ...]


class Fetcher(msgspec.Struct, frozen=True):
    """A function that fetches: where its address, its file and the expected digest are given.

    `any_path` is true where the same function opens files of the machine.
    """

    address: _Where
    target: _Where = ()
    digest: _Where = ()
    only_data: bool = False
    any_path: bool = False


_GET = Fetcher(("url", 0))
_READ = Fetcher(
    ("filepath_or_buffer", "path_or_buf", "path", "io", "source", "fname", 0), only_data=True
)
_FILE = Fetcher(("origin", 1), ("fname", 0), ("file_hash", "md5_hash", 5, 4))
FETCHERS: dict[str, Fetcher] = {
    "urllib.request.urlretrieve": Fetcher(("url", 0), ("filename", 1)),
    "urllib.urlretrieve": Fetcher(("url", 0), ("filename", 1)),
    "wget.download": Fetcher(("url", 0), ("out", 1)),
    "gdown.download": Fetcher(("url", "id", 0), ("output", 1), ("hash",)),
    "gdown.cached_download": Fetcher(("url", 0), ("path", 1), ("md5", "hash", 2)),
    "torch.hub.download_url_to_file": Fetcher(("url", 0), ("dst", 1), ("hash_prefix", 2)),
    "torchvision.datasets.utils.download_url": Fetcher(("url", 0), ("root", 1), ("md5", 3)),
    "torchvision.datasets.utils.download_and_extract_archive": Fetcher(
        ("url", 0), ("download_root", 1), ("md5", 4)
    ),
    "keras.utils.get_file": _FILE,
    "tensorflow.keras.utils.get_file": _FILE,
    "tf_keras.utils.get_file": _FILE,
    "pooch.retrieve": Fetcher(("url", 0), ("fname", 2), ("known_hash", 1)),
    "fsspec.open": Fetcher(("urlpath", 0), any_path=True),
    "smart_open.open": Fetcher(("uri", 0), any_path=True),
    **{
        f"{owner}.{method}": _GET
        for owner in ("requests", "requests.Session()", "requests.session()", "httpx", "httpx.Client()",
                      "httpx.AsyncClient()", "aiohttp.ClientSession()")
        for method in ("get", "stream")
    },
    **{f"{owner}.stream": Fetcher(("url", 1)) for owner in ("httpx", "httpx.Client()", "httpx.AsyncClient()")},
    "urllib.request.urlopen": _GET,
    "urllib3.PoolManager().request": Fetcher(("url", 1)),
    **{
        f"{library}.{reader}": _READ
        for library in ("pandas", "polars", "dask.dataframe", "numpy", "pyarrow.csv", "modin.pandas")
        for reader in ("read_csv", "read_json", "read_parquet", "read_table", "read_excel", "read_ndjson",
                       "read_feather", "genfromtxt", "loadtxt", "scan_csv", "scan_parquet")
    },
}  # fmt: skip
_TAILS = tuple(sorted({name.rpartition(".")[2] for name in FETCHERS}))
_DIGESTS = re.compile(
    r"^(?:hashlib|hmac|zlib|xxhash|blake3|secrets\.compare_digest)\b|\.(?:hexdigest|digest|file_digest)$"
)
_CHECKS = re.compile(
    r"(?i)(?:verif|check|assert|ensure|require|valid|compare|match)\w{0,40}?(?:sha|md5|hash|digest|checksum|"
    r"integrity|signature)|(?:sha\d*|md5|hash|digest|checksum|integrity|signature)_?(?:verif|check|match|ok)"
)
_FOR_DATA = re.compile(
    r"(?:^|[/_])(?:data|datasets?|datamodules?|corpus|corpora|prepare|preprocess|ingest)(?:_\w{1,40})?\.py$"
)
_OF_DIGEST = re.compile(
    r"(?i)\.(?:sha\d*|sha\d+sums?|md5|md5sums?|digest|checksum|crc)$|(?:sha\d*|md5|check)sums?(?:\.txt)?$"
)
_DEPTH = 2


class Fetch(msgspec.Struct, frozen=True):
    """Data that the code fetches. `url` holds `?` where unknown; `target` is empty in memory."""

    site: Site
    url: str
    target: str
    digest: bool


@asked_once
def fetches_by_file(graph: SupplyGraph) -> dict[str, list[Fetch]]:
    """Every place that fetches what is data by its address, its file or its reader."""
    programs = programs_of(graph)
    found: dict[str, list[Fetch]] = defaultdict(list)
    for fetch in _fetches(programs, Words(programs)):
        found[fetch.site.path].append(fetch)
    return found


def _fetches(programs: Programs, words: Words) -> Iterator[Fetch]:
    for site in programs.calls(*_TAILS):
        fetcher = FETCHERS.get(site.name)
        if fetcher is None:
            continue
        digest = any(words.constant(site, where) not in ("", None) for where in fetcher.digest)
        targets = words.of(site, *fetcher.target) if fetcher.target else ()
        if fetcher is _GET:
            targets = _written(programs, words, site)
        for url in words.of(site, *fetcher.address):
            if ("://" in url and not url.startswith(("http", "ftp"))) or is_model(url):
                continue
            opens = fetcher.only_data or fetcher.any_path
            if "://" not in url and (opens or "?" not in url):
                if site.name != "gdown.download":
                    continue
            target = next(
                (name for name in targets if is_data(name)), targets[0] if targets else ""
            )
            if target and is_model(target) and not is_data(url):
                continue
            named = is_data(url) or is_data(target) or _is_archive_of_data(url, site)
            if named or fetcher.only_data or _is_table(site, programs):
                yield Fetch(site, url, target, digest)


def _is_archive_of_data(url: str, site: Site) -> bool:
    """Whether an archive is fetched by a file that is there for data, by its name."""
    return "://" in url and is_archive(url) and _FOR_DATA.search(site.path) is not None


def _written(programs: Programs, words: Words, site: Site) -> tuple[str, ...]:
    """The files that the same function writes what was fetched to."""
    found: list[str] = []
    values = site.function.values
    for value in values:
        if not isinstance(value, Call):
            continue
        callee = values[value.callee]
        if not isinstance(callee, Attribute):
            continue
        if callee.name in ("write", "write_bytes", "write_text", "writelines") and value.args:
            if site.index in closure(site.function, value.args[0]):
                found += words.texts(site.code, site.function, _path_of(site.function, callee.base))
        elif callee.name == "copyfileobj" and len(value.args) > 1:
            if site.index in closure(site.function, value.args[0]):
                found += words.texts(
                    site.code, site.function, _path_of(site.function, value.args[1])
                )
    return tuple(dict.fromkeys(found))


def _path_of(function: Function, handle: int) -> int:
    """The path of a handle that `open` gave, or the value itself."""
    opened = function.values[handle]
    if isinstance(opened, Call):
        callee = function.values[opened.callee]
        if (
            isinstance(callee, Attribute)
            and callee.name == "open"
            and not _is_module(function, callee)
        ):
            return callee.base
        if opened.args:
            return opened.args[0]
    return handle


def _is_module(function: Function, callee: Attribute) -> bool:
    base = function.values[callee.base]
    return bool(getattr(base, "imported", False))


def _is_table(site: Site, programs: Programs) -> bool:
    """Whether what is fetched goes into a reader of tables in the same function."""
    for other in programs.calls_in(site.function, site.code):
        if other.tail in ("read_csv", "read_json", "read_parquet", "read_table", "read_excel"):
            if any(site.index in closure(site.function, arg) for arg in other.call.args):
                return True
    return False


def enforced(programs: Programs, site: Site) -> bool:
    """Whether a digest is compared and acted upon near a fetch.

    Near is the function itself, what it calls, its callers, and what those call; deeper flows are the
    data flow engine's. A comparison whose failure is swallowed or only logged does not count.
    """
    seen: set[tuple[str, str]] = set()
    level: list[tuple[Code, Function]] = [(site.code, site.function)]
    for _ in range(_DEPTH + 1):
        above: list[tuple[Code, Function]] = []
        for code, function in level:
            if _acts_within(programs, code, function, seen, 0):
                return True
            above += [(c.code, c.function) for c in programs.callers(code, function)]
        level = above
    return False


def _acts_within(
    programs: Programs, code: Code, function: Function, seen: set[tuple[str, str]], depth: int
) -> bool:
    key = (code.path, function.name)
    if key in seen or depth > _DEPTH:
        return False
    seen.add(key)
    if acts_on_digest(programs, code, function):
        return True
    for site in programs.calls_in(function, code):
        if _swallowed(function, site.call.context):
            continue
        if site.call.args and stops_on_mismatch(site, closure(function, site.call.args[0])):
            return True
        called = callee_of(programs, site)
        if called is not None and _acts_within(programs, *called, seen, depth + 1):
            return True
        if called is None and re.search(r"(?i)verify", site.tail) and _CHECKS.search(site.tail):
            return True
    return False


def acts_on_digest(programs: Programs, code: Code, function: Function) -> bool:
    """Whether a function leaves or raises where digests differ."""
    for number, context in enumerate(function.contexts):
        if context.value < 0 or context.kind not in ("exit", "assert", "if"):
            continue
        if _swallowed(function, context.parent):
            continue
        if context.kind == "if" and not _guards_something(function, number):
            continue
        if _speaks_of_digests(programs, code, function, context.value):
            return not _comes_along(programs, code, function, context.value)
    return False


def _comes_along(programs: Programs, code: Code, function: Function, index: int) -> bool:
    """Whether the digest that is compared with is fetched from where the payload comes from."""
    words = Words(programs)
    fetched = [
        words.of(site, *fetcher.address)
        for at in sorted(closure(function, index))
        if isinstance(function.values[at], Call)
        and (fetcher := FETCHERS.get((site := programs.site(code, function, at)).name)) is not None
        and not fetcher.only_data
    ]
    of_digest = [urls for urls in fetched if any(_OF_DIGEST.search(url) for url in urls)]
    if not of_digest:
        return False
    payloads = [
        url
        for fetch in _fetches_in(programs, words, code)
        for url in fetch
        if not _OF_DIGEST.search(url)
    ]
    hosts = {_host(url) for url in payloads} - {""}
    return any(not hosts or _host(url) in hosts or not _host(url) for url in of_digest[0])


def _fetches_in(programs: Programs, words: Words, code: Code) -> Iterator[tuple[str, ...]]:
    for site in programs.calls_of(code, *_TAILS):
        fetcher = FETCHERS.get(site.name)
        if fetcher is not None:
            yield words.of(site, *fetcher.address)


def _host(url: str) -> str:
    found = re.match(r"\w+://([^/?]+)", url)
    return found[1] if found else ""


def _guards_something(function: Function, number: int) -> bool:
    """Whether a raise stands in a branch."""
    return any(_within(function, raised, number) for raised in function.raises)


def _within(function: Function, context: int, outer: int) -> bool:
    while context >= 0:
        if context == outer:
            return True
        context = function.contexts[context].parent
    return False


def _swallowed(function: Function, context: int) -> bool:
    while context >= 0:
        if function.contexts[context].kind == "swallow":
            return True
        context = function.contexts[context].parent
    return False


def _speaks_of_digests(
    programs: Programs, code: Code, function: Function, index: int, depth: int = 0
) -> bool:
    for at in closure(function, index):
        value = function.values[at]
        if not isinstance(value, Call):
            continue
        name = programs.dotted(code, function, value.callee)
        if _DIGESTS.search(name) or _CHECKS.search(name.rpartition(".")[2]):
            return True
        called = callee_of(programs, Site(code, function, at, name))
        if called is not None and depth < _DEPTH and _makes_digest(programs, *called, depth + 1):
            return True
    return False


def _makes_digest(programs: Programs, code: Code, function: Function, depth: int) -> bool:
    for site in programs.calls_in(function, code):
        if _DIGESTS.search(site.name):
            return True
        called = callee_of(programs, site)
        if called is not None and depth < _DEPTH and _makes_digest(programs, *called, depth + 1):
            return True
    return False


def callee_of(programs: Programs, site: Site) -> tuple[Code, Function] | None:
    """The function of the project that a call runs, where its name tells."""
    name = site.name
    if name in site.code.functions and site.code.functions[name].kind == "function":
        return site.code, site.code.functions[name]
    if name.startswith("?.") and site.function.owner:
        method = f"{site.function.owner}.{site.tail}"
        if method in site.code.functions:
            return site.code, site.code.functions[method]
    tail = site.tail
    before = name.rpartition(".")[0].rpartition(".")[2]
    for other in programs.imported_by(site.code):
        if other.parts[-1:] == [before] and tail in other.functions:
            return other, other.functions[tail]
    return None


def closure(function: Function, index: int) -> set[int]:
    """The values that a value is made of, itself included; receivers and arguments of calls too."""
    found: set[int] = set()
    waiting = [index]
    while waiting and len(found) < 300:
        at = waiting.pop()
        if at in found or at < 0:
            continue
        found.add(at)
        waiting.extend(function.operands(at))
    return found
