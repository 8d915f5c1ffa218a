"""Between reading and linking: what is known outside the project, embedded, local or asked for."""

from whence.lookups.looking_up import look_up

__all__ = ["look_up"]
