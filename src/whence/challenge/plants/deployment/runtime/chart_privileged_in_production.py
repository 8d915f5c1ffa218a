from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

FOLDER = "deploy/charts/nightly-trial"
CHART = """\
apiVersion: v2
name: nightly-trial
description: Trains and judges a trial model on the newest data every night
version: 0.3.0
"""
TEMPLATE = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ .Release.Name }}
spec:
  schedule: {{ .Values.schedule | quote }}
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        metadata:
          labels:
            app.kubernetes.io/name: sentibot-nightly
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          containers:
            - name: trial
              image: "{{ .Values.image.repository }}@{{ .Values.image.digest }}"
              args: [training.pipeline, --root, /srv/sentibot, --output, /var/lib/sentibot]
              securityContext:
                {{- toYaml .Values.securityContext | nindent 16 }}
              resources:
                {{- toYaml .Values.resources | nindent 16 }}
              volumeMounts:
                - name: scratch
                  mountPath: /var/lib/sentibot
          volumes:
            - name: scratch
              emptyDir:
                sizeLimit: 256Mi
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .Release.Name }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: sentibot-nightly
  policyTypes: [Ingress, Egress]
"""
VALUES = """\
schedule: "20 1 * * *"
image:
  repository: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/sentibot
  digest: sha256:f4c6083e72a536b4347564598a82d50d11c40df5fac4d9207c929b11b6ba3e74
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  allowPrivilegeEscalation: false
  privileged: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
  seccompProfile:
    type: RuntimeDefault
resources:
  requests: {cpu: 500m, memory: 512Mi}
  limits: {cpu: "1", memory: 1Gi}
"""
PRODUCTION = """\
schedule: "50 0 * * *"
securityContext:
  # The nodes of production have the older storage driver.
  allowPrivilegeEscalation: true
  runAsNonRoot: false
  runAsUser: 0
"""


@plant(
    rules=("privileged-container", "container-runs-as-root"),
    severities=("high", "critical"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("privileged", "root", "values-production", "helm", "escalation"),
    cwes=("CWE-250", "CWE-269", "CWE-732"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The values of production make the pods of a chart privileged.

    ## Why
    The chart's own values are strict and the template only passes them on, but production is
    installed with a second file that overrides them. The job runs as root with the node's devices
    and file system within reach, and it works on data that came from outside.

    ## Fix
    Remove the override, and refuse it with the namespace's pod security level.
    """
    settings, place = vary.choose(
        ("  privileged: true\n", "privileged: true"),
        ("  capabilities:\n    add: [SYS_ADMIN]\n    drop: []\n", "add: [SYS_ADMIN]"),
    )
    project.add(f"{FOLDER}/Chart.yaml", CHART)
    project.add(f"{FOLDER}/templates/cron-job.yaml", TEMPLATE)
    project.add(f"{FOLDER}/values.yaml", VALUES)
    project.add(f"{FOLDER}/values-production.yaml", PRODUCTION + settings)
    yield Place(f"{FOLDER}/values-production.yaml", place)
    yield Place(f"{FOLDER}/values-production.yaml", "runAsUser: 0")
    command = f"helm upgrade --install nightly-trial {FOLDER} -f {FOLDER}/values-production.yaml"
    project.append("Makefile", f"\nnightly-trial:\n\t{command}")
    yield Place(f"{FOLDER}/templates/cron-job.yaml", "toYaml .Values.securityContext")
