"""What in a chat template reaches beyond the messages that it formats.

The escapes follow from how the sandbox of Jinja works: it refuses attributes with underscores at
run time, and has been walked around (CVE-2016-10745, CVE-2024-56326, CVE-2025-27516) or not used
at all (CVE-2024-34359). A template that formats messages needs none of what is looked for here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from whence.readers.models.template.pieces import Piece, Token, pieces, tokens
from whence.vocabulary.evidence import Span
from whence.vocabulary.fact.models import TemplateHazard

_LARGEST = 1024 * 1024
_NOTHING = Token("", "")
_SHOWN = 160
_LONGEST_NAME = 4096
_MOST = 20
_DUNDER = re.compile(
    r"__[^\W_]\w*__|__(?:class|globals|init|builtins|subclasses|mro|base|import|dict)"
)
_INTERNALS = frozenset(
    (
        "func_globals", "gi_frame", "gi_code", "f_globals", "f_builtins", "f_locals", "f_back",
        "tb_frame", "cr_frame", "cr_code", "ag_frame", "ag_code", "mro", "popen", "Popen",
        "subclasses", "format_map", "_TemplateReference__context", "_module", "environment",
    )
)  # fmt: skip
_HELPERS = frozenset(("lipsum", "cycler", "joiner", "get_flashed_messages", "url_for", "self"))
_LOADING = re.compile(r"\s*+[-+]?\s*+(?:include|import|extends|from)\b")
_MODULES = frozenset(("os", "sys", "subprocess", "builtins", "importlib", "eval", "exec"))
_INVISIBLE = re.compile(
    "[\u200b\u2060\u2061-\u2064\ufeff\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)
_ORDERS = re.compile(
    r"(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+|the\s+|your\s+|every\s+)*"
    r"(?:previous|prior|above|earlier|preceding|other)\b[^.\n]{0,40}?"
    r"(?:instruction|prompt|message|rule|guideline|polic)"
    r"|(?:do\s+not|don'?t|never)\s+(?:ever\s+)?(?:tell|inform|reveal|mention|disclose|warn|alert|show)"
    r"\b[^.\n]{0,60}?\b(?:user|human|anyone|this\s+instruction|these\s+instruction)"
    r"|without\s+(?:telling|informing|mentioning|alerting|notifying|asking)\b[^.\n]{0,40}?"
    r"\b(?:user|human|anyone|it)\b"
    r"|\b(?:secretly|covertly|silently)\s+(?:add|insert|include|append|send|embed|recommend)"
    r"|\balways\s+(?:recommend|insert|embed|suggest|append|promote|advertise|approve)\b"
    r"|\b(?:insert|embed|include|append|add|use)\b[^.\n]{0,60}?(?:<script|https?://|!\[)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[A-Za-z][A-Za-z' -]{2,60}")
_SENTENCE = re.compile(r"(?:[A-Za-z']{2,30}[ ,]{1,4}){3}[A-Za-z']{2,30}")
_PROMPT_WORDS = frozenset(
    (
        "user", "assistant", "system", "tool", "tools", "role", "content", "name", "type", "text",
        "image", "video", "audio", "function", "think", "thinking", "reasoning", "ipython", "python",
        "developer", "observation", "image_url", "input_audio", "output", "arguments", "parameters",
        "description", "required", "properties", "enum", "items", "string", "number", "boolean",
    )
)  # fmt: skip


def hazards(template: str, setting: str, span: Span) -> Iterator[TemplateHazard]:
    """The facts of one template; at most one for each kind and expression."""
    if len(template) > _LARGEST:
        reason = f"longer than {_LARGEST // 1024} KiB: no chat template needs that"
        yield TemplateHazard(span, "unparsed", "", reason, setting)
        template = template[:_LARGEST]
    seen: set[tuple[str, str]] = set()
    for kind, expression, reason in _all(list(pieces(template)), template):
        key = (kind, expression)
        if key not in seen and len(seen) < _MOST:
            seen.add(key)
            yield TemplateHazard(span, kind, expression, reason, setting)


def _all(parts: list[Piece], template: str) -> Iterator[tuple[str, str, str]]:
    for piece in parts:
        if piece.kind in ("{{", "{%"):
            for reason in _escapes(piece):
                yield "sandbox-escape", _shown(piece), reason
    yield from _orders(parts)
    yield from _triggers(parts)
    for found in _INVISIBLE.finditer(template):
        around = template[max(0, found.start() - 20) : found.start() + 20]
        reason = f"invisible character U+{ord(found[0]):04X}: the model reads it, nobody sees it"
        yield "invisible-text", ascii(around)[1:-1], reason
        break


def _escapes(piece: Piece) -> Iterator[str]:
    if piece.kind == "{%" and _LOADING.match(piece.body):
        yield "it loads another template or file"
    found = _joined(tokens(piece.body))
    for at, token in enumerate(found):
        before = found[at - 1] if at else _NOTHING
        after = found[at + 1] if at + 1 < len(found) else _NOTHING
        if token.kind in ("name", "string") and _DUNDER.search(token.value):
            yield f"`{token.value[:40]}` walks to the interpreter's own objects"
        elif token.kind == "name":
            yield from _name(found, at, before, after)
        elif token.kind == "string":
            yield from _string(found, at, before, after)


def _name(found: list[Token], at: int, before: Token, after: Token) -> Iterator[str]:
    name = found[at].value
    if before.value == "." and name in _INTERNALS:
        yield f"`.{name}` reaches the interpreter's own objects"
    elif name in _HELPERS and after.value in (".", "[", "|"):
        yield f"`{name}` is used for its attributes, the usual way out of the sandbox"
    elif name == "attr" and before.value == "|":
        yield from _attribute(found[at + 1 : at + 4])


def _string(found: list[Token], at: int, before: Token, after: Token) -> Iterator[str]:
    text = found[at].value
    parted = after.value in ("*", "~") or before.value in ("~", "*", "+")
    if text in ("_", "__") and parted:
        yield "a name with underscores is put together from parts"
    subscripted = before.value in ("[", "(") and after.value in ("]", ")")
    if text in _MODULES and subscripted and _is_reach(found, at):
        yield f"it looks up `{text}`"


def _is_reach(found: list[Token], at: int) -> bool:
    """Whether a subscript or call is on `modules`, `__import__` or another walk's end."""
    names = {token.value for token in found[max(0, at - 6) : at] if token.kind == "name"}
    return bool(names & {"modules", "import_module", "get", "getitem", "attr"})


def _attribute(following: list[Token]) -> Iterator[str]:
    argument = following[1] if len(following) > 1 else Token("", "")
    closed = len(following) > 2 and following[2].value == ")"
    if argument.kind != "string" or not closed:
        yield "`|attr` with a computed name can reach any attribute"
    elif argument.value in ("format", "format_map") or argument.value in _INTERNALS:
        yield f"`|attr('{argument.value}')` walks around the sandbox's own check"


def _joined(found: list[Token]) -> list[Token]:
    """The tokens with `'a' * 2`, then `'a' ~ 'b'` and `'a' + 'b'` put together."""
    multiplied = _folded(found, ("*",), "number", _repeated)
    return _folded(multiplied, ("~", "+"), "string", lambda one, other: one + other)


def _folded(
    found: list[Token], operators: tuple[str, ...], kind: str, fold: Callable[[str, str], str]
) -> list[Token]:
    out: list[Token] = []
    for token in found:
        if token.kind == kind and _awaits(out, operators):
            out[-2:] = [Token("string", fold(out[-2].value, token.value)[:_LONGEST_NAME])]
        else:
            out.append(token)
    return out


def _awaits(out: list[Token], operators: tuple[str, ...]) -> bool:
    """Whether the last two tokens are a string and one of the operators."""
    if len(out) < 2 or out[-2].kind != "string":
        return False
    return out[-1].kind == "operator" and out[-1].value in operators


def _repeated(text: str, times: str) -> str:
    return text * min(int(times), 8) if times.isdigit() and len(times) < 4 else text


def _static(piece: Piece) -> str:
    """The text that a piece puts in front of the model whatever the messages are."""
    if piece.kind == "text":
        return piece.body
    if piece.kind == "{{":
        return " ".join(token.value for token in tokens(piece.body) if token.kind == "string")
    if piece.kind == "{%" and re.match(r"\s*[-+]?\s*set\b", piece.body):
        return " ".join(token.value for token in tokens(piece.body) if token.kind == "string")
    return ""


def _orders(parts: list[Piece]) -> Iterator[tuple[str, str, str]]:
    for piece in parts:
        text = _static(piece)
        if len(text) > 12 and (found := _ORDERS.search(text)):
            reason = "the template itself gives the model an order that no user wrote or sees"
            yield "hidden-instruction", _cut(found[0]), reason


def _triggers(parts: list[Piece]) -> Iterator[tuple[str, str, str]]:
    """Conditions on words of the conversation that bring in sentences of the template's own."""
    for at, piece in enumerate(parts):
        if piece.kind != "{%" or not re.match(r"\s*[-+]?\s*(?:el)?if\b", piece.body):
            continue
        word = _trigger_word(tokens(piece.body))
        if word and any(_SENTENCE.search(_static(inner)) for inner in _branch(parts, at)):
            reason = f"sentences are added only where the conversation contains '{word}'"
            yield "hidden-instruction", _shown(piece), reason


def _branch(parts: list[Piece], at: int) -> Iterator[Piece]:
    for piece in parts[at + 1 : at + 40]:
        if piece.kind == "{%" and re.match(r"\s*[-+]?\s*(?:elif|else|endif)\b", piece.body):
            return
        yield piece


def _trigger_word(found: list[Token]) -> str:
    for at, token in enumerate(found[:-2]):
        following = found[at + 1].value
        if token.kind != "string" or following != "in" or not _WORDS.fullmatch(token.value):
            continue
        searched: list[str] = []
        for each in found[at + 2 : at + 12]:
            if each.value in ("and", "or"):
                break
            searched.append(each.value)
        on_content = {"content", "text", "lower", "query", "prompt", "message_content"} & {
            *searched
        }
        if on_content and token.value.lower() not in _PROMPT_WORDS:
            return token.value[:40]
    return ""


def _shown(piece: Piece) -> str:
    close = {"{{": "}}", "{%": "%}"}.get(piece.kind, "")
    return _cut(piece.kind + piece.body + close)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
