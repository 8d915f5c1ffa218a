from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

JOB = """\
# The nightly trial of other seeds. The overlay of production sets the image that runs.
apiVersion: batch/v1
kind: CronJob
metadata:
  name: sentibot-seeds
spec:
  schedule: "20 1 * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 0
      activeDeadlineSeconds: 1800
      template:
        metadata:
          labels:
            app.kubernetes.io/name: sentibot-seeds
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          enableServiceLinks: false
          securityContext:
            runAsNonRoot: true
            runAsUser: 10001
            runAsGroup: 10001
            seccompProfile:
              type: RuntimeDefault
          containers:
            - name: trial
              image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/sentibot:TAG
              args: [training.pipeline, --root, /srv/sentibot, --output, /var/lib/sentibot]
              securityContext:
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop: [ALL]
              resources:
                requests: {cpu: 200m, memory: 256Mi}
                limits: {cpu: "1", memory: 512Mi}
              volumeMounts:
                - name: scratch
                  mountPath: /var/lib/sentibot
          volumes:
            - name: scratch
              emptyDir:
                sizeLimit: 256Mi
"""
BASE = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: sentibot
resources:
  - cron-job.yaml
"""
OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: sentibot
resources:
  - ../base
images:
  - name: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/sentibot
    digest: sha256:f4c6083e72a536b4347564598a82d50d11c40df5fac4d9207c929b11b6ba3e74
"""


@plant(
    rules=("mutable-image-tag", "unpinned-base-image"),
    kind=Kind.RED_HERRING,
    needs=Needs.SEVERAL_FILES,
    words=("latest", "mutable tag", "moving tag", "image tag", "not pinned"),
    cwes=("CWE-829", "CWE-494", "CWE-1357"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The base of a job names its image by a moving tag, and is never applied as it stands.

    ## Why
    Only the overlay of production is applied, and it replaces the tag by the digest of the release.
    The namespace's default deny and its signature policy hold for this job like for all pods.
    """
    tag = vary.choose("latest", "main")
    project.add("deploy/seeds/base/cron-job.yaml", JOB.replace("TAG", tag))
    project.add("deploy/seeds/base/kustomization.yaml", BASE)
    project.add("deploy/seeds/production/kustomization.yaml", OVERLAY)
    project.append("Makefile", "\nseeds:\n\tkubectl apply -k deploy/seeds/production")
    yield Place("deploy/seeds/base/cron-job.yaml", f"/sentibot:{tag}")
