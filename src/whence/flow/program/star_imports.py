"""Names that `from library import *` brings into a module."""

from __future__ import annotations

import builtins

from whence.flow.program.project import Module, Project
from whence.flow.tables.loaders import HUB_PACKAGES
from whence.flow.tables.sinks import sink_of
from whence.flow.tables.sources import source_of

_BUILTIN = frozenset(dir(builtins))


def starred(project: Project, dotted: str, module: Module) -> str:
    """The full name of what no statement of a module defines, where one library may have brought it.

    That is the library of the only star, or the one whose name of this spelling matters here.
    """
    first = dotted.partition(".")[0]
    if first in _BUILTIN:
        return dotted
    libraries = [star for star in module.fact.stars if project.module_named(star, module) is None]
    for library in libraries:
        name = f"{library}.{dotted}"
        if sink_of(name) is not None or source_of(name) is not None:
            return name
    if first[:1].isupper() and len(libraries) > 1:
        libraries = [each for each in libraries if each.partition(".")[0] in HUB_PACKAGES]
    return f"{libraries[0]}.{dotted}" if len(libraries) == 1 else dotted
