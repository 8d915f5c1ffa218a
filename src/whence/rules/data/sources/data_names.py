"""Which paths and addresses name data, by their form, and which addresses cannot change."""

from __future__ import annotations

import posixpath
import re

_DATA = frozenset(
    (
        ".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".arrow", ".feather", ".npz", ".npy", ".xlsx",
        ".xls", ".tfrecord", ".tfrecords", ".mat", ".avro", ".orc", ".libsvm", ".svm", ".arff", ".conll",
        ".conllu", ".idx", ".warc", ".lmdb", ".mdb", ".sqlite", ".dta", ".sav", ".wav", ".flac", ".mp3",
        ".nii", ".dcm", ".sdf", ".fasta", ".fa", ".las", ".bib", ".hdf5",
    )
)  # fmt: skip
_MAYBE = frozenset({".json", ".txt", ".xml", ".zip", ".tar", ".tgz", ".7z", ".rar", ".db", ".gz",
                    ".bz2", ".xz", ".zst", ".data", ".dat", ".html", ".sql", ".h5", ".images"})  # fmt: skip
_ARCHIVES = frozenset({".zip", ".tar", ".tgz", ".7z", ".rar"})
_MODEL = re.compile(
    r"\.(?:pt|pth|ckpt|safetensors|onnx|gguf|ggml|bin|pkl|pickle|joblib|keras|pb|tflite|model|mar"
    r"|engine|mlmodel|whl|so|dll|exe|deb|rpm|sh|py|js|css|ipynb|dmg|apk|jar)(?:\.\w{2,3})?$"
    r"|(?:^|[/_.-])(?:models?|weights?|checkpoints?|ckpts?|pretrained|encoder|vocab|tokenizer)(?:[/_.-]|$)",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"(?:^|[/_.\-])(?:data|datasets?|corpus|corpora|raw|train(?:ing)?|labels?|annotations?|samples?"
    r"|reviews?|images?|dumps?|splits?|records?)(?:[/_.\-\d]|$)",
    re.IGNORECASE,
)
_FOLDER = re.compile(r"(?:^|/)(?:data|datasets?|corpus|corpora)(?:/|$)", re.IGNORECASE)
_COMMIT = re.compile(r"(?:^|[/=@-])[0-9a-f]{40}(?:[/.?&-]|$)|sha256[:=-][0-9a-f]{64}|/ipfs/\w{40,}")
_BRANCH = re.compile(
    r"raw\.githubusercontent\.com/[^/]+/[^/]+/(?:refs/heads/)?(?P<raw>main|master|develop|dev|HEAD|trunk)/"
    r"|/(?:raw|blob|resolve|tree|archive)/(?:refs/heads/)?(?P<ref>main|master|develop|dev|HEAD|trunk)[/.]"
    r"|/-/(?:raw|archive)/(?P<lab>main|master|develop|HEAD)[/.]",
)
_LATEST = re.compile(
    r"(?:^|[/_.=:@-])(?P<word>latest|current|newest|nightly)(?:[/_.:-]|$)", re.IGNORECASE
)
_LOCAL = re.compile(
    r"^\w+://(?:[^/@]*@)?(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal)(?:[:/]|$)",
    re.IGNORECASE,
)
_INSIDE = re.compile(
    r"^\w+://(?:[^/@]*@)?(?:10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+"
    r"|[\w-]+|[\w.-]+\.(?:internal|local|lan|svc|svc\.cluster\.local|test))(?::\d+)?(?:/|$)",
    re.IGNORECASE,
)


def suffix_of(name: str) -> str:
    """The ending that tells the format, compression taken off."""
    plain = without_query(name).split("#")[0].rstrip("/").lower()
    stem, end = posixpath.splitext(plain)
    if end in (".gz", ".bz2", ".xz", ".zst", ".zip"):
        inner = posixpath.splitext(stem)[1]
        return inner if inner in _DATA or inner in (".tar", ".json", ".txt", ".sql") else end
    return end


def is_data(name: str) -> bool:
    """Whether a path or URL names data: by an ending of data alone, or a word beside a general one."""
    if is_model(name):
        return False
    end = suffix_of(name)
    if end in _DATA:
        return True
    return (end in _MAYBE or name.rstrip("/?").endswith("?")) and bool(_WORDS.search(name))


def is_model(name: str) -> bool:
    """Whether a path or URL names a model, code or a program rather than data."""
    path = re.sub(r"^\w+://[^/]*", "", without_query(name))
    return bool(_MODEL.search(path)) and suffix_of(name) not in _DATA


def is_archive(name: str) -> bool:
    """Whether a path or URL names an archive of files, whatever they are."""
    return suffix_of(name) in _ARCHIVES and not is_model(name)


def in_data_folder(path: str) -> bool:
    """Whether a path stands in a folder for data."""
    return bool(_FOLDER.search(posixpath.dirname(path) + "/"))


def is_fixed_address(url: str) -> bool:
    """Whether an address names its content: a commit, a digest."""
    return bool(_COMMIT.search(url))


def moving_part(name: str) -> str:
    """What in an address or key will mean something else tomorrow: a branch, `latest`; else empty."""
    found = _BRANCH.search(name)
    if found:
        return next(group for group in found.groups() if group)
    if "://" in name or "/" in name:
        late = _LATEST.search(re.sub(r"^\w+://[^/]*", "", name))
        return late["word"] if late else ""
    return ""


def is_this_machine(url: str) -> bool:
    """Whether an address leads to the machine itself."""
    return bool(_LOCAL.match(url))


def is_inside(url: str) -> bool:
    """Whether an address leads into a private network, by its form."""
    return bool(_INSIDE.match(url))


def shown(url: str) -> str:
    """An address for a message: without credentials and query."""
    return re.sub(r"//[^/@]*@", "//", without_query(url))[:160]


def without_query(url: str) -> str:
    """An address without its query; the `?` of an unknown part stays."""
    return re.split(r"\?(?=[\w.\[\]-]+=)", url)[0]
