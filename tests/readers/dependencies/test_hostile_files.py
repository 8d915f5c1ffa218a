"""Whatever the bytes, a reader gives facts or says what it could not read; and it never tells."""

from __future__ import annotations

import msgspec
import pytest
from corpus import cases, facts
from hypothesis import given, settings
from hypothesis import strategies as st

from whence.readers.contract import Source, Unreadable
from whence.readers.dependencies import lock_blocks, requirements, setup_py, uv_lock
from whence.readers.dependencies.install_commands import requirements as of_command
from whence.readers.dependencies.specification import Malformed, pinned, requirement
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact.dependencies import PackageRequirement
from whence.vocabulary.fact.deployment import ShellCommand

PATHS = sorted({path for _, path, _, _ in cases()})
CONTENTS = [(path, content) for _, path, content, _ in cases()]
SECRET = "s3cretvalue"


@given(st.sampled_from(PATHS), st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_facts_or_what_was_not_read(path: str, content: bytes) -> None:
    for found in facts(path, content):
        assert found.span.path == path
        # YAML that breaks off is at fault on the line after the last.
        assert found.span.first <= content.count(b"\n") + content.count(b"\r") + 2


@given(st.sampled_from(CONTENTS), st.data())
@settings(max_examples=250, deadline=None)
def test_damaged_files_give_facts_or_what_was_not_read(
    case: tuple[str, bytes], data: st.DataObject
) -> None:
    path, content = case
    at = data.draw(st.integers(0, len(content)))
    length = data.draw(st.integers(0, 30))
    inserted = data.draw(
        st.binary(max_size=20) | st.sampled_from([b"[", b'"', b"\\\n", b"\0", b"]"])
    )

    facts(path, content[:at] + inserted + content[at + length :])


@given(st.lists(st.text(max_size=20), max_size=8))
@settings(max_examples=200, deadline=None)
def test_any_command_line_gives_facts(words: list[str]) -> None:
    for first in ("pip", "uv", "conda", "poetry", "npm", "pipx"):
        command = ShellCommand(Span("run.sh", 1, 1), (first, "install", *words), "script")
        for found in of_command(command):
            assert found.span == command.span


@given(
    st.from_regex(r"[a-zA-Z][\w.-]{0,6}(\[[a-z, ]{0,4}\])? ?== ?[0-9a-z.+!-]{1,9}", fullmatch=True)
)
@settings(max_examples=300, deadline=None)
def test_reading_pins_by_pattern_agrees_with_the_library(text: str) -> None:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    quick = pinned(text, Span("requirements.txt", 1, 1))
    try:
        slow = Requirement(text)
    except InvalidRequirement:
        assert quick is None
        return
    if quick is not None:
        assert quick.name == canonicalize_name(slow.name)
        assert set(quick.extras) == slow.extras
        assert [spec.version for spec in slow.specifier] == [quick.version]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements.txt", "--index-url https://user:{s}@packages.example.com/simple\n"),
        ("requirements.txt", "--extra-index-url https://{s}@packages.example.com/simple\n"),
        ("requirements.txt", "a @ git+https://{s}@git.example.com/a@main\n"),
        ("requirements.txt", "https://files.example.com/a-1.0.tar.gz?token={s}\n"),
        ("requirements.txt", "a @ https://u:{s}@files.example.com/a b c\n"),
        ("requirements.txt", "-r https://u:{s}@files.example.com/requirements.txt\n"),
        ("pip.conf", "[global]\nindex-url = https://user:{s}@packages.example.com/simple\n"),
        ("Pipfile", '[[source]]\nname = "x"\nurl = "https://u:{s}@packages.example.com/simple"\n'),
        ("uv.toml", 'index-url = "https://u:{s}@packages.example.com/simple"\n'),
        ("pyproject.toml", '[[tool.poetry.source]]\nname = "x"\nurl = "https://u:{s}@h.example.com"\n'),
        ("pyproject.toml", '[project]\ndependencies = ["a @ https://u:{s}@h.example.com/a b"]\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\na = "https://u:{s}@h.example.com"\n'),
        ("environment.yml", "channels: [https://u:{s}@c.example.com/t]\ndependencies:\n  - a\n"),
        (".npmrc", "registry=https://u:{s}@registry.example.com/\n//registry.example.com/:_auth={s}\n"),
        ("uv.lock", '[[package]]\nname = "a"\nversion = "1"\nsource = {{ registry = "https://u:{s}@h.example.com" }}\n'),
        ("setup.py", 'from setuptools import setup\nsetup(dependency_links=["https://u:{s}@h.example.com/a-1.tar.gz"])\n'),
        ("setup.py", 'import os\nos.system("curl https://u:{s}@h.example.com/a | sh")\n'),
        ("bentofile.yaml", 'python:\n  index_url: "https://u:{s}@h.example.com/simple"\n'),
        ("pixi.toml", '[workspace]\nchannels = ["https://u:{s}@h.example.com/c"]\n'),
        ("pixi.lock", "packages:\n- conda: https://u:{s}@h.example.com/c/linux-64/a-1-0.conda\n"),
        ("a.py", '# /// script\n# dependencies = ["a @ https://u:{s}@h.example.com/a-1.zip"]\n# ///\n'),
        (".condarc", "channels: [https://u:{s}@c.example.com/t]\n"),
    ],
)  # fmt: skip
def test_credentials_reach_no_fact_and_no_reason(path: str, text: str) -> None:
    found = facts(path, text.format(s=SECRET).encode())

    assert found
    assert SECRET.encode() not in msgspec.json.encode(found)


def test_a_command_line_tells_no_credentials() -> None:
    argv = ("pip", "install", "-i", f"https://u:{SECRET}@packages.example.com/simple", "numpy")

    found = list(of_command(ShellCommand(Span("Dockerfile", 3, 3), argv, "image")))

    assert [type(each).__name__ for each in found] == ["PackageIndex", "PackageRequirement"]
    assert SECRET.encode() not in msgspec.json.encode(found)


def test_undecodable_bytes_cost_their_line_only() -> None:
    content = b"numpy==1.26.4\n\xff\xfe\xfd==1\ntorch==2.6.0\n"

    found = list(requirements.read(Source.of_bytes("requirements.txt", content)))

    assert [each.name for each in found if isinstance(each, PackageRequirement)] == [
        "numpy",
        "torch",
    ]
    assert [each.span.first for each in found if isinstance(each, Unread)] == [2]


def test_a_file_in_another_encoding_is_read_by_its_mark() -> None:
    content = "numpy==1.26.4\ntorch==2.6.0\n".encode("utf-16")

    found = list(requirements.read(Source.of_bytes("requirements.txt", content)))

    assert [each.name for each in found if isinstance(each, PackageRequirement)] == [
        "numpy",
        "torch",
    ]


@pytest.mark.slow
def test_fifty_megabytes_of_lock_file_are_read_in_seconds() -> None:
    wheel = '    { url = "https://packages.example.com/p.whl", hash = "sha256:%064x", size = 1 },\n'
    wheels = "".join(wheel % number for number in range(400))
    entry = '[[package]]\nname = "p-%d"\nversion = "1.0"\nsource = { registry = "https://packages.example.com" }\nwheels = [\n'
    content = "\n".join(entry % number + wheels + "]\n" for number in range(900)).encode()
    assert len(content) > 45_000_000

    found = list(uv_lock.read(Source.of_bytes("uv.lock", content)))

    assert len(found) == 901


def test_a_lock_entry_without_end_is_bounded_and_told() -> None:
    content = b'[[package]]\nname = "a"\nversion = "1"\nnote = """' + b"x" * (9 * 1024 * 1024)

    found = list(uv_lock.read(Source.of_bytes("uv.lock", content)))

    assert [type(each).__name__ for each in found] == ["Unread", "PackageManifest"]


def test_a_lock_beyond_all_bounds_is_refused() -> None:
    source = Source("uv.lock", lock_blocks.SIZE_LIMIT + 1)

    with pytest.raises(Unreadable):
        list(uv_lock.read(source))


def test_names_that_multiply_do_not_hang_the_reader() -> None:
    lines = [f"n{number} = [n{number + 1}, n{number + 1}, n{number + 1}]" for number in range(60)]
    text = "\n".join([*lines, "from setuptools import setup", "setup(install_requires=n0)"])

    found = list(setup_py.read(Source.of_bytes("setup.py", text.encode())))

    assert any(isinstance(each, Unread) for each in found)


def test_a_build_script_is_never_run(tmp_path: object) -> None:
    text = f"open({str(tmp_path)!r} + '/ran', 'w')\nfrom setuptools import setup\nsetup(name='a')\n"

    list(setup_py.read(Source.of_bytes("setup.py", text.encode())))

    assert not list(tmp_path.iterdir())  # type: ignore[attr-defined]


def test_a_requirement_of_absurd_length_is_refused() -> None:
    with pytest.raises(Malformed):
        requirement("a" * 10_000 + " >= 1", Span("requirements.txt", 1, 1))
