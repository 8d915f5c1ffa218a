"""Properties of the rules on pins, whatever the packages."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from whence.readers.contract import Source
from whence.readers.dependencies import requirements
from whence.rules import check, rules_chosen
from whence.vocabulary.fact import sorted_out
from whence.vocabulary.graph import SupplyGraph

NAMES = st.sampled_from(["numpy", "torch", "pandas", "flask", "acme-features", "scipy"])
SPECIFIERS = st.sampled_from(["", ">=1", "~=1.4", "==1.*", "<2", "==1.4.2"])
DIGEST = " --hash=sha256:" + "0" * 64
LINES = st.lists(st.tuples(NAMES, SPECIFIERS, st.booleans()), min_size=1, max_size=6)

Line = tuple[str, str, bool]


def findings(lines: list[Line], *rules: str) -> set[tuple[str, str, int]]:
    """Rule, subject and line of everything found."""
    text = "".join(
        f"{name}{specifier}{DIGEST if hashed and specifier == '==1.4.2' else ''}\n"
        for name, specifier, hashed in lines
    )
    facts, _ = sorted_out(requirements.read(Source.of_bytes("requirements.txt", text.encode())))
    checked = check(SupplyGraph((), facts), rules_chosen(rules))
    return {
        (rule.id, seen.subject, each.span.first)
        for rule, seen in checked.observations
        for each in seen.evidence
    }


@given(LINES, st.data())
@settings(max_examples=60, deadline=None)
def test_fixing_a_version_never_adds_an_unpinned_finding(
    lines: list[Line], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(lines) - 1))
    name, _, hashed = lines[at]
    tightened = [*lines[:at], (name, "==1.4.2", hashed), *lines[at + 1 :]]

    before = findings(lines, "unpinned-dependency")
    after = findings(tightened, "unpinned-dependency")

    assert after <= before
    assert not any(line == at + 1 for _, _, line in after)


@given(LINES, st.data())
@settings(max_examples=60, deadline=None)
def test_adding_a_digest_never_adds_a_finding(lines: list[Line], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(lines) - 1))
    tightened = [*lines[:at], (lines[at][0], lines[at][1], True), *lines[at + 1 :]]
    rules = ("unpinned-dependency", "missing-hashes")

    assert findings(tightened, *rules) <= findings(lines, *rules)


@given(LINES)
@settings(max_examples=60, deadline=None)
def test_every_line_is_either_open_or_fixed(lines: list[Line]) -> None:
    open_lines = {line for _, _, line in findings(lines, "unpinned-dependency")}

    expected = {at for at, (_, given, _) in enumerate(lines, 1) if given != "==1.4.2"}
    assert open_lines == expected
