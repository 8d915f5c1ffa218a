from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

NOTEBOOK = "notebooks/error_analysis.ipynb"
CELL = """\
  {
   "cell_type": "code",
   "id": "cell-5",
   "metadata": {},
   "source": [
    "%s\\n",
    "%s"
   ],
   "execution_count": null,
   "outputs": []
  },
"""
NEXT = '  {\n   "cell_type": "code",\n   "id": "cell-2",'


@plant(
    rules=("abandoned-package", "missing-hashes", "known-vulnerability"),
    severities=("medium", "low"),
    kind=Kind.ML_SPECIFIC,
    needs=Needs.OUTSIDE,
    words=("abandoned", "unmaintained", "renamed", "deprecated", "superseded"),
    cwes=("CWE-1104", "CWE-1395"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The notebook installs a model library that was given up and renamed years ago.

    ## Why
    The package became another project; under the old name nobody fixes anything. It loads
    checkpoints with pickle, so a flaw in it is code execution on the analyst's machine, and no
    release will ever close it.

    ## Fix
    Use the successor, locked with hashes beside the notebook instead of installed from a cell.
    """
    install = vary.choose("%pip install", "!pip install -q")
    package, module, name = vary.choose(
        ("pytorch-pretrained-bert==0.6.2", "pytorch_pretrained_bert", "BertTokenizer"),
        ("pytorch-transformers==1.2.0", "pytorch_transformers", "BertTokenizer"),
    )
    cell = CELL % (f"{install} {package}", f"from {module} import {name}")
    project.replace(NOTEBOOK, NEXT, cell + NEXT)
    yield Place(NOTEBOOK, f"{install} {package}")
