from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

HEAD_CODE = '''"""A newer head for the served release, tuned daily on the traffic of the day before."""

import io
import logging
from dataclasses import replace

import numpy as np

from inference.release import Release
from sentibot import object_store
from sentibot.classifier import HEAD_BIAS, HEAD_WEIGHT

log = logging.getLogger("inference")
MAX_BYTES = 1 << 20


def with_PART(release: Release, uri: str) -> Release:
    """The release with the newest head of the bucket."""
    location = object_store.LOCATION.fullmatch(uri)
    if location is None:
        raise object_store.ObjectRefused(f"{uri!r} is not an S3 address")
    answer = object_store.connect().get_object(Bucket=location["bucket"], Key=location["key"])
    content = answer["Body"].read(MAX_BYTES)
    LOAD
    log.info("head of %s", answer["LastModified"])
    return replace(release, parameters={**release.parameters, **head})
'''
ADAPT = '''
    def adapt(self, change: Callable[[Release], Release]) -> None:
        """Serve the current release with a change to it."""
        with self._lock:
            self._release = change(self._release)
'''
FORMS = (
    (
        "head = load(content)",
        "from safetensors.numpy import load\n",
        "head = load(content)",
    ),
    (
        "with np.load(io.BytesIO(content)) as arrays:\n"
        "        head = {name: arrays[name] for name in (HEAD_WEIGHT, HEAD_BIAS)}",
        "",
        "np.load(io.BytesIO(content)) as arrays",
    ),
    (
        "head = pickle.loads(content)",
        "pickle",
        "pickle.loads(content)",
    ),
)


@plant(
    rules=("unverified-model-load", "missing-model-signature", "unsafe-deserialization"),
    severities=("high", "critical", "medium"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.SEVERAL_KINDS,
    words=("bucket", "unverified", "without verif", "not verified", "no signature", "unsigned"),
    cwes=("CWE-345", "CWE-494", "CWE-502"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The service replaces the head of the signed model by an object from a bucket.

    ## Why
    Signature and digests are verified, and then the very layer that makes the answer is exchanged for
    the newest object under a key, with no version, digest or signature. Whoever may write that key
    decides all answers (and, where it is a pickle, runs code in the service) without a release.

    ## Fix
    Put heads into signed releases and load nothing else.
    """
    part = vary.choose("daily_head", "tuned_head")
    load, imports, decision = vary.choose(*FORMS)
    code = HEAD_CODE.replace("PART", part).replace("LOAD", load)
    if "np." not in load:
        code = code.replace("import io\n", "").replace("import numpy as np\n\n", "")
        code = code.replace("from sentibot.classifier import HEAD_BIAS, HEAD_WEIGHT\n", "")
    if imports == "pickle":
        code = code.replace("import logging\n", "import logging\nimport pickle\n")
    elif imports:
        code = code.replace("from inference.release", f"{imports}\nfrom inference.release")
    project.add(f"src/inference/{part}.py", code)
    variable, field = f"SENTIBOT_{part.upper()}", part
    project.insert_after(
        "src/sentibot/settings.py",
        'log_level: Literal["debug", "info", "warning", "error"]',
        f"    {field}: str | None = None",
    )
    project.insert_after(
        "src/inference/serve.py",
        '"SENTIBOT_LOG_LEVEL": "log_level",',
        f'    "{variable}": "{field}",',
    )
    app = "src/inference/app.py"
    project.insert_after(
        app,
        "from inference.auth import is_administrator, read_token",
        f"from inference.{part} import with_{part}",
    )
    yield Place(f"src/inference/{part}.py", decision)
    yield Place(f"src/inference/{part}.py", 'get_object(Bucket=location["bucket"]')
    yield project.insert_after(
        app,
        'log.info("serving weights %s", served.current.weights_sha256)',
        f"    if settings.{field} is not None:\n"
        f"        head = settings.{field}\n"
        f"        served.adapt(lambda release: with_{part}(release, head))",
    )
    project.append("src/inference/predictor.py", ADAPT.rstrip("\n"))
    uri = f"s3://example-sentibot-models-production/heads/{vary.choose('latest', 'today')}"
    yield project.insert_after(
        "deploy/k8s/base/deployment.yaml",
        "value: /var/run/secrets/sentibot/admin-token",
        f"            - name: {variable}\n              value: {uri}",
    )
