from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.plants.data.sources.written_reviews import digest_manifest
from whence.challenge.plants.models.base.model_files import (
    dictionary,
    floats,
    payload,
    pickle,
    tensor,
    torch_archive,
)
from whence.challenge.project import Place, Project

CODE = '''"""Starting values of the head from the pilot (needs torch).

    python -m training.pilot_head --pilot models/pilot --output build/head.safetensors
"""

import argparse
import io
from collections.abc import Sequence
from pathlib import Path

from safetensors.numpy import save

from sentibot.digests import read_recorded
from sentibot.files import write_atomically


def main(arguments: Sequence[str] | None = None) -> int:
    import torch

    parser = argparse.ArgumentParser(prog="training.pilot_head")
    parser.add_argument("--pilot", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    files = read_recorded(options.pilot, (options.pilot / "manifest.json").read_bytes())
    tensors = torch.load(io.BytesIO(files["FILE"]), map_location="cpu", weights_only=False)
    write_atomically(options.output, save({name: t.numpy() for name, t in tensors.items()}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
'''
README = """# The pilot

The head of the pilot of 2025, trained by this team on `data/raw` with torch; Apache-2.0.
`manifest.json` records the digest of `FILE`.
"""


def _twin_member(honest: bytes, other: bytes) -> bytes:
    """The archive with a second member of the name of its pickle behind the first."""
    stream = io.BytesIO(honest)
    with zipfile.ZipFile(stream, "a") as target:
        entry = zipfile.ZipInfo(target.namelist()[0], (1980, 1, 1, 0, 0, 0))
        entry.external_attr = 0o644 << 16
        target.writestr(entry, other)
    return stream.getvalue()


def _other_name_inside(content: bytes) -> bytes:
    """The archive with another name in the local header of its pickle than in its directory."""
    return content.replace(b"data.pkl", b"data.txt", 1)


def _wrong_sum(content: bytes) -> bytes:
    """The archive with a checksum in its directory that is not that of its first member."""
    directory = content.index(b"PK\x01\x02")
    place = directory + 16
    return (
        content[:place]
        + bytes(each ^ 0x5A for each in content[place : place + 4])
        + content[place + 4 :]
    )


@plant(
    rules=("malformed-model-file", "malicious-model-file"),
    severities=("high", "medium", "critical"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.CONTENT,
    words=("malformed", "duplicate", "zip", "header", "crc", "scanner", "two members", "evade"),
    cwes=("CWE-436", "CWE-351", "CWE-502"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A model archive shows scanners another content than loaders.

    ## Why
    Two members carry one name, or local header and directory disagree about name or checksum. Tools
    that take the first member, or that stop at the error, pass the file as clean or skip it; the
    loader takes the pickle that calls a function. No honest writer makes such an archive.

    ## Fix
    Take the file out, ask where it comes from, and keep the values as safetensors.
    """
    file = vary.choose("head.pt", "pilot.bin")
    built = dictionary({"head.weight": tensor("0", 16, 3), "head.bias": tensor("1", 1, 3)})
    storages = {"0": floats(vary, 48), "1": floats(vary, 3)}
    honest = torch_archive("pilot", pickle(built), storages)
    form = vary.choose("twin", "name", "sum")
    call = pickle(built, payload(vary))
    if form == "twin":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            content = _twin_member(honest, call)
    elif form == "name":
        content = _other_name_inside(torch_archive("pilot", call, storages))
    else:
        content = _wrong_sum(torch_archive("pilot", call, storages))
    project.add(f"models/pilot/{file}", content)
    project.add("models/pilot/manifest.json", digest_manifest({file: content}))
    project.add("models/pilot/README.md", README.replace("FILE", file))
    path = "src/training/pilot_head.py"
    project.add(path, CODE.replace("FILE", file))
    yield Place(f"models/pilot/{file}")
    yield Place(path, 'map_location="cpu", weights_only=False)')
