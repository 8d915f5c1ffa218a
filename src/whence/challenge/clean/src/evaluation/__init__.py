"""Metrics of a model, and the gate that a release must pass."""
