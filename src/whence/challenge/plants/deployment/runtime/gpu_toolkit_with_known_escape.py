from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

VALUES = """\
# helm upgrade --install gpu-operator nvidia/gpu-operator --version {chart} -f this file
driver:
  enabled: true
  version: "{driver}"
toolkit:
  enabled: true
  version: {toolkit}
devicePlugin:
  enabled: true
mig:
  strategy: single
"""


@plant(
    rules=("outdated-gpu-stack", "known-vulnerability"),
    severities=("medium", "high", "critical"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.OUTSIDE,
    words=(
        "container toolkit",
        "cve-2024-0132",
        "cve-2025-23266",
        "cve-2025-23359",
        "gpu operator",
        "outdated",
        "driver",
    ),
    cwes=("CWE-1395", "CWE-1104", "CWE-367", "CWE-426"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The GPU nodes get a container toolkit with a published escape to the host.

    ## Why
    Releases before 1.16.2 lose a race that gives a crafted image the file system of the host, and
    those before 1.17.8 load a library that the image names. Whoever has an image of his own run on
    a GPU node, as every training job does, is root on the node.

    ## Fix
    Use toolkit 1.17.8 or later with an operator and a driver of a supported branch.
    """
    chart, driver, toolkit = vary.choose(
        ("v24.6.1", "535.161.08", "v1.16.1-ubuntu20.04"),
        ("v24.9.2", "550.54.15", "v1.17.4-ubuntu20.04"),
    )
    path = vary.choose("deploy/gpu/operator-values.yaml", "deploy/gpu/values-production.yaml")
    project.add(path, VALUES.format(chart=chart, driver=driver, toolkit=toolkit))
    yield Place(path, f"version: {toolkit}")
    yield Place(path, f'version: "{driver}"')
