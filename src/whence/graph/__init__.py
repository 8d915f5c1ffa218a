"""Step 3, link: all facts → the supply graph."""

from whence.graph.linking import link

__all__ = ["link"]
