from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

PLATFORM = "deploy/k8s/platform/kustomization.yaml"
MANIFEST = """\
# The secrets operator is not installed on this cluster yet.
apiVersion: v1
kind: Secret
metadata:
  name: sentibot-admin
type: Opaque
{field}:
  admin-token: {value}
"""


@plant(
    rules=("hardcoded-secret", "secret-in-environment"),
    severities=("high", "critical"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("hardcoded", "hard-coded", "secret", "token", "credential", "committed"),
    cwes=("CWE-798", "CWE-259", "CWE-321", "CWE-312", "CWE-540"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The token of the service's administration stands in a manifest of the repository.

    ## Why
    Everybody who can read the repository, now or in its history, administers the service. In base64
    it only looks as if it were protected.

    ## Fix
    Take the token from the secrets manager, change it, and rewrite or expire the history.
    """
    token, encoded = vary.choose(
        (
            "sb_adm_live_Wm4Kx9Qr7Tz2Ln6Vc8Jp3Hd5Bs1Gy0Fa",
            "c2JfYWRtX2xpdmVfV200S3g5UXI3VHoyTG42VmM4SnAzSGQ1QnMxR3kwRmE=",
        ),
        (
            "sb_adm_live_Ue3Yp8Dk5Rw1Xn7Zq4Mt9Cv2Ls6Ho0Bi",
            "c2JfYWRtX2xpdmVfVWUzWXA4RGs1UncxWG43WnE0TXQ5Q3YyTHM2SG8wQmk=",
        ),
    )
    field, value = vary.choose(("stringData", token), ("data", encoded))
    path = "deploy/k8s/platform/admin-secret.yaml"
    project.add(path, MANIFEST.format(field=field, value=value))
    project.remove("deploy/k8s/platform/external-secret.yaml")
    project.replace(PLATFORM, "  - external-secret.yaml\n", "  - admin-secret.yaml\n")
    yield Place(path, f"admin-token: {value}")
