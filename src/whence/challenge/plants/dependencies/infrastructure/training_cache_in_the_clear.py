from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

EFS = """\
# Shared cache of tokenised reviews for the training jobs.
resource "aws_efs_file_system" "training_cache" {
  creation_token   = "sentibot-training-cache"
  performance_mode = "generalPurpose"
%s
  lifecycle_policy {
    transition_to_ia = "AFTER_30_DAYS"
  }
}

resource "aws_efs_mount_target" "training_cache" {
  for_each = toset(module.network.private_subnets)

  file_system_id  = aws_efs_file_system.training_cache.id
  subnet_id       = each.value
  security_groups = [aws_security_group.endpoints.id]
}
"""
EBS = """\
# Scratch disk of the weekly trial: raw reviews, splits and checkpoints.
resource "aws_ebs_volume" "training_scratch" {
  availability_zone = "${var.region}a"
  size              = 200
  type              = "gp3"
  encrypted         = false
}
"""


@plant(
    rules=("unencrypted-storage",),
    severities=("low", "medium"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=("unencrypted", "not encrypted", "encryption", "at rest"),
    cwes=("CWE-311", "CWE-312"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A disk with training data and checkpoints is not encrypted.

    ## Why
    The provider does not encrypt this kind of storage unless told to. Whoever gets at a snapshot,
    a backup or the medium reads reviews and model weights.

    ## Fix
    Set `encrypted = true` with the key of the project.
    """
    path = "deploy/terraform/training_cache.tf"
    text, place = vary.choose(
        (EFS % "  encrypted        = false\n", "encrypted        = false"),
        (EFS % "", 'resource "aws_efs_file_system" "training_cache"'),
        (EBS, "encrypted         = false"),
    )
    project.add(path, text)
    yield Place(path, place)
