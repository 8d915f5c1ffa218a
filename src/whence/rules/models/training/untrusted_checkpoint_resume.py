"""Training goes on from a checkpoint that others could have put there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import doubts, told, who_decides
from whence.rules.data.sources.fetches import closure, enforced
from whence.rules.data.sources.programs import Programs, Site, is_showcase, is_test, programs_of
from whence.rules.data.sources.words import Words
from whence.rules.models.training.training_code import training_reach
from whence.rules.models.training.training_settings import ARGUMENTS
from whence.rules.models.trusted_loads import Question, raised
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import Deserialization, Origin, OriginKind
from whence.vocabulary.fact.program import Call, PythonModule
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_CHECKPOINT = re.compile(
    r"(?i)ckpt|checkpoint|resume|restore|latest|last|snapshot|epoch|step[-_*]|load_state"
)
_SHARED = re.compile(
    r"^(?:/mnt/|/nfs/|/shared/|/data/|/scratch/|/efs/|/fsx/|/gpfs/|/lustre/|/tmp/|/var/tmp/|/dev/shm/|s3://|gs://|gcs://|abfss?://|hdfs://|https?://)"
    r"|^/(?:[\w.-]+/)*(?:shared?|scratch|nfs|common|public|team)[\w.-]*/"
)
_RESUMES = {
    "train": ("resume_from_checkpoint",),
    "fit": ("ckpt_path",),
    "Trainer": ("resume_from_checkpoint",),
    "latest_checkpoint": ("checkpoint_dir", 0),
    "get_last_checkpoint": ("folder", 0),
    "restore": ("save_path", "path", "checkpoint_path", 0),
    "from_checkpoint": ("path", "checkpoint", 0),
    "restore_from_path": ("path", 0),
    "load_checkpoint": ("load_dir", "path", "checkpoint_path", 0),
    "load_state": ("input_dir", 0),
    "load_weights": ("filepath", 0),
    "TrainingArguments": ("resume_from_checkpoint",),
}
_FORMATS = ("torch", "pickle", "joblib", "keras", "numpy", "torchscript", "dill", "cloudpickle")
_LISTS = ("glob", "rglob", "iglob", "iterdir", "listdir", "scandir")
_LIBRARIES = re.compile(
    r"^(?:transformers|trl|lightning|pytorch_lightning|tensorflow|tf|deepspeed|accelerate|keras|orbax|flax|setfit|ray|\?|torch)\b|^\?"
)


@rule(
    severity=Severity.HIGH,
    references=("CWE-345", "CWE-502", "AML.T0018", "AML.T0010.003", "OWASP-ML06:2023"),
)
def check(part: Deserialization | PythonModule, graph: SupplyGraph) -> Iterator[Observation]:
    """Training resumes from whatever checkpoint it finds in a place that others can write.

    The newest file of a shared folder or bucket wins, and nothing shows that this project's own run
    wrote it. Whoever can put a file there decides the weights, and in the usual formats also what runs
    in the training process.

    ## Attack
    1. Somebody with write access to the share (another team, a leaked key, another job on the node)
       puts `checkpoint-999999.pt` there.
    2. The next run picks it as the newest and goes on from it.
    3. Weights with a backdoor are trained on and released; a pickle inside runs at once.

    ## Fix
    Resume from the own run's folder, by its id, and compare the digest that the run recorded:
    ```python
    path = RUNS / run_id / "last.safetensors"
    if sha256(path) != recorded[run_id]:
        raise ValueError(f"{path} is not what run {run_id} wrote")
    ```

    ## Score
    - AV:N shares and buckets are reached over the network
    - AC:L a file with a high number is enough
    - PR:L write access to the share is needed
    - UI:N resuming is automatic
    - S:U the training process and its model
    - C:H code in the checkpoint reads what training reads
    - I:H the weights are the adversary's
    - A:H the run can be stopped

    ## Bad
    ```python train.py
    import glob

    import torch

    model = torch.nn.Linear(4, 2)
    newest = sorted(glob.glob("/mnt/shared/checkpoints/*.pt"))[-1]
    state = torch.load(newest, weights_only=False)  # finding
    model.load_state_dict(state["model"])
    torch.nn.functional.mse_loss(model(torch.ones(4)), torch.ones(2)).backward()
    ```
    ## Bad: the library resumes
    ```python train.py
    from transformers import Trainer, TrainingArguments
    from transformers.trainer_utils import get_last_checkpoint

    trainer = Trainer("model", TrainingArguments("/scratch/shared/runs"))
    trainer.train(resume_from_checkpoint=get_last_checkpoint("/scratch/shared/runs"))  # finding
    ```
    ## Good: the own run's folder
    ```python train.py
    from transformers import Trainer, TrainingArguments

    trainer = Trainer("model", TrainingArguments("output"))
    trainer.train(resume_from_checkpoint=True)
    ```
    ## Good: a digest is compared
    ```python train.py
    import hashlib
    import io
    import json
    from pathlib import Path

    import torch

    model = torch.nn.Linear(4, 2)
    recorded = json.loads(Path("run.json").read_text())
    body = Path("/mnt/shared/checkpoints/last.pt").read_bytes()
    if hashlib.sha256(body).hexdigest() != recorded["sha256"]:
        raise ValueError("not what this run wrote")
    state = torch.load(io.BytesIO(body), weights_only=True)
    model.load_state_dict(state["model"])
    torch.nn.functional.mse_loss(model(torch.ones(4)), torch.ones(2)).backward()
    ```
    """
    path = part.span.path
    if is_test(path) or is_showcase(path):
        return
    if isinstance(part, Deserialization):
        yield from _loaded(part, graph)
        return
    programs = programs_of(graph)
    words = Words(programs)
    for site in programs.calls_of(programs.by_path[path], *_RESUMES):
        yield from _resumed(site, programs, words)
    if path in training_reach(graph):
        for site in programs.calls_of(programs.by_path[path], *_LISTS):
            yield from _listed(site, programs, words, graph)


def _loaded(load: Deserialization, graph: SupplyGraph) -> Iterator[Observation]:
    for origin in raised(Question.RESUMED, load, graph):
        severity, because = _weight(origin, load.safe)
        yield Observation(
            subject=f"checkpoint:{origin.detail or load.artefact or load.span.path}",
            message=(
                f"Training resumes with `{load.callee}` from {told(origin)}: {who_decides(origin)}.{doubts(origin)}"
                " Right would be the own run's checkpoint, by its id, with the digest that the run recorded."
            ),
            evidence=(Evidence(load.span, "resumes from it"), Evidence(origin.span, "found here")),
            severity=severity,
            because=because,
        )


def _weight(origin: Origin, safe: bool) -> tuple[Severity | None, str]:
    written = origin.kind in (OriginKind.SHARED_PATH, OriginKind.STORE)
    shared = written or _SHARED.match(origin.detail)
    if shared:
        return (
            (Severity.MEDIUM, "only weights are read, which carry no code") if safe else (None, "")
        )
    if safe:
        return Severity.LOW, "the folder is the project's own and only weights are read"
    return Severity.MEDIUM, "the folder is the project's own, as far as is known"


def _resumed(site: Site, programs: Programs, words: Words) -> Iterator[Observation]:
    if not _LIBRARIES.match(site.name) or site.tail not in _RESUMES:
        return
    index = site.argument(*_RESUMES[site.tail])
    if index is None:
        return
    texts = list(words.texts(site.code, site.function, index))
    for at in _inner_calls(site, index):
        inner = programs.site(site.code, site.function, at)
        if inner.tail in ("get_last_checkpoint", "latest_checkpoint", "glob", "max", "sorted"):
            texts += words.of(inner, 0)
    if site.argument("resume_from_checkpoint") is not None:
        texts += _output_folders(site, index, texts, programs, words)
    found = [text for text in texts if _SHARED.match(text)]
    if found and not enforced(programs, site):
        yield Observation(
            subject=f"checkpoint:{found[0]}",
            message=(
                f"Training resumes with `{site.tail}` from `{found[0]}`, where others can put a checkpoint, and"
                " nothing shows that this run wrote it. Right would be the own run's folder, by its id, with"
                " the digest that the run recorded."
            ),
            evidence=(Evidence(site.span, "resumes from it"),),
        )


def _output_folders(
    site: Site, index: int, texts: list[str], programs: Programs, words: Words
) -> Iterator[str]:
    """The folder that a trainer writes to, where the newest checkpoint in it is taken."""
    spoken = {getattr(site.function.values[at], "name", "") for at in closure(site.function, index)}
    if "True" in texts or "output_dir" in spoken:
        for arguments in programs.calls_of(site.code, *ARGUMENTS):
            yield from words.of(arguments, "output_dir", 0)


def _listed(
    site: Site, programs: Programs, words: Words, graph: SupplyGraph
) -> Iterator[Observation]:
    """Checkpoints that are looked for in a shared folder and read by something that is no unpickler."""
    texts = list(words.of(site, "pathname", "path", 0))
    if site.tail in ("glob", "rglob", "iterdir") and site.receiver is not None:
        texts = [*words.texts(site.code, site.function, site.receiver), *texts]
    found = [text for text in texts if _SHARED.match(text)]
    spoken = f"{' '.join(texts)} {site.function.name} {site.path}"
    if not found or not _CHECKPOINT.search(spoken) or enforced(programs, site):
        return
    loads = graph.facts_in(site.path, Deserialization)
    if any(load.function == site.function.name and load.format in _FORMATS for load in loads):
        return
    yield Observation(
        subject=f"checkpoint:{found[0]}",
        message=(
            f"Training takes what it finds in `{found[0]}`, where others can put a checkpoint, and nothing shows"
            " that this run wrote it. Right would be the own run's folder, by its id, with the digest that the"
            " run recorded."
        ),
        evidence=(Evidence(site.span, "whatever is there is taken"),),
        severity=Severity.MEDIUM,
        because="it is not known that the format can carry code",
    )


def _inner_calls(site: Site, index: int) -> Iterator[int]:
    for at in sorted(closure(site.function, index)):
        if isinstance(site.function.values[at], Call):
            yield at
