"""The code of a project: its modules, what its names and calls mean, who calls whom."""
