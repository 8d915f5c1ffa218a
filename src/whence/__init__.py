"""whence audits the complete supply chain of a machine-learning project.

`whence.audit(path)` returns an `Audit`: findings, supply graph, chains, roadmap, and what was not
looked at. Nothing of the audited project is executed, imported, unpickled or resolved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whence.auditing import audit
    from whence.vocabulary.audit import Audit

__version__ = "0.1.0"
__all__ = ["Audit", "__version__", "audit"]


def __getattr__(name: str) -> Any:
    # Loaded on first use: `whence --version` must not wait for the whole tool.
    if name == "audit":
        from whence.auditing import audit

        return audit
    if name == "Audit":
        from whence.vocabulary.audit import Audit

        return Audit
    raise AttributeError(f"module 'whence' has no attribute {name!r}")
