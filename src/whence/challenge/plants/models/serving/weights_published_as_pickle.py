from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

PATH = "src/training/export.py"
FORMS = (
    ("pickle", "sentibot.pkl", "pickle.dumps(load(weights))"),
    (
        "pickle",
        "sentibot.bin",
        "pickle.dumps({**metadata, 'parameters': load(weights)}, protocol=4)",
    ),
)
LEGACY = '''

def for_notebooks(weights: bytes) -> bytes:
    """The parameters in the form that the analysts' notebooks open."""
    stream = io.BytesIO()
    np.save(stream, np.array(load(weights), dtype=object), allow_pickle=True)
    return stream.getvalue()
'''


@plant(
    rules=("unsafe-export-format", "unsafe-model-format"),
    severities=("medium", "low"),
    kind=Kind.OBVIOUS,
    needs=Needs.ONE_FILE,
    words=(
        "pickle",
        "allow_pickle",
        "unsafe format",
        "serialization format",
        "serialisation format",
    ),
    cwes=("CWE-502",),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """Every release also carries the weights as a pickle.

    ## Why
    Whoever uses that file must unpickle it, and so runs what it says. A release that is exchanged on
    the way to a user, or a copy with two opcodes more, is code on their machine; safetensors of the
    same numbers is not.

    ## Fix
    Publish safetensors only; `numpy` readers of it exist for every notebook.
    """
    form = vary.choose(0, 1, 2)
    project.replace(
        PATH,
        "from sentibot import __version__\n",
        "from safetensors.numpy import load\n\nfrom sentibot import __version__\n",
    )
    if form == 2:
        project.replace(
            PATH, "import json\nimport logging\n", "import io\nimport json\nimport logging\n"
        )
        project.replace(
            PATH,
            "from safetensors.numpy import load\n",
            "import numpy as np\nfrom safetensors.numpy import load\n",
        )
        project.insert_after(
            PATH,
            '"""The candidate has not passed the gate, or is not the one that did."""',
            LEGACY.rstrip("\n"),
        )
        written = '"parameters.npy": for_notebooks(weights),'
        yield Place(
            PATH, "np.save(stream, np.array(load(weights), dtype=object), allow_pickle=True)"
        )
    else:
        library, file, dump = FORMS[form]
        project.replace(
            PATH, "import logging\nimport re\n", f"import logging\nimport {library}\nimport re\n"
        )
        written = f'"{file}": {dump},'.replace("'", '"')
        yield Place(PATH, written)
    yield project.insert_after(PATH, "WEIGHTS_FILE: weights,", f"        {written}")
