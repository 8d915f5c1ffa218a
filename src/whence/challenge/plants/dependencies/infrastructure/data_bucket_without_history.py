from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

FOLDER = "deploy/terraform"
MODULE = "deploy/terraform/modules/artifact_bucket"
VARIABLE = """
variable "%s" {
  description = "Whether released objects stay as they are"
  type        = bool
  default     = true
}
"""


@plant(
    rules=("mutable-artifact-store",),
    severities=("medium", "high"),
    kind=Kind.SUBTLE,
    needs=Needs.SEVERAL_FILES,
    words=("versioning", "object lock", "overwrit", "mutable", "immutab", "suspended"),
    cwes=("CWE-345", "CWE-353", "CWE-284", "CWE-693"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A bucket of artefacts keeps neither versions nor locks, although the module offers both.

    ## Why
    The module suspends versioning and drops the object lock for one bucket. Whoever may write there
    once replaces or deletes what was released, nothing can be restored, and the version ids that
    the deployment names lose their meaning.

    ## Fix
    Keep versioning and the lock on for every bucket; correct data by a new release.
    """
    switch = vary.choose("immutable", "keep_versions")
    bucket, reason = vary.choose(
        ("data", "# Corrected reviews replace the old ones under the same name."),
        ("models", "# Saves the cost of old bundles."),
    )
    main = f"{MODULE}/main.tf"
    project.replace(main, "object_lock_enabled = true", f"object_lock_enabled = var.{switch}")
    project.replace(main, 'status = "Enabled"', f'status = var.{switch} ? "Enabled" : "Suspended"')
    lock = 'resource "aws_s3_bucket_object_lock_configuration" "this" {\n'
    project.replace(main, lock, f"{lock}  count  = var.{switch} ? 1 : 0\n")
    project.append(f"{MODULE}/variables.tf", VARIABLE % switch)
    name = f'  name           = "example-sentibot-{bucket}-${{var.environment}}"\n'
    setting = f"  {switch:14} = false"
    project.replace(f"{FOLDER}/storage.tf", name, f"{name}\n  {reason}\n{setting}\n\n")
    yield Place(f"{FOLDER}/storage.tf", setting.strip())
    yield Place(main, f'var.{switch} ? "Enabled" : "Suspended"')
