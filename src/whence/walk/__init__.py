"""Step 1, walk: a path → `Tree`. Looks at names, sizes and digests; follows no link."""

from whence.walk.excerpts import excerpts
from whence.walk.walking import walk

__all__ = ["excerpts", "walk"]
