"""What the shape of a name, and of a call, tells where no table knows the name.

Picklers restore data by few kinds of names: classes, and functions called `_reconstruct`, `_rebuild`
or `from_…`. A function called `run_command` that is given a text is no way to restore anything.
"""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = re.compile(r"[a-z]+")
_ACTING_WORDS: Final = frozenset(
    """
    exec execfile execute popen spawn subprocess shell command cmd eval rmtree unlink urlopen
    urlretrieve download upload wget curl mkdir chmod chown symlink write dump save kill sql
    """.split()  # noqa: SIM905
)
_ACTING_NAMES: Final = frozenset(
    """
    system run open query touch rmdir hardlink_to symlink_to from_file tofile
    from_pretrained push_to_hub load_library load_module load_source load_model read_text read_bytes
    read_file read_csv read_parquet import_file extractall to_csv to_pickle to_parquet to_sql to_hdf
    to_excel to_json to_feather to_stata to_html to_latex to_xml to_clipboard delete_dir delete_file
    copy_file run_code run_path run_module run_script runcode runsource runstring runeval runctx
    """.split()  # noqa: SIM905
)
_RESTORING: Final = frozenset(
    {"reconstruct", "rebuild", "restore", "unpickle", "deserialize", "make", "literal"}
)
_EXCEPTION: Final = re.compile(
    r"(?:\A[A-Z]\w*)?(?:Error|Exception|Warning|Timeout|Cancelled|SkipTest|BadZip[Ff]ile)\Z"
    r"|\A(?:timeout|error|Empty|Full)\Z"
)
_PLACE: Final = re.compile(
    r"\w{2,9}://|[~.]{0,2}[/\\]|[A-Za-z]:[/\\]|[^\s/]+/|[^\s/]+\.(?:pt|pth|pkl|pickle|bin|ckpt|so|py|"
    r"h5|keras|joblib|safetensors|dill)\Z"
)
_SPELLED: Final = re.compile(r"([A-Za-z_][\w.]*)[.:]([A-Za-z_]\w*)\Z", re.ASCII)
_SELF_STARTING: Final = frozenset({"antigravity", "idlelib.idle"})
LONGEST_TEXT: Final = 4_096


def last_step(name: str) -> str:
    """The last part of a dotted name."""
    return name.rpartition(".")[2]


def is_class(name: str) -> bool:
    """Whether a name is written as classes are."""
    return last_step(name).lstrip("_")[:1].isupper()


def is_exception(name: str) -> bool:
    """Whether a name is written as those of exceptions and warnings are."""
    return _EXCEPTION.search(last_step(name)) is not None


def acts(name: str) -> bool:
    """Whether a function is named after something done to the machine, not after data restored."""
    step = last_step(name)
    if step.lstrip("_")[:1].isupper():
        return False
    words = frozenset(_WORDS.findall(step.lower()))
    if words & _RESTORING:
        return False
    return step.lstrip("_") in _ACTING_NAMES or bool(words & _ACTING_WORDS)


def imports(name: str) -> bool:
    """Whether a function is named after importing."""
    return "import" in _WORDS.findall(last_step(name))


def names_a_place(text: str) -> bool:
    """Whether a text could be a path, an address, or a repository of models."""
    return len(text) <= LONGEST_TEXT and _PLACE.match(text) is not None


def spelled_name(text: str) -> tuple[str, str] | None:
    """Module and attribute of a text such as `os.system` or `os:system`."""
    found = _SPELLED.match(text) if len(text) <= LONGEST_TEXT else None
    return (found[1], found[2]) if found else None


def acts_when_imported(module: str) -> bool:
    """Whether importing a module already does what it is for: the starts of programs."""
    return module in _SELF_STARTING or module.endswith(".__main__")
