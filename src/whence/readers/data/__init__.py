"""Data sets, their cards, manifests and recorded digests."""
