"""Model files and the repository files that loaders act upon."""
