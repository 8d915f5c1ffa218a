from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

CONFIG = """\
# {why}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: gpu-operator
data:
  any: |-
    version: v1
{sharing}"""
SLICES = """\
    sharing:
      timeSlicing:
        renameByDefault: false
        resources:
          - name: nvidia.com/gpu
            replicas: 8
"""
MPS = """\
    sharing:
      mps:
        resources:
          - name: nvidia.com/gpu
            replicas: 4
"""
VALUES = """\
# helm upgrade --install gpu-operator nvidia/gpu-operator --version v25.10.1 -f this file
devicePlugin:
  config:
    name: {name}
    default: any
"""


@plant(
    rules=("gpu-isolation",),
    severities=("medium", "high"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.SEVERAL_FILES,
    words=(
        "time-slicing",
        "time slicing",
        "timeslicing",
        "mps",
        "shared gpu",
        "gpu shar",
        "isolation",
    ),
    cwes=("CWE-653", "CWE-668", "CWE-1189"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The GPUs of the cluster are shared between tenants without isolation of memory.

    ## Why
    Time slices and MPS share one device: there is no boundary of memory or faults between the
    processes. A job of another team reads what is left of weights and reviews in the memory of the
    device, or stops the training of the neighbour.

    ## Fix
    Give whole GPUs, or MIG partitions where the device has them.
    """
    sharing, why = vary.choose(
        (SLICES, "Eight teams share the A10 nodes."),
        (MPS, "Training and the partners' experiments share the A10 nodes."),
    )
    name = vary.choose("gpu-sharing", "shared-gpus")
    path = "deploy/gpu/sharing.yaml"
    project.add(path, CONFIG.format(why=why, name=name, sharing=sharing))
    project.add("deploy/gpu/plugin-values.yaml", VALUES.format(name=name))
    yield Place(
        path, "sharing:\n      timeSlicing:" if sharing is SLICES else "sharing:\n      mps:"
    )
    yield Place("deploy/gpu/plugin-values.yaml", f"name: {name}")
