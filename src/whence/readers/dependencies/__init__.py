"""Manifests, lock files, image definitions, infrastructure: what the project is built from."""
