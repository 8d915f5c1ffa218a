from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

GLOB = '''"""Go on from the newest checkpoint of interrupted runs."""

from pathlib import Path

from sentibot.checkpoint import from_bytes
from sentibot.classifier import EMBEDDING, QUERY, Parameters, shapes
from sentibot.settings import TrainingSettings


def NAME(place: str, settings: TrainingSettings) -> Parameters | None:
    """The parameters of the newest checkpoint below a folder, if there is one."""
    files = Path(place).glob("PATTERN")
    found = sorted(files, key=lambda path: path.stat().st_mtime)
    if not found:
        return None
    expected = shapes(settings.model.buckets, settings.model.dimensions, 0)
    newest = found[-1].read_bytes()
    return from_bytes(newest, {name: expected[name] for name in (EMBEDDING, QUERY)})
'''
BUCKET = '''"""Go on from the newest checkpoint of interrupted runs."""

from sentibot import object_store
from sentibot.checkpoint import from_bytes
from sentibot.classifier import EMBEDDING, QUERY, Parameters, shapes
from sentibot.settings import TrainingSettings

PREFIX = "checkpoints/"


def NAME(place: str, settings: TrainingSettings) -> Parameters | None:
    """The parameters of the newest checkpoint in a bucket, if there is one."""
    client = object_store.connect()
    entries = client.list_objects_v2(Bucket=place, Prefix=PREFIX).get("Contents", [])
    if not entries:
        return None
    newest = max(entries, key=lambda entry: entry["LastModified"])
    content = client.get_object(Bucket=place, Key=newest["Key"])["Body"].read()
    expected = shapes(settings.model.buckets, settings.model.dimensions, 0)
    return from_bytes(content, {name: expected[name] for name in (EMBEDDING, QUERY)})
'''


@plant(
    rules=("untrusted-checkpoint-resume",),
    severities=("high", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("resume", "newest checkpoint", "latest checkpoint", "glob", "shared folder"),
    cwes=("CWE-345", "CWE-494"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Fine-tuning goes on from whatever checkpoint is the newest in a shared place.

    ## Why
    Neither a digest nor the id of the run ties the file to this run: whoever can write there puts a
    newer file, and the release continues from their weights, while the lineage names the digest of
    the base checkpoint that was set aside. No code runs; the model's behaviour is theirs.

    ## Fix
    Resume only from a checkpoint of this run, by a digest that the run recorded.
    """
    name = vary.choose("resumed", "interrupted")
    flag = "resume-from"
    if vary.choose(True, True, False):
        pattern = vary.choose("**/*.safetensors", "run-*/last.safetensors")
        folder = vary.choose("/mnt/shared/sentibot/checkpoints", "/srv/scratch/checkpoints")
        project.add(
            f"src/training/{name}.py", GLOB.replace("NAME", name).replace("PATTERN", pattern)
        )
        decision, argument = f'.glob("{pattern}")', folder
    else:
        project.add(f"src/training/{name}.py", BUCKET.replace("NAME", name))
        decision, argument = "newest = max(entries", "example-sentibot-scratch"
    finetune = "src/training/finetune.py"
    project.insert_after(
        finetune,
        "from training.base_checkpoint import BASE_FILE",
        f"from training.{name} import {name}",
    )
    project.insert_after(
        finetune,
        'parser.add_argument("--base", type=Path, required=True)',
        f'    parser.add_argument("--{flag}")',
    )
    yield Place(f"src/training/{name}.py", decision)
    yield project.insert_after(
        finetune,
        "base, base_digest = read_base(options.base, settings)",
        "    if options.resume_from is not None:\n"
        f"        base = {name}(options.resume_from, settings) or base",
    )
    yield project.insert_after(
        "Makefile",
        "--preprocessing $(CONFIGS)/preprocessing.yaml \\",
        f"\t\t--{flag} {argument} \\",
    )
