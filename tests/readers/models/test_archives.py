"""Archives and compressed streams: read leniently, in bounded time, and never called clean in part."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whence.readers.contract import HEAD_SIZE, Source
from whence.readers.models import artefact
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.models import (
    ConfiguredCode,
    FormatAnomaly,
    GraphOperation,
    ModelFile,
    PickleUse,
)

EPOCH = (1980, 1, 1, 0, 0, 0)
HARMLESS = b"\x80\x02}q\x00X\x01\x00\x00\x00aq\x01K\x01s."
ATTACK = b"\x80\x02cos\nsystem\n(Vecho\ntR."


def read(content: bytes, name: str = "model.pt") -> list[Fact | Unread]:
    return list(artefact.read(Source.of_bytes(name, content)))


def kinds(facts: list[Fact | Unread]) -> set[str]:
    return {fact.kind for fact in facts if isinstance(fact, FormatAnomaly)}


def reasons(facts: list[Fact | Unread]) -> str:
    return " / ".join(fact.reason for fact in facts if isinstance(fact, Unread))


def is_malicious(facts: list[Fact | Unread]) -> bool:
    return any(isinstance(fact, PickleUse) and fact.verdict == "malicious" for fact in facts)


def zipped(
    *members: tuple[str, bytes], method: int = zipfile.ZIP_STORED, comment: bytes = b""
) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.comment = comment
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, method)
    return stream.getvalue()


def torch(pickle: bytes, *more: tuple[str, bytes]) -> bytes:
    return zipped(
        ("a/data.pkl", pickle),
        ("a/data/0", b"\x80\x02cos\nsystem\n" * 40),
        ("a/version", b"3\n"),
        *more,
    )


def test_covers_every_byte_of_an_ordinary_checkpoint() -> None:
    facts = read(torch(HARMLESS))

    assert [fact for fact in facts if not isinstance(fact, ModelFile)] == []
    assert [(fact.format, fact.covered) for fact in facts if isinstance(fact, ModelFile)] == [
        ("torch-zip", 1.0)
    ]


def test_leaves_tensor_bytes_that_look_like_opcodes_alone() -> None:
    assert not is_malicious(read(torch(HARMLESS)))


def test_reads_every_one_of_several_members_of_a_name() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        content = torch(HARMLESS, ("a/data.pkl", ATTACK))

    facts = read(content)

    assert is_malicious(facts)
    assert "duplicate member" in kinds(facts)


def test_reads_the_second_directory_that_a_comment_hides() -> None:
    inner = torch(ATTACK)
    outer = torch(HARMLESS)
    hidden = outer + inner
    end = inner.rfind(b"PK\5\6")
    moved = struct.unpack_from("<I", inner, end + 16)[0] + len(outer)
    record = inner[end : end + 16] + struct.pack("<I", moved) + b"\0\0"
    body = outer[: outer.rfind(b"PK\5\6")] + inner[:end]
    first = outer[outer.rfind(b"PK\5\6") :][:20] + struct.pack("<H", len(record))

    assert is_malicious(read(body + first + record))
    assert is_malicious(read(hidden))


def test_does_not_mistake_an_archive_inside_for_a_second_directory() -> None:
    facts = read(zipped(("a/x.bin", b"1234"), ("a/inner.zip", zipped(("y", b"abcd")))))

    assert kinds(facts) == set()


def test_tells_two_formats_in_one_file() -> None:
    facts = read(HARMLESS + torch(ATTACK))

    assert "two formats in one file" in kinds(facts)
    assert is_malicious(facts)


def test_a_shard_of_a_distributed_checkpoint_is_several_archives_and_nothing_odd() -> None:
    shard = torch(HARMLESS) + torch(b"\x80\x02].") + torch(HARMLESS)

    facts = read(shard, "__0_0.distcp")

    assert [(fact.format, fact.covered) for fact in facts if isinstance(fact, ModelFile)] == [
        ("torch-zip", 1.0)
    ]
    assert not any(fact.deceptive for fact in facts if isinstance(fact, FormatAnomaly))


def test_an_archive_of_another_kind_in_front_is_deceptive() -> None:
    facts = read(zipped(("readme.txt", b"1")) + torch(HARMLESS))

    assert ("several archives in one file", True) in {
        (fact.kind, fact.deceptive) for fact in facts if isinstance(fact, FormatAnomaly)
    }


def test_sums_that_torch_was_told_to_leave_out_are_not_wrong() -> None:
    content = bytearray(torch(HARMLESS))
    central = content.find(b"PK\1\2")
    content[14:18] = content[central + 16 : central + 20] = bytes(4)

    assert kinds(read(bytes(content))) == set()


def test_reads_a_checkpoint_of_more_tensors_than_an_archive_may_have_members() -> None:
    tensors = [(f"a/data/{number}", b"1234") for number in range(20_100)]

    facts = read(zipped(("a/data.pkl", HARMLESS), ("a/version", b"3\n"), *tensors))

    assert [(fact.format, fact.covered) for fact in facts if not isinstance(fact, Unread)] == [
        ("torch-zip", 1.0)
    ]


def test_source_that_a_torch_package_brings_along_needs_review() -> None:
    package = (
        ("p/.data/extern_modules", b"torch\n"),
        ("p/.data/python_version", b"3.11.9"),
        ("p/.data/0.storage", b"cos\nsystem\n(Vecho\ntR." * 9),
        ("p/model/m.pkl", HARMLESS),
    )
    plain = read(zipped(*package))
    brings = read(zipped(*package, ("p/acme/net.py", b"import os\n")))

    assert [(fact.format, fact.executable, fact.covered) for fact in plain] == [  # type: ignore[union-attr]
        ("torch-package", True, 1.0)
    ]
    assert [
        (fact.mechanism, fact.runs, fact.verdict)
        for fact in brings
        if isinstance(fact, ConfiguredCode)
    ] == [("torch-package", "load", "review")]


def test_tells_a_wrong_check_sum_and_reads_on() -> None:
    content = bytearray(torch(ATTACK))
    central = content.find(b"PK\1\2")
    content[14:18] = content[central + 16 : central + 20] = b"\1\2\3\4"

    facts = read(bytes(content))

    assert "a member's check sum is wrong" in kinds(facts)
    assert is_malicious(facts)


def test_tells_names_that_leave_the_folder() -> None:
    assert "a member's name leaves the folder" in kinds(read(torch(HARMLESS, ("../../x", b"1"))))


def test_takes_a_download_that_broke_off_for_what_it_is() -> None:
    whole = torch(HARMLESS, ("a/data/1", bytes(5000)))

    facts = read(whole[:2000])

    assert "cut short" in reasons(facts)
    assert not is_malicious(facts)
    assert {fact.covered for fact in facts if isinstance(fact, ModelFile) and not fact.member} == {
        0.0
    }
    assert not any(fact.deceptive for fact in facts if isinstance(fact, FormatAnomaly))


def test_says_that_an_encrypted_member_was_not_read() -> None:
    content = bytearray(zipped(("a/data.pkl", bytes(range(200, 256)) * 3), ("a/version", b"3\n")))
    content[6] |= 1
    content[content.find(b"PK\1\2") + 8] |= 1

    facts = read(bytes(content))

    assert "encrypted" in reasons(facts)
    assert [fact.covered < 1.0 for fact in facts if isinstance(fact, ModelFile)] == [True]


@pytest.mark.parametrize("method", [9, 93, 97])
def test_says_which_compression_it_does_not_read(method: int) -> None:
    content = bytearray(torch(HARMLESS))
    content[8:10] = struct.pack("<H", method)
    central = content.find(b"PK\1\2")
    content[central + 10 : central + 12] = struct.pack("<H", method)

    facts = read(bytes(content))

    assert "is not read" in reasons(facts)
    assert all(fact.covered < 1.0 for fact in facts if isinstance(fact, ModelFile))


def test_reads_wide_archives() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        with archive.open(zipfile.ZipInfo("a/data.pkl", EPOCH), "w", force_zip64=True) as member:
            member.write(ATTACK)
        archive.writestr(zipfile.ZipInfo("a/version", EPOCH), b"3")

    facts = read(stream.getvalue())

    assert is_malicious(facts)
    assert [fact.covered for fact in facts if isinstance(fact, ModelFile)] == [1.0]


def seven_zip(packed: bytes, plain: int, coder: bytes) -> bytes:
    names = "m.pkl\0".encode("utf-16-le")
    header = (
        b"\x01\x04\x06\x00\x01\x09" + bytes([len(packed)]) + b"\x00"
        b"\x07\x0b\x01\x00\x01" + coder + b"\x0c" + bytes([plain]) + b"\x00\x08\x00\x00"
        b"\x05\x01\x11" + bytes([len(names) + 1]) + b"\x00" + names + b"\x00\x00"
    )
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    signature = b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start))
    return signature + start + packed + header


def test_reads_a_seven_zip_archive() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]
    packed = lzma.compress(ATTACK, lzma.FORMAT_RAW, filters=filters)

    assert is_malicious(read(seven_zip(ATTACK, len(ATTACK), b"\x01\x00")))
    assert is_malicious(read(seven_zip(packed, len(ATTACK), b"\x21\x21\x01\x10")))


def test_says_which_seven_zip_coder_it_does_not_read() -> None:
    facts = read(seven_zip(ATTACK, len(ATTACK), b"\x03\x03\x04\x01"))

    assert "coder is not read" in reasons(facts)


def test_reads_long_names_and_links_of_tar() -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as archive:
        member = tarfile.TarInfo("d/" + "x" * 300 + ".pkl")
        member.size = len(ATTACK)
        archive.addfile(member, io.BytesIO(ATTACK))
        link = tarfile.TarInfo("l")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)

    facts = read(stream.getvalue())

    assert is_malicious(facts)
    assert "a link leaves the folder" in kinds(facts)


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress, lzma.compress])
def test_tells_a_compressed_file_that_ends_early(compress: Callable[[bytes], bytes]) -> None:
    content = compress(HARMLESS[:-1] + b"0" * 50_000 + bytes(range(256)) * 300)

    assert "broken" in reasons(read(content[: len(content) // 2])) or "not read" in reasons(
        read(content[: len(content) // 2])
    )


def test_stops_at_a_bomb() -> None:
    block = zlib.compressobj(9, zlib.DEFLATED, 31)
    content = b"".join(block.compress(bytes(1 << 20)) for _ in range(64)) + block.flush()
    started = time.process_time()

    read(gzip.compress(content))

    assert time.process_time() - started < 5


def test_stops_at_archives_nested_a_hundred_deep() -> None:
    content = ATTACK
    for _ in range(100):
        content = gzip.compress(content, mtime=0)

    assert "deep" in reasons(read(content))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x80", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\x1f\x8b\x08", b"BZh9", b"GGUF",
        b"\x93NUMPY\x01\x00\xff\xff", b"\x89HDF\r\n\x1a\n", b"7z\xbc\xaf\x27\x1c" + bytes(26),
        b"\x80\x04\x95" + b"\xff" * 8, b"\x04\x22\x4d\x18\x60\x40\x82\xff\xff\xff\xff", b"TFL3" * 3,
        b"\xff" * 7 + b"\x00{", b"\x08\x08\x3a\xff\xff\xff\xff\x0f", b"CBM1", b"\x7fELF", b"MZ",
    ],
)  # fmt: skip
def test_reads_stumps_of_every_format(content: bytes) -> None:
    assert not is_malicious(read(content))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([torch(HARMLESS), gzip.compress(HARMLESS, mtime=0), HARMLESS, ATTACK]),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=12),
    st.integers(0, 2000),
)
def test_gives_facts_or_reasons_for_any_bytes(
    base: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    content = bytearray(base)
    for at, value in changes:
        content[at % len(content)] = value
    mangled = bytes(content[: max(cut, 1)])

    facts = read(mangled) if artefact.claims("m", mangled[:HEAD_SIZE]) else []

    assert all(isinstance(fact, Fact | Unread) for fact in facts)
    assert all(0.0 <= fact.covered <= 1.0 for fact in facts if isinstance(fact, ModelFile))


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from(
        [
            b"",
            b"GGUF\x03\0\0\0",
            b"\x89HDF\r\n\x1a\n",
            b"\x93NUMPY\x01\0",
            b"7z\xbc\xaf\x27\x1c\0\4",
            b"PK\3\4",
            b"\x08\x08",
            b"\x1c\0\0\0TFL3",
            b"\x80\x02",
            b"\x04\x22\x4d\x18\x60\x40\x82",
            b"\x0a\x05\x08\x00\x10\x01",
        ]
    ),
)
def test_survives_noise_behind_every_signature(noise: bytes, signature: bytes) -> None:
    facts = read(signature + noise)

    assert all(isinstance(fact, Fact | Unread) for fact in facts)


@pytest.mark.parametrize("compress", [lambda data: gzip.compress(data, mtime=0), zlib.compress])
def test_a_wrong_sum_of_a_compressed_file_keeps_nothing_from_being_read(
    compress: Callable[[bytes], bytes],
) -> None:
    content = bytearray(compress(ATTACK))
    content[-4:] = b"\1\2\3\4"

    assert is_malicious(read(bytes(content)))


@pytest.mark.parametrize(
    "compress",
    [lambda data: gzip.compress(data, mtime=0), zlib.compress, bz2.compress, lzma.compress],
)
def test_bytes_behind_a_compressed_file_are_never_clean(compress: Callable[[bytes], bytes]) -> None:
    assert reasons(read(compress(HARMLESS) + bytes(512))) == ""
    assert "broken" in reasons(read(compress(HARMLESS) + ATTACK))


@pytest.mark.parametrize("member", [bytes(5000), b"a model", b"\x80\x09]."])
def test_a_checkpoint_whose_pickle_is_none_is_never_clean(member: bytes) -> None:
    facts = read(zipped(("a/data.pkl", member), ("a/version", b"3\n")))

    assert reasons(facts) != ""


@pytest.mark.parametrize(
    "content",
    [b"V" + b"one long line " * 800, b"col1,col2\n1,2\nR\n", b"X" + bytes(9000), b"", b"id\n1\n"],
)
def test_takes_no_text_and_no_noise_for_a_pickle(content: bytes) -> None:
    for name in ("notes.txt", "table.csv", "blob.bin", "page.pt"):
        facts = read(content, name) if artefact.claims(name, content[:HEAD_SIZE]) else []

        assert not any(isinstance(fact, PickleUse | ModelFile) for fact in facts)


def tar(*members: tuple[str, bytes, bytes], end: bytes = bytes(1024)) -> bytes:
    """Members by name, type and data, of which the header states the length."""
    out = b""
    for name, kind, data in members:
        head = tarfile.TarInfo(name)
        head.type, head.size = kind, len(data)
        out += head.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)
    return out + end


PAX_SIZE = b"18 size=%010d\n" % len(ATTACK)


@pytest.mark.parametrize(
    "content",
    [
        tar(("m.pkl", b"S", ATTACK)),
        tar(("m.pkl", b"Z", ATTACK)),
        tar(("d/", b"5", tar(("m.pkl", b"0", ATTACK), end=b""))),
        tar(("l", b"2", ATTACK)),
        tar(("m.pkl", b"0", b"")) + bytes(2 << 20) + tar(("n.pkl", b"0", ATTACK)),
        tar(("p", b"x", PAX_SIZE), ("m.pkl", b"0", b"")).removesuffix(bytes(1024))
        + ATTACK + bytes(1500),
    ],
    ids=["with holes", "of no type", "in a folder", "in a link", "far behind", "by another size"],
)  # fmt: skip
def test_every_member_that_some_tool_takes_out_of_a_tar_is_read(content: bytes) -> None:
    assert is_malicious(read(content, "m.tar"))


def test_a_tar_that_broke_off_is_never_whole() -> None:
    whole = tar(("a.pkl", b"0", HARMLESS), ("b.pkl", b"0", HARMLESS))

    assert reasons(read(whole)) == ""
    assert all(reasons(read(whole[:cut])) for cut in (530, 1024, 1100, 1536 + 10, 2048))


KERAS_EVIL = {"class_name": "Functional", "module": "os", "config": {}}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"padding": "x" * 9000, **KERAS_EVIL}).encode(),
        json.dumps(KERAS_EVIL).encode("utf-16"),
        json.dumps(KERAS_EVIL).replace("class_name", "class\\u005fname").encode(),
    ],
    ids=["far behind", "in UTF-16", "escaped"],
)
def test_settings_of_an_archive_are_read_however_they_are_written(text: bytes) -> None:
    facts = read(zipped(("config.json", text), ("metadata.json", b"{}")), "m.keras")

    assert "malicious" in {fact.verdict for fact in facts if isinstance(fact, ConfiguredCode)}


@pytest.mark.parametrize("member", ["schema.json", "MAR-INF/MANIFEST.json", "model_config.yaml"])
def test_settings_in_an_encoding_that_is_not_read_are_said(member: str) -> None:
    facts = read(zipped((member, '{"__class__": "x", "target": "os.system"}'.encode("utf-16"))))

    assert "not UTF-8 text" in reasons(facts)


@pytest.mark.parametrize("place", ["m/code/__torch__.py", "m/.data/ts_code/code/__torch__/net.py"])
@pytest.mark.parametrize("comment", [b"", b"# \x01\xff\n"])
def test_torchscript_is_read_wherever_an_archive_keeps_it(place: str, comment: bytes) -> None:
    code = (
        comment + b"class Net(Module):\n  def forward(self, x):\n    return torch.from_file('/x')\n"
    )
    members = (("m/data.pkl", HARMLESS), ("m/.data/extern_modules", b""), (place, code))

    facts = read(zipped(*members, ("m/.data/python_version", b"3.11")))

    assert [fact.effect for fact in facts if isinstance(fact, GraphOperation)] == ["file-read"]
