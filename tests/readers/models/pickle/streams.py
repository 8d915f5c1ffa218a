"""Opcode strings for the tests, assembled by hand; nothing here is ever loaded."""

from __future__ import annotations

from collections.abc import Callable

ECHO = "echo whence"


def text(value: str) -> bytes:
    """SHORT_BINUNICODE."""
    raw = value.encode()
    return b"\x8c" + bytes([len(raw)]) + raw


def binary(value: bytes) -> bytes:
    """BINBYTES."""
    return b"B" + len(value).to_bytes(4, "little") + value


def number(value: int) -> bytes:
    """BININT."""
    return b"J" + value.to_bytes(4, "little", signed=True)


def framed(content: bytes, length: int | None = None) -> bytes:
    """FRAME and its content; `length` says something else than the truth."""
    size = len(content) if length is None else length
    return b"\x95" + size.to_bytes(8, "little") + content


def name(module: str, attribute: str) -> bytes:
    """GLOBAL."""
    return b"c" + module.encode() + b"\n" + attribute.encode() + b"\n"


def stack_name(module: str, attribute: str) -> bytes:
    """STACK_GLOBAL."""
    return text(module) + text(attribute) + b"\x93"


def by_reduce(module: str, attribute: str) -> bytes:
    return b"\x80\x02" + name(module, attribute) + text(ECHO) + b"\x85R."


def by_stack_global(module: str, attribute: str) -> bytes:
    return b"\x80\x04" + stack_name(module, attribute) + text(ECHO) + b"\x85\x94R\x94."


def by_framed_stack_global(module: str, attribute: str) -> bytes:
    return b"\x80\x04" + framed(stack_name(module, attribute) + text(ECHO) + b"\x85R.")


def by_inst(module: str, attribute: str) -> bytes:
    return b"(S'" + ECHO.encode() + b"'\ni" + f"{module}\n{attribute}\n".encode() + b"."


def by_obj(module: str, attribute: str) -> bytes:
    return b"(" + name(module, attribute) + b"S'" + ECHO.encode() + b"'\no."


def by_newobj(module: str, attribute: str) -> bytes:
    return b"\x80\x02" + name(module, attribute) + text(ECHO) + b"\x85\x81."


def by_newobj_ex(module: str, attribute: str) -> bytes:
    return b"\x80\x04" + name(module, attribute) + text(ECHO) + b"\x85}\x92."


def by_memo(module: str, attribute: str) -> bytes:
    """The names are put away, buried under data, and fetched again."""
    away = b"\x80\x04" + text(module) + b"\x940" + text(attribute) + b"r\x09\x00\x00\x000"
    return away + b"]\x94(K\x01K\x02e0" + b"h\x00j\x09\x00\x00\x00\x93(" + text(ECHO) + b"tR."


def by_overwritten_memo(module: str, attribute: str) -> bytes:
    """An innocent name under the same memo number is replaced before it is used."""
    first = b"\x80\x04" + text("collections") + b"q\x000" + text(module) + b"q\x000"
    return first + b"h\x00" + text(attribute) + b"\x93" + text(ECHO) + b"\x85R."


def by_overwritten_far_memo(module: str, attribute: str) -> bytes:
    """The same beyond a gap in the numbers, which is then closed."""
    far = b"r\x02\x00\x00\x000"
    first = b"\x80\x04" + text("collections") + far + text(module) + far + b"Nq\x00q\x010"
    return first + b"h\x02" + text(attribute) + b"\x93" + text(ECHO) + b"\x85R."


def through_quoted_strings(module: str, attribute: str) -> bytes:
    """The names are Python 2 strings, one of them in escapes."""
    escaped = "".join(f"\\x{ord(character):02x}" for character in module).encode()
    names = b'S"' + escaped + b"\"\nS'" + attribute.encode() + b"'\n\x93"
    return b"\x80\x04" + names + text(ECHO) + b"\x85R."


def by_dup(module: str, attribute: str) -> bytes:
    return b"\x80\x02" + name(module, attribute) + b"20" + text(ECHO) + b"\x85R."


def after_many_marks(module: str, attribute: str) -> bytes:
    return b"\x80\x02" + b"((((0000" + name(module, attribute) + b"(" + text(ECHO) + b"tR."


def in_a_second_pickle(module: str, attribute: str) -> bytes:
    return b"\x80\x04N." + by_stack_global(module, attribute)


def in_a_padded_second_pickle(module: str, attribute: str) -> bytes:
    return b"\x80\x04]." + bytes(37) + by_reduce(module, attribute)


def before_a_break(module: str, attribute: str) -> bytes:
    return by_reduce(module, attribute)[:-1] + b"0\xff\xff\xff"


def cut_after_the_call(module: str, attribute: str) -> bytes:
    return by_stack_global(module, attribute)[:-2]


def in_protocol_zero(module: str, attribute: str) -> bytes:
    return b"I0x10\n0L 7L\n0" + name(module, attribute) + b"p 1_0\n0g10\n(V\\u0065cho\ntR."


def in_a_pickle_in_bytes(module: str, attribute: str) -> bytes:
    inner = by_stack_global(module, attribute)
    return b"\x80\x04" + stack_name("torch.storage", "_load_from_bytes") + binary(inner) + b"\x85R."


def through_partial(module: str, attribute: str) -> bytes:
    head = b"\x80\x04" + stack_name("functools", "partial")
    return head + stack_name(module, attribute) + text(ECHO) + b"\x86R."


def through_encoded_names(module: str, attribute: str) -> bytes:
    """The module's name comes out of two codecs."""
    coded = binary(module.encode().hex().encode())
    decode = stack_name("_codecs", "decode")
    raw = decode + coded + text("hex") + b"\x86R"
    readable = decode + raw + text("ascii") + b"\x86R"
    return b"\x80\x04" + readable + text(attribute) + b"\x93" + text(ECHO) + b"\x85R."


def as_a_state(module: str, attribute: str) -> bytes:
    start = b"\x80\x04" + stack_name(
        "sklearn.preprocessing._function_transformer", "FunctionTransformer"
    )
    return start + b")\x81}" + text("func") + stack_name(module, attribute) + b"sb."


def as_a_default_factory(module: str, attribute: str) -> bytes:
    head = b"\x80\x04" + stack_name("collections", "defaultdict")
    return head + stack_name(module, attribute) + b"\x85R."


def dropped_by_file_readers(module: str, attribute: str) -> bytes:
    """In memory all is one bytes object; read from a file, half its length is lost: a call is left."""
    call = bytes(2) + b"0" + stack_name(module, attribute) + text(ECHO) + b"\x85R0N."
    return b"\x80\x04" + framed(b"N0B" + len(call).to_bytes(2, "little")) + bytes(2) + call + b"."


TRICKS: tuple[Callable[[str, str], bytes], ...] = (
    by_reduce,
    by_stack_global,
    by_framed_stack_global,
    by_inst,
    by_obj,
    by_newobj,
    by_newobj_ex,
    by_memo,
    by_overwritten_memo,
    by_overwritten_far_memo,
    through_quoted_strings,
    by_dup,
    after_many_marks,
    in_a_second_pickle,
    in_a_padded_second_pickle,
    before_a_break,
    cut_after_the_call,
    in_protocol_zero,
    in_a_pickle_in_bytes,
    through_partial,
    through_encoded_names,
    as_a_state,
    as_a_default_factory,
    dropped_by_file_readers,
)

GADGETS: tuple[tuple[str, str], ...] = (
    ("os", "system"),
    ("posix", "system"),
    ("nt", "system"),
    ("subprocess", "Popen"),
    ("builtins", "eval"),
    ("builtins", "exec"),
    ("builtins", "__import__"),
    ("pty", "spawn"),
    ("runpy", "run_path"),
    ("importlib", "import_module"),
    ("code", "InteractiveInterpreter"),
    ("timeit", "timeit"),
    ("pydoc", "pipepager"),
    ("socket", "create_connection"),
    ("shutil", "rmtree"),
    ("webbrowser", "open"),
    ("ctypes", "CDLL"),
    ("urllib.request", "urlopen"),
    ("asyncio.unix_events", "_UnixSubprocessTransport"),
    ("logging.config", "listen"),
    ("numpy.testing._private.utils", "runstring"),
    ("torch.hub", "load"),
    ("torch.jit", "load"),
    ("joblib", "load"),
    ("pip", "main"),
    ("idlelib.pyshell", "ModifiedInterpreter"),
)
