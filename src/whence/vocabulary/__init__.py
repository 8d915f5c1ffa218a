"""The words that every step shares. Imports nothing of ours outside this folder."""
