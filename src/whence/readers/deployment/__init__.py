"""Pipelines, workloads, code owners: how the model gets to production and who may change that."""
