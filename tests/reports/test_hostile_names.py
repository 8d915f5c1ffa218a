"""Names of the audited project cannot steer a terminal, or add anything to a document."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote_to_bytes

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from markdown_it.token import Token

from whence.reports import render
from whence.reports.escape import uri_reference, visible
from whence.reports.markdown import code, fenced, inline, prose, rule_text
from whence.vocabulary.audit import Audit
from whence.vocabulary.finding import Finding

HERE = Path(__file__).parent
SARIF = Draft202012Validator(json.loads((HERE / "sarif-emitted.schema.json").read_text()))
REPORT = Draft202012Validator(
    json.loads((HERE.parents[1] / "docs" / "report.schema.json").read_text())
)
COMMONMARK = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
ACTIVE = {"html_block", "html_inline", "link_open", "image", "s_open"}
COLOR = re.compile(r"\x1b\[[0-9;]*m")
MANY = settings(max_examples=60, deadline=None)


def tokens(markdown: str) -> list[Token]:
    found: list[Token] = []
    for token in COMMONMARK.parse(markdown):
        found.append(token)
        found.extend(token.children or ())
    return found


def shape(markdown: str) -> list[tuple[str, str]]:
    return [(token.type, token.tag) for token in COMMONMARK.parse(markdown)]


def words(markdown: str) -> str:
    """What a reader sees of a paragraph."""
    (paragraph,) = [token for token in COMMONMARK.parse(markdown) if token.type == "inline"]
    return "".join(child.content for child in paragraph.children or ())


def unseen(text: str) -> set[str]:
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return {c for c in text if c != "\n" and unicodedata.category(c) in hidden}


@MANY
@given(data=st.data(), width=st.integers(20, 130), verbose=st.booleans())
def test_nothing_unseen_reaches_the_terminal(
    data: st.DataObject,
    width: int,
    verbose: bool,
    strange_names: st.SearchStrategy[list[str]],
    named: Callable[[list[str]], Audit],
) -> None:
    audit = named(data.draw(strange_names))
    plain = render("terminal", audit, width=width, verbose=verbose)
    colored = render("terminal", audit, width=width, verbose=verbose, color=True)
    assert not unseen(plain)
    assert not unseen(COLOR.sub("", colored))
    assert "\x1b[" in colored


def test_no_known_trick_works_in_any_report(
    nasty_names: tuple[str, ...], named: Callable[[list[str]], Audit], plain_audit: Audit
) -> None:
    wanted = shape(render("markdown", plain_audit))
    for name in nasty_names:
        audit = named([name])
        report = render("markdown", audit)
        assert shape(report) == wanted, name
        assert not ACTIVE & {token.type for token in tokens(report)}, name
        assert not unseen(report + render("terminal", audit, verbose=True)), name
        REPORT.validate(json.loads(render("json", audit)))
        SARIF.validate(json.loads(render("sarif", audit)))


@MANY
@given(data=st.data())
def test_names_add_nothing_to_the_structure_of_the_markdown(
    data: st.DataObject,
    strange_names: st.SearchStrategy[list[str]],
    named: Callable[[list[str]], Audit],
    plain_audit: Audit,
) -> None:
    report = render("markdown", named(data.draw(strange_names)))
    assert not unseen(report)
    assert not ACTIVE & {token.type for token in tokens(report)}
    assert shape(report) == shape(render("markdown", plain_audit))


@MANY
@given(data=st.data())
def test_names_leave_json_and_sarif_valid(
    data: st.DataObject,
    strange_names: st.SearchStrategy[list[str]],
    named: Callable[[list[str]], Audit],
) -> None:
    audit = named(data.draw(strange_names))
    for name, schema in (("json", REPORT), ("sarif", SARIF)):
        text = render(name, audit)
        text.encode("utf-8")
        assert not unseen(text)
        schema.validate(json.loads(text))


@MANY
@given(text=st.text(min_size=1))
@example(text="\u202e\x1b[0m\u200b")
@example(text="\udc80\udcff")
def test_the_json_report_gives_back_what_was_audited(
    text: str, make_audit: Callable[..., Audit]
) -> None:
    project = json.loads(render("json", make_audit(project=text)))["project"]
    lone = re.compile("[\ud800-\udfff]")
    assert project == lone.sub(lambda found: visible(found.group()), text)


@MANY
@given(path=st.text(min_size=1))
@example(path="a b/100%/c?d#e.py")
@example(path="javascript:alert(1)")
@example(path="\udcff/x")
def test_a_sarif_address_is_relative_and_names_the_bytes_of_the_path(path: str) -> None:
    uri = uri_reference(path)
    assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri)
    kept = re.sub("[\ud800-\udc7f\udd00-\udfff]", "\ufffd", path)
    assert unquote_to_bytes(uri) == kept.encode("utf-8", "surrogateescape")


@MANY
@given(text=st.text())
@example(text="x\n\n# heading\n\n<b>\n\n[a](b)\n\n| a |\n| - |\n\n> q\n\n---\n\nx\n===")
@example(text="```\n</pre>\n")
@example(text="```html\nx\n``\n~~~\n````")
@example(text="    indented\n\ttab")
@example(text="`a` **b** [`c`](https://attacker.example) ``d`e``")
@example(text="- [x]: https://attacker.example\n- <u>")
@example(text="&amp; &#x60; \\` \\\\` `\\`")
def test_the_text_around_names_keeps_code_and_lists_and_nothing_else(text: str) -> None:
    found = {token.type for token in tokens(rule_text(text))}
    assert not found & (ACTIVE | {"heading_open", "table_open", "blockquote_open", "hr"})


@MANY
@given(text=st.text(min_size=1), write=st.sampled_from([prose, inline, code]))
@example(text="12. x", write=prose)
@example(text="`a`|`b`", write=inline)
@example(text="a|b", write=code)
@example(text="\\|", write=code)
@example(text="a\\", write=code)
def test_a_name_stays_in_its_table_cell(text: str, write: Callable[[str], str]) -> None:
    table = f"| a | b |\n| --- | --- |\n| {write(text)} | end |\n\nafter\n"
    cells = [token.content for token in COMMONMARK.parse(table) if token.type == "inline"]
    assert len(cells) == 5
    assert cells[3:] == ["end", "after"]


@MANY
@given(text=st.text(st.sampled_from("\\`*_{}[]()<>#+-.!|~$&;:='\"/ ax1"), min_size=1))
@example(text="12. step")
@example(text="x < y & z > 1 &amp;")
@example(text="\\*a\\* \\\\")
@example(text="a `` b ` c")
def test_an_escaped_name_still_reads_as_itself(text: str) -> None:
    assume(text.strip())
    assert words(prose(text)) == text.strip()
    assert words(code(text)).strip() == text.strip()


def test_a_name_in_code_is_code() -> None:
    for name in ("a`b", "``", "`a", "a`", " a ", "a\\`b", "<b>"):
        (paragraph,) = [t for t in COMMONMARK.parse(f"x{code(name)}x") if t.type == "inline"]
        kinds = [(child.type, child.content) for child in paragraph.children or ()]
        assert kinds == [("text", "x"), ("code_inline", name), ("text", "x")]


def test_an_open_fence_loses_nothing_and_its_language_is_a_word() -> None:
    assert rule_text("so:\n```py<b>\nx = 1") == "so:\n\n```pyb\nx = 1\n```"


@MANY
@given(lines=st.lists(st.text(), min_size=1))
@example(lines=["```", "````", "x"])
def test_a_snippet_cannot_close_its_fence(lines: list[str]) -> None:
    (block,) = COMMONMARK.parse(fenced(lines))
    assert block.type == "fence"
    assert block.content.removesuffix("\n").split("\n") == [visible(line) for line in lines]


def test_a_message_in_sarif_holds_no_link_and_no_placeholder(
    make_audit: Callable[..., Audit], make_finding: Callable[..., Finding]
) -> None:
    finding = make_finding(description="see [here](https://attacker.example) and {0}, {x}")
    result = json.loads(render("sarif", make_audit(finding)))["runs"][0]["results"][0]
    assert result["message"]["text"] == ("see \\[here\\](https://attacker.example) and {{0}}, {x}")
