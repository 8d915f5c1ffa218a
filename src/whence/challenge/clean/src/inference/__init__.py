"""The HTTP service: it serves a release only after verifying who signed it."""
