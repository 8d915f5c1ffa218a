"""Can this model be trusted? A verdict per model, with the bytes that prove it. Nothing is loaded.

An audit's facts go in, one verdict for each model comes out, for a folder, a file, or a repository
of the hub of which only the needed bytes are fetched.
"""
