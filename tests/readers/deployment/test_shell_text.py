"""Shell text: every command, on its line, with what surrounds it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whence.readers.shell import commands
from whence.vocabulary.evidence import Unread
from whence.vocabulary.fact.dependencies import PackageRequirement
from whence.vocabulary.fact.deployment import ShellAssignment, ShellCommand


def shell(text: str, **options: object) -> list[ShellCommand]:
    found = commands(text, 1, "run.sh", "script", **options)  # type: ignore[arg-type]
    return [each for each in found if isinstance(each, ShellCommand)]


def one(text: str, program: str, **options: object) -> ShellCommand:
    (found,) = [each for each in shell(text, **options) if each.argv[0] == program]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "wanted a",
        "first; wanted a",
        "first && wanted a || last",
        "(cd x; wanted a)",
        "{ wanted a; }",
        "if first; then wanted a; fi",
        "if first; then :; else wanted a; fi",
        "while first; do wanted a; done",
        "for i in 1 2; do wanted a; done",
        "case $x in y) wanted a;; esac",
        "f() { wanted a; }",
        "x=$(wanted a)",
        "x=`wanted a`",
        'echo "$(wanted a)"',
        "cat <(wanted a)",
        "bash -c 'wanted a'",
        'sh -ec "first && wanted a"',
        "sudo -u app env -u B A=1 bash -c 'wanted a'",
        "eval 'wanted a'",
        "docker run --rm image sh -c 'wanted a'",
        "su - app -c 'wanted a'",
        "bash <<'EOF'\nwanted a\nEOF",
        "cat <<EOF | sh\nwanted a\nEOF",
        "cat <<EOF\n$(wanted a)\nEOF",
        "sudo -E -u app wanted a",
        "timeout -k 5 30 wanted a",
        "nohup nice -n 5 wanted a &",
        "time wanted a",
        "first | xargs -n 1 wanted a",
        "exec wanted a",
        "! wanted a",
        "'wan'\"ted\" a",
        "A=1 wanted a",
        "> out wanted a",
        "coproc wanted a",
    ],
)
def test_a_command_is_found_wherever_it_stands(text: str) -> None:
    assert [each.argv for each in shell(text) if each.argv[0] == "wanted"] == [("wanted", "a")]


def test_lines_are_those_of_the_file() -> None:
    text = 'one\n\n# comment\ntwo \\\n  --more\nbash -c "\nthree\n"\ncat <<EOF | sh\n\nfour\nEOF\n'
    found = {each.argv[0]: (each.span.first, each.span.last) for each in shell(text)}
    assert found["one"] == (1, 1)
    assert found["two"] == (4, 5)
    assert found["three"] == (7, 7)
    assert found["four"] == (11, 11)


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("p 'a b' \"c d\" e\\ f", ("p", "a b", "c d", "e f")),
        ("p $X \"${Y}\" '$Z'", ("p", "$X", "${Y}", "$Z")),
        ('V=1.2; p foo==$V "bar==${V}"', ("p", "foo==1.2", "bar==1.2")),
        ("V=1; V=2; p $V", ("p", "$V")),
        ("p ${X:-fallback}", ("p", "fallback")),
        ("W='a b'; p $W \"$W\"", ("p", "a", "b", "a b")),
        ("for V in 1 2; do p $V; done", ("p", "$V")),
        ("p ${{ github.sha }}.x", ("p", "${{ github.sha }}.x")),
        ('p "${{ a[\'b\'] || "c" }}"', ("p", "${{ a['b'] || \"c\" }}")),
    ],
)
def test_words_lose_their_quotes_and_constants_are_filled_in(text: str, argv: tuple) -> None:
    assert one(text, "p").argv == argv


@pytest.mark.parametrize(
    ("text", "tolerance"),
    [
        ("set -e\ngate\nnext", ""),
        ("gate\nnext", "no set -e"),
        ("next\ngate", ""),
        ("set -e\ngate || true\nnext", "|| true"),
        ("set -e\ngate || :\nnext", "|| :"),
        ("set -e\ngate || echo ignored\nnext", "|| echo ignored"),
        ("set -e\ngate || { echo no; exit 1; }\nnext", ""),
        ("set -e\ngate || exit 0\nnext", "|| exit 0"),
        ("set -e\ngate || exit 1\nnext", ""),
        ("set -e\ngate && next || true", "|| true"),
        ("set -e\ngate || code=$?\nnext", "|| code=$?"),
        ("set -e\ngate || code=$?\nnext\nexit $code", ""),
        ("set -e\nset +e\ngate\nnext", "set +e"),
        ("gate\nif [ $? -ne 0 ]; then exit 1; fi", ""),
        ("set -e\ngate | tee log", "no pipefail"),
        ("set -eo pipefail\ngate | tee log", ""),
        ("set -euo pipefail\ngate | tee log", ""),
        ("gate; true", "; true"),
        ("set -e\ngate && echo passed\nnext", "&& under set -e"),
        ("set -e\ngate && echo passed", ""),
        ("set -e\nnext && gate\nlast", ""),
        ("set -e\nif ! gate; then echo bad; fi\nnext", "if without exit"),
        ("set -e\nif ! gate; then echo bad; exit 1; fi\nnext", ""),
        ("set -e\nif gate; then next; fi", ""),
        ("set -e\nif gate; then a; else echo bad; fi\nnext", "if without exit"),
    ],
)
def test_a_failure_that_is_thrown_away_is_told(text: str, tolerance: str) -> None:
    found = one(text, "gate")
    assert (found.tolerance, found.tolerated) == (tolerance, bool(tolerance))


@pytest.mark.parametrize(
    ("text", "piped", "substituted"),
    [
        ("curl u | sudo bash -s -- -y", "bash", ""),
        ("curl u | /bin/sh", "sh", ""),
        ("curl u | tee f | python3 -", "tee", ""),
        ("bash <(curl u)", "", "bash"),
        ('sh -c "$(curl u)"', "", "sh -c"),
        ("eval $(curl u)", "", "eval"),
        ("$(curl u)", "", "eval"),
        ('bash <<< "$(curl u)"', "", "bash"),
        ("X=$(curl u)", "", ""),
        ("curl u", "", ""),
    ],
)
def test_who_reads_the_output_is_told(text: str, piped: str, substituted: str) -> None:
    found = one(text, "curl")
    assert (found.piped_into, found.substituted_into) == (piped, substituted)


def test_redirections_and_unquoted_variables_are_told() -> None:
    found = one('tool "$A" $B ${C} x$D < in > out 2> err', "tool")
    assert (found.reads, found.writes) == ("in", "out")
    assert found.unquoted == ("B", "C", "D")


def test_assignments_and_installs_are_facts_of_their_own() -> None:
    found = list(commands("export A=1\nB='x y'\npip install foo==1.0\n", 5, "x", "ci"))
    assigned = [each for each in found if isinstance(each, ShellAssignment)]
    assert [(a.name, a.value, a.exported, a.span.first) for a in assigned] == [
        ("A", "1", True, 5),
        ("B", "x y", False, 6),
    ]
    assert [(r.name, r.span.first) for r in found if isinstance(r, PackageRequirement)] == [
        ("foo", 7)
    ]


def test_what_is_no_shell_is_told_and_the_rest_is_read() -> None:
    found = list(commands("good one\nif then ( ]]\n", 1, "x", "ci"))
    assert any(isinstance(each, ShellCommand) and each.argv == ("good", "one") for each in found)
    assert any(isinstance(each, Unread) for each in found)


@pytest.mark.parametrize(
    "text",
    [
        "a && " * 3000 + "a",
        "$(" * 3000,
        "(" * 5000 + "a" + ")" * 5000,
        "bash -c '" * 50,
        "if a; then " * 500,
        '"$(' * 800 + "a" + ')"' * 800,
        "a" * 500_000,
        "x" * 2_000_000,
        "cat <<E\n" * 500,
        "a | " * 3000 + "a",
        "${{" * 10_000,
        "A=" * 20_000,
    ],
    ids=range(12),
)
def test_hostile_scripts_cost_little(text: str) -> None:
    started = time.process_time()
    list(commands(text, 1, "x", "ci"))
    assert time.process_time() - started < 5


_PIECES = st.sampled_from(
    [
        "a",
        "$X",
        "${",
        "}",
        "$(",
        ")",
        "`",
        "'",
        '"',
        "\\",
        "\n",
        " ",
        "|",
        "||",
        "&&",
        ";",
        "<<E\n",
        "E\n",
        "if ",
        "then ",
        "fi",
        "bash -c ",
        "${{ x }}",
        "<(",
        "{ ",
        "x=1",
        "[[",
        "]]",
        "é",
        "\x00",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join))
def test_any_text_gives_facts_or_unread(text: str) -> None:
    for each in commands(text, 3, "x", "ci"):
        assert each.span.first >= 3
        assert each.span.last <= 3 + text.count("\n")
