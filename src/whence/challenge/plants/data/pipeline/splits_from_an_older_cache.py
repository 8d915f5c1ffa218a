from __future__ import annotations

from collections.abc import Iterator

from whence.challenge.plant import Kind, Needs, Variation, plant
from whence.challenge.project import Place, Project

FORMS = (
    (
        "import pickle\n",
        "splits.pkl",
        "        parts: dict[str, list[Review]] = pickle.loads(cache.read_bytes())",
        "pickle.loads(cache.read_bytes())",
    ),
    (
        "",
        "splits.joblib",
        "        import joblib\n\n        parts: dict[str, list[Review]] = joblib.load(cache)",
        "joblib.load(cache)",
    ),
    (
        "import numpy as np\n",
        "splits.npy",
        "        parts: dict[str, list[Review]] = np.load(cache, allow_pickle=True).item()",
        "np.load(cache, allow_pickle=True)",
    ),
    (
        "import shelve\n",
        "splits.db",
        '        with shelve.open(str(cache.with_suffix("")), flag="r") as shelf:\n'
        "            parts: dict[str, list[Review]] = dict(shelf)",
        "shelve.open(str(cache",
    ),
)


@plant(
    rules=("unsafe-deserialization", "unverified-processed-data"),
    severities=("critical", "high", "medium"),
    kind=Kind.SUBTLE,
    needs=Needs.ONE_FILE,
    words=("pickle", "joblib", "allow_pickle", "shelve", "deserial"),
    cwes=("CWE-502", "CWE-345"),
)
def apply(project: Project, vary: Variation) -> Iterator[Place]:
    """A pickled cache of earlier versions goes before the verified splits wherever it lies there.

    ## Why
    The file is no part of any manifest and is looked for first, so that whoever can put a file into
    the folder of the processed data (a CI cache, a shared volume, a pull request) runs code in
    training and evaluation, or just exchanges the data, whatever the digests say.

    ## Fix
    Drop the branch: read the CSV files that the manifest verifies, and nothing else.
    """
    imports, name, load, decision = vary.choose(*FORMS)
    path = "src/preprocessing/processed.py"
    reason = vary.choose(
        "    # Runs of version 1.2 left their splits in this form.",
        "    # Parsing takes longer than training on the small runners.",
    )
    branch = f'    cache = folder / "{name}"\n    if cache.exists():\n{load}\n        return parts'
    project.insert_after(
        path,
        '"""Read the splits, verified against their manifest; no text may be in two of them."""',
        f"{reason}\n{branch}",
    )
    if imports:
        anchor = "from pathlib import Path\n"
        third = imports.startswith("import numpy")
        both = f"{anchor}\n{imports}" if third else f"{imports}{anchor}"
        project.replace(path, anchor, both)
    yield Place(path, decision)
    yield Place(path, f'cache = folder / "{name}"')
