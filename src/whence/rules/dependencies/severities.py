"""The CVSS vector of an advisory in the form that findings carry."""

from __future__ import annotations

_BASE = ("AV", "AC", "PR", "UI", "S", "C", "I", "A")


def cvss31(vectors: tuple[str, ...]) -> str:
    """The advisory's CVSS 3 vector, or the nearest to its CVSS 4 one; empty where it has none.

    Version 4 splits what version 3 joins: attack requirements belong to complexity, and impact on
    other systems is what version 3 calls a changed scope.
    """
    for vector in vectors:
        values = _values(vector)
        if vector.startswith("CVSS:3.") and all(name in values for name in _BASE):
            return _vector(values)
    for vector in vectors:
        if vector.startswith("CVSS:4."):
            return _from_version_4(_values(vector))
    return ""


def _values(vector: str) -> dict[str, str]:
    return dict(part.split(":", 1) for part in vector.split("/")[1:] if ":" in part)


def _vector(values: dict[str, str]) -> str:
    return "CVSS:3.1/" + "/".join(f"{name}:{values[name]}" for name in _BASE)


def _from_version_4(values: dict[str, str]) -> str:
    beyond = [values.get(name, "N") for name in ("SC", "SI", "SA")]
    impact = {name: values.get(f"V{name}", "N") for name in "CIA"}
    if all(value == "N" for value in impact.values()):
        impact = dict(zip("CIA", beyond, strict=True))
    simple = values.get("AC", "L") == "L" and values.get("AT", "N") == "N"
    return _vector(
        {
            "AV": values.get("AV", "N"),
            "AC": "L" if simple else "H",
            "PR": values.get("PR", "N"),
            "UI": "N" if values.get("UI", "N") == "N" else "R",
            "S": "C" if any(value != "N" for value in beyond) else "U",
            **impact,
        }
    )
