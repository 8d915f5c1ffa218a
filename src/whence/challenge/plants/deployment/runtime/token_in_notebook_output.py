from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

NOTEBOOK = "notebooks/error_analysis.ipynb"
NEXT = '  {\n   "cell_type": "code",\n   "id": "cell-4",'


@plant(
    rules=("hardcoded-secret",),
    severities=("high", "critical", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.CONTENT,
    words=("secret", "token", "credential", "password", "notebook output", "cell output"),
    cwes=("CWE-798", "CWE-312", "CWE-540", "CWE-532", "CWE-538"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """The saved output of a notebook cell shows a credential.

    ## Why
    The code takes the credential from the environment as it should, but the cell printed it and the
    output was committed with the notebook. Everybody who can read the repository uses it; searches
    through the source find nothing.

    ## Fix
    Change the credential, and clear outputs before a commit with a hook that enforces it.
    """
    login = vary.choose("sentibot_rw:Kq7-wT2xLm9-Zr4v", "analyst:p8Rk-vN3yHd-6Wqz")
    variable = vary.choose("SENTIBOT_FEEDBACK_URL", "FEEDBACK_DATABASE")
    line = f"postgresql://{login}@feedback-db.internal.example.com:5432/feedback"
    count = vary.number(7, 31)
    cell = {
        "cell_type": "code",
        "id": "cell-6",
        "metadata": {},
        "source": ["import os\n", "\n", f'os.environ["{variable}"]'],
        "execution_count": count,
        "outputs": [
            {
                "data": {"text/plain": [f"'{line}'"]},
                "execution_count": count,
                "metadata": {},
                "output_type": "execute_result",
            }
        ],
    }
    text = textwrap.indent(json.dumps(cell, indent=1), "  ") + ",\n"
    project.replace(NOTEBOOK, NEXT, text + NEXT)
    yield Place(NOTEBOOK, line)
