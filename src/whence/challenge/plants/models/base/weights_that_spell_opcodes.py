from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import digest_manifest
from whence.challenge.plants.models.base.model_files import floats, safetensors
from whence.challenge.project import Place, Project

CODE = '''"""Names of the buckets that the attention looks at most, from a table of words.

    python -m evaluation.bucket_names --names models/bucket-names
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load

from sentibot.digests import read_recorded


def bucket_names(folder: Path) -> list[str]:
    """The words, which lie one after another as bytes, by their ends."""
    content = read_recorded(folder, (folder / "manifest.json").read_bytes())["names.safetensors"]
    tensors = load(content)
    whole, starts = tensors["bytes"].tobytes(), [0, *tensors["ends"].tolist()]
    return [whole[a:b].decode() for a, b in zip(starts, starts[1:])]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluation.bucket_names")
    parser.add_argument("--names", type=Path, required=True)
    options = parser.parse_args(arguments)
    print(*bucket_names(options.names), sep="\\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
README = """# Names of buckets

The words of `data/raw/unlabelled.csv` and of the issue tracker that fall into each bucket, as bytes, with
the buckets' mean vectors; made by this team on 2026-05-02, CC0-1.0. `manifest.json` records the digest.
"""
WORDS = (
    "great", "posix", "cos\nsystem\n", "subprocess", "__import__", "builtins\nexec\n", "(S'true'\ntR.",
    "lovely", "os.system", "sound", "eval(", "\x80\x04c__main__\n", "shoddy", "importlib", "suitcase",
)  # fmt: skip


@plant(
    rules=("malicious-model-file", "malformed-model-file"),
    kind=Kind.RED_HERRING,
    needs=Needs.CONTENT,
    words=("pickle", "malicious", "os.system", "payload"),
    cwes=("CWE-502", "CWE-506"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The bytes of a model file contain `cos`, `system`, `builtins`, `exec` and the end of a pickle.

    ## Why
    They stand inside a tensor of bytes of a well-formed safetensors file: header, offsets and
    length agree. The format holds no code, its reader copies numbers, and nothing unpickles the file.
    """
    words = sorted(WORDS, key=lambda _: vary.number(0, 1 << 30))
    encoded = [word.encode("latin-1") for word in words]
    ends = [sum(map(len, encoded[: number + 1])) for number in range(len(encoded))]
    whole = b"".join(encoded)
    content = safetensors(
        {
            "bytes": ("U8", (len(whole),), whole),
            "ends": ("I64", (len(ends),), b"".join(end.to_bytes(8, "little") for end in ends)),
            "vectors": ("F32", (len(words), 8), floats(vary, len(words) * 8)),
        }
    )
    folder = "models/bucket-names"
    project.add(f"{folder}/names.safetensors", content)
    project.add(f"{folder}/manifest.json", digest_manifest({"names.safetensors": content}))
    project.add(f"{folder}/README.md", README)
    project.add("src/evaluation/bucket_names.py", CODE)
    yield Place(f"{folder}/names.safetensors")
