"""Step 6, reason: findings + graph → attack chains and what to do first."""

from whence.reason.chains import chains
from whence.reason.roadmap import roadmap

__all__ = ["chains", "roadmap"]
