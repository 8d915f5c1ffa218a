"""What an audit read does not stay in memory when its result is gone."""

from __future__ import annotations

import ast
import gc
import weakref
from pathlib import Path

import whence
from whence import audit
from whence.config import Config


def test_a_project_leaves_memory_with_its_result(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import pandas as pd\n"
        "from sklearn.linear_model import LogisticRegression\n\n"
        "rows = pd.read_csv('https://example.com/rows.csv')\n"
        "LogisticRegression().fit(rows[['a']], rows['b'])\n"
    )
    (tmp_path / "train.yaml").write_text("learning_rate: 0.1\nseed: 1\n")
    result = audit(tmp_path, config=Config(offline=True), use_cache=False)
    assert result.findings
    graph = weakref.ref(result.graph)

    del result
    gc.collect()

    assert graph() is None


def test_no_cache_of_the_process_is_keyed_on_a_project() -> None:
    kept = [
        f"{path.name}:{node.lineno}"
        for path in sorted(Path(whence.__file__).parent.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        and any("cache" in ast.unparse(each).lower() for each in node.decorator_list)
        and any("Graph" in ast.unparse(each) for each in node.args.args)
    ]

    assert kept == []
