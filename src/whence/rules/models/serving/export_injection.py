"""Names or metadata reach a shell, a template or a path while a model is exported."""

from __future__ import annotations

from collections.abc import Iterator

from whence.rules.data.pipeline.provenance import (
    doubts,
    evidence,
    exposed,
    is_export,
    only_tests,
    shown,
    subject,
    told,
    who_decides,
)
from whence.vocabulary.fact.code import (
    Exposure,
    Origin,
    OriginKind,
    PathUse,
    ProcessLaunch,
    TemplateRender,
)
from whence.vocabulary.finding import Observation, Severity
from whence.vocabulary.graph import SupplyGraph
from whence.vocabulary.rule import rule


@rule(
    severity=Severity.HIGH,
    references=("CWE-78", "CWE-1336", "CWE-22", "AML.T0010.003"),
)
def check(
    use: ProcessLaunch | TemplateRender | PathUse, graph: SupplyGraph
) -> Iterator[Observation]:
    """Names or metadata of a model reach a shell, a template or a path while it is exported.

    Export jobs run with the credentials that publish. A model's name, tag or card comes from a
    configuration, a command line or the run that trained it, and is not what the job expects.

    ## Attack
    A run is registered under the name `m; aws s3 cp s3://acme-secrets . #`. The export job puts the
    name into a command line and runs the rest with the publisher's credentials.

    ## Fix
    Allow only the characters that names have, and use no shell:
    ```python
    if not re.fullmatch(r"[a-z0-9-]{1,64}", name):
        raise ValueError(name)
    subprocess.run(["aws", "s3", "cp", path, f"s3://acme-models/{name}"], check=True)
    ```

    ## Score
    - AV:N names arrive through the registry or the pipeline
    - AC:L shell characters are enough
    - PR:L naming a run or model needs an account
    - UI:N the job runs by itself
    - S:U what runs is the export job
    - C:H the publisher's credentials are read
    - I:H other models can be published
    - A:H the job can be ended

    ## Bad
    ```python export.py
    import os
    import sys


    def export_model(path, tag):
        os.system(f"tar czf /exports/{tag}.tgz {path}")  # finding


    export_model("artifacts/model.onnx", sys.argv[1])
    ```
    ## Good
    ```python export.py
    import re
    import subprocess
    import sys


    def export_model(path, tag):
        if not re.fullmatch(r"[a-z0-9-]{1,64}", tag):
            raise ValueError(tag)
        subprocess.run(f"tar czf /exports/{tag}.tgz {path}", shell=True, check=True)


    export_model("artifacts/model.onnx", sys.argv[1])
    ```
    """
    if only_tests(use) or not is_export(use):
        return
    if isinstance(use, ProcessLaunch) and not use.shell:
        return
    if isinstance(use, TemplateRender) and use.sandboxed:
        return
    least = Exposure.OUTSIDER if isinstance(use, PathUse) else Exposure.OPERATOR
    shape = ("characters",) if isinstance(use, ProcessLaunch) else ()
    held = ("quoted", "allow-list", "confined", "digest", *shape)
    for origin in exposed(use, least, *held):
        if isinstance(use, PathUse) and origin.kind in (OriginKind.NETWORK, OriginKind.HUB):
            continue
        severity, because = _weight(origin)
        right = " and no shell" if isinstance(use, ProcessLaunch) else ""
        yield Observation(
            subject=subject(use, origin),
            message=(
                f"The export gives {told(origin)} to `{use.callee}`{shown(use)}:"
                f" {who_decides(origin)}.{doubts(origin)} Right would be a name of a fixed form{right}."
            ),
            evidence=evidence(use, origin, "used here while exporting"),
            severity=severity,
            because=because,
        )


def _weight(origin: Origin) -> tuple[Severity | None, str]:
    if origin.exposure is Exposure.OPERATOR:
        return Severity.MEDIUM, who_decides(origin)
    if any(guard.kind == "segment" for guard in origin.guards):
        return Severity.MEDIUM, "a part of a route holds no separator"
    return None, ""
