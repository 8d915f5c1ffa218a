from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

OVERLAY = "deploy/k8s/overlays/production/kustomization.yaml"
DEPLOYMENT = "deploy/k8s/base/deployment.yaml"
LAST = "            - name: SENTIBOT_LOG_LEVEL\n              value: info\n"


@plant(
    rules=("secret-in-environment", "hardcoded-secret"),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("configmap", "config map", "plain environment", "secret", "token", "credential", "env"),
    cwes=("CWE-798", "CWE-526", "CWE-312", "CWE-522", "CWE-540"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A token reaches the service as a plain environment variable out of a configuration file.

    ## Why
    The file is committed, becomes a ConfigMap that the deployer's role may list, and its values show
    in every description of the pod. Whoever reads one of them writes false measurements and hides
    what the model does.

    ## Fix
    Keep the token in the secrets manager and mount it as a file, like the administration token.
    """
    token = vary.choose("sb_tel_5nXq8Rv2Kw7Tz4Lm9Jc3", "sb_tel_H6yPd1Gs0Fb8Wu3Ea5Ok")
    if vary.choose(True, False):
        path = "deploy/k8s/overlays/production/telemetry.env"
        project.add(
            path,
            "SENTIBOT_TELEMETRY_URL=https://telemetry.internal.example.com\n"
            f"SENTIBOT_TELEMETRY_TOKEN={token}\n",
        )
        project.replace(
            OVERLAY,
            "      - release.env\n",
            "      - release.env\n  - name: sentibot-telemetry\n    envs:\n      - telemetry.env\n",
        )
        project.replace(
            DEPLOYMENT,
            f"{LAST}          ports:\n",
            f"{LAST}          envFrom:\n            - configMapRef:\n"
            "                name: sentibot-telemetry\n          ports:\n",
        )
        yield Place(path, f"SENTIBOT_TELEMETRY_TOKEN={token}")
        yield Place(DEPLOYMENT, "name: sentibot-telemetry")
        yield Place(OVERLAY, "- telemetry.env")
        return
    entry = f"            - name: SENTIBOT_TELEMETRY_TOKEN\n              value: {token}\n"
    project.replace(DEPLOYMENT, f"{LAST}          ports:\n", f"{LAST}{entry}          ports:\n")
    yield Place(DEPLOYMENT, f"value: {token}")
