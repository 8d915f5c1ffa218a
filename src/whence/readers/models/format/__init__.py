"""Binary model formats, one module each: a part's bytes → facts.

Every module has `inspect(part)`; those that hold further files also take the function that
inspects what is inside.
"""
