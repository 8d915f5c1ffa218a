"""Digests that a project has written down, in whatever form, for whatever file."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from whence.readers.contract import Source, Unreadable
from whence.readers.data import (
    checksum_file,
    cyclonedx,
    digest_manifest,
    dvc,
    hub_cache,
    lfs_pointer,
    signing_bundle,
)
from whence.readers.data.computed import computed_digests
from whence.vocabulary.evidence import Span, Unread
from whence.vocabulary.fact import Fact
from whence.vocabulary.fact.data import ComputedDigest, RecordedDigest
from whence.vocabulary.fact.models import ModelOrigin, PointerFile, SignedArtefact
from whence.vocabulary.tree import File, Tree

A, B, MD5 = "ab" * 32, "cd" * 32, "0f" * 16


def read(reader: ModuleType, path: str, content: object) -> list[Fact | Unread]:
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    assert reader.claims(path, text.encode()[:4096])
    return list(reader.read(Source.of_bytes(path, text.encode())))


def digests(facts: Sequence[Fact | Unread]) -> list[tuple[str, str, str]]:
    return [(f.target, f.algorithm, f.digest) for f in facts if isinstance(f, RecordedDigest)]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("d/SHA256SUMS", f"{A}  a.csv\n{B} *b/c.bin\n", [("d/a.csv", A), ("d/b/c.bin", B)]),
        ("d/sha256sum.txt", f"# made by the release job\n{A}  ../x y.csv\n", [("x y.csv", A)]),
        ("checksums.txt", f"SHA256 (a.csv) = {A}\n", [("a.csv", A)]),
        ("d/a.csv.sha256", A + "\n", [("d/a.csv", A)]),
        ("d/a.csv.sha256", f"sha256:{A.upper()}\n", [("d/a.csv", A)]),
        ("d/a.csv.sha256sum", f"{A}  -\n", [("d/a.csv", A)]),
        ("SHA256SUMS", f"{A}  /etc/passwd\n{B}  ../out\n", []),
    ],
)
def test_reads_check_sum_files(path: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert [(target, digest) for target, _, digest in digests(read(checksum_file, path, text))] == (
        expected
    )


def test_tells_the_algorithm_by_name_and_length() -> None:
    text = f"{MD5}  a\n{'ef' * 64}  b\n{'12' * 20}  c\n"

    found = [algorithm for _, algorithm, _ in digests(read(checksum_file, "checksums.txt", text))]

    assert found == ["md5", "sha512", "sha1"]


def test_tells_a_line_that_is_no_digest() -> None:
    facts = read(checksum_file, "SHA256SUMS", f"{A}  a\nabc  b\n")

    assert [fact.span.first for fact in facts if isinstance(fact, Unread)] == [2]


@pytest.mark.parametrize(
    "document",
    [
        {"files": [{"path": "a.csv", "sha256": A}]},
        {"files": {"a.csv": f"sha256:{A}"}},
        {"sha256": {"a.csv": A}},
        {"a.csv": {"checksum": {"sha256": A}}},
        {"artifacts": [{"filename": "a.csv", "digest": f"sha256:{A}", "size": 3}]},
        {"resources": [{"name": "a", "path": "a.csv", "hash": f"sha256:{A}"}]},
        {"distribution": [{"@type": "cr:FileObject", "contentUrl": "a.csv", "sha256": A}]},
        {"model": {"file": "a.csv", "algorithm": "sha256", "checksum": A}},
        {"a.csv": {"hashes": {"SHA-256": A}}},
    ],
)
def test_reads_manifests_of_any_shape(document: object) -> None:
    facts = read(digest_manifest, "d/manifest.json", document)

    assert set(digests(facts)) == {("d/a.csv", "sha256", A)}


def test_reads_manifests_in_yaml_and_toml() -> None:
    yaml = f"data:\n  train:\n    path: train.csv\n    sha256: {A}\n"
    toml = f'[[file]]\npath = "train.csv"\nsha256 = "{A}"\n'

    for path, text in (("m.yaml", yaml), ("m.toml", toml)):
        facts = read(digest_manifest, path, text)
        assert digests(facts) == [("train.csv", "sha256", A)]
        assert [fact.span.first for fact in facts] == [4 if path == "m.yaml" else 3]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package-lock.json", '{"sha512": "x"}'),
        ("uv.lock", "sha256"),
        ("data.csv", A),
        ("x.json", "{}"),
    ],
)
def test_leaves_files_of_other_readers_alone(path: str, text: str) -> None:
    assert not digest_manifest.claims(path, text.encode())


@pytest.mark.parametrize("text", ["{" * 100_000, "[" * 200_000 + "]" * 200_000, "- " * 5000])
def test_refuses_what_is_nested_without_end(text: str) -> None:
    name = "manifest.json" if text[0] in "{[" else "manifest.yaml"

    with pytest.raises(Unreadable):
        list(digest_manifest.read(Source.of_bytes(name, text.encode())))


def test_walks_values_that_contain_themselves_once() -> None:
    text = "a: &a [*a, {path: x.csv, sha256: " + A + "}]"

    facts = list(digest_manifest.read(Source.of_bytes("manifest.yaml", text.encode())))

    assert set(digests(facts)) <= {("x.csv", "sha256", A)}


def test_reads_dvc_files_and_locks() -> None:
    lock = (
        "schema: '2.0'\nstages:\n  train:\n    deps:\n    - path: data/a.csv\n      hash: md5\n"
        f"      md5: {MD5}\n    outs:\n    - path: model.pkl\n      md5: {MD5}\n"
        f"    - path: out\n      hash: md5\n      md5: {MD5}.dir\n"
    )
    single = f"deps:\n- path: s3://bucket.example/x\n  etag: abc\nouts:\n- md5: {MD5}\n  hash: md5\n  path: a\n"

    assert digests(read(dvc, "p/dvc.lock", lock)) == [
        ("p/model.pkl", "md5-dos2unix", MD5),
        ("p/out", "md5-dir", MD5),
        ("p/data/a.csv", "md5", MD5),
    ]
    facts = read(dvc, "d/a.dvc", single)
    assert digests(facts) == [("d/a", "md5", MD5)]
    assert [f.origin for f in facts if isinstance(f, ModelOrigin)] == ["s3://bucket.example/x"]
    assert [f.reason for f in facts if isinstance(f, Unread)]


def test_reads_a_pointer_and_says_that_the_content_is_missing() -> None:
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{A}\nsize 123\n"
    facts = read(lfs_pointer, "m.bin", text)

    assert [(f.digest, f.size) for f in facts if isinstance(f, PointerFile)] == [(A, 123)]
    assert [f.whole for f in facts if isinstance(f, Unread)] == [True]


def test_reads_cyclonedx_of_files_and_models_only() -> None:
    document = {
        "bomFormat": "CycloneDX",
        "components": [
            {"type": "file", "name": "a.bin", "hashes": [{"alg": "SHA-256", "content": A}]},
            {"type": "library", "name": "b.py", "hashes": [{"alg": "SHA-256", "content": A}]},
            {
                "type": "machine-learning-model",
                "name": "encoder",
                "hashes": [{"alg": "SHA-256", "content": B}],
                "evidence": {"occurrences": [{"location": "models/e.bin"}]},
            },
        ],
    }

    assert digests(read(cyclonedx, "bom.json", document)) == [
        ("a.bin", "sha256", A),
        ("models/e.bin", "sha256", B),
    ]


def test_reads_an_openssf_bundle() -> None:
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {"resources": [{"name": "w.bin", "algorithm": "sha256", "digest": A}]},
    }
    bundle = {
        "verificationMaterial": {"publicKey": {"hint": "key-1"}},
        "dsseEnvelope": {"payload": base64.b64encode(json.dumps(statement).encode()).decode()},
    }
    facts = read(signing_bundle, "m/model.sig", bundle)

    assert digests(facts) == [("m/w.bin", "sha256", A)]
    assert [(f.targets, f.signer, f.scheme) for f in facts if isinstance(f, SignedArtefact)] == [
        (("m/w.bin",), "key key-1", "openssf-model-signing")
    ]


def test_reads_what_the_hub_client_leaves_behind() -> None:
    commit = "12" * 20
    metadata = read(
        hub_cache, "m/.cache/huggingface/download/w.bin.metadata", f"{commit}\n{A}\n1.0\n"
    )
    blob = read(hub_cache, f"c/models--acme--enc/blobs/{A}", "x")

    assert digests(metadata) == [("m/w.bin", "sha256", A)]
    assert [f.revision for f in metadata if isinstance(f, ModelOrigin)] == [commit]
    assert digests(blob) == [(f"c/models--acme--enc/blobs/{A}", "sha256", A)]
    assert [f.origin for f in blob if isinstance(f, ModelOrigin)] == ["acme/enc"]


def test_computes_what_records_ask_for(tmp_path: Path) -> None:
    contents = {"a.csv": b"x\r\ny\r\n", "d/b": b"1", "d/c/e": b"2"}
    for path, content in contents.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    tree = Tree(str(tmp_path), tuple(File(p, len(c), "") for p, c in sorted(contents.items())))
    span = Span("r")
    asked = [
        RecordedDigest(span, "a.csv", name, "", "manifest")
        for name in ("md5", "sha512", "git-blob", "md5-dos2unix", "blake3", "sha256")
    ]
    asked += [
        RecordedDigest(span, "d", "md5-dir", "", "dvc"),
        RecordedDigest(span, "no", "md5", "", "dvc"),
    ]

    found = list(computed_digests(tree, asked))

    listing = [
        {"md5": hashlib.md5(b"1").hexdigest(), "relpath": "b"},
        {"md5": hashlib.md5(b"2").hexdigest(), "relpath": "c/e"},
    ]
    made = {(f.span.path, f.algorithm): f.digest for f in found if isinstance(f, ComputedDigest)}
    assert made == {
        ("a.csv", "md5"): hashlib.md5(b"x\r\ny\r\n").hexdigest(),
        ("a.csv", "md5-dos2unix"): hashlib.md5(b"x\ny\n").hexdigest(),
        ("a.csv", "sha512"): hashlib.sha512(b"x\r\ny\r\n").hexdigest(),
        ("a.csv", "git-blob"): hashlib.sha1(b"blob 6\0x\r\ny\r\n").hexdigest(),
        ("d", "md5-dir"): hashlib.md5(json.dumps(listing).encode()).hexdigest(),
    }
    assert [f.reason for f in found if isinstance(f, Unread)] == [
        "its recorded blake3 digest is not compared"
    ]
