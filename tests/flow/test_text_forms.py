"""Regular expressions as lists of what may pass: how teams ask them, and which of them hold."""

from __future__ import annotations

import pytest
from projects_of_code import concluded

from whence.flow.checks.text_forms import admits
from whence.vocabulary.fact.code import CodeEvaluation, Guard

ASKED = {
    "kept by the walrus": """
import re
def value(text):
    if (found := re.fullmatch("[a-z_]+", text)) is not None:
        return eval(found.string and text)
    return None
""",
    "an attribute of the class": """
import re
class Formula:
    NAME = re.compile(r"^[a-z_]+$", re.IGNORECASE)
    def value(self, text):
        if self.NAME.match(text) is None:
            raise ValueError(text)
        return eval(text)
""",
    "a pattern of another module": """
from forms import NAME
def value(text):
    if not NAME.fullmatch(text):
        raise ValueError(text)
    return eval(text)
""",
    "a function that answers": """
import re
def is_name(text):
    return bool(re.match(r"[a-z_]+\\Z", text))
def value(text):
    if not is_name(text):
        raise ValueError(text)
    return eval(text)
""",
    "any other character is refused": """
import re
def value(text):
    if re.search(r"[^a-z0-9_ +*]", text):
        raise ValueError(text)
    return eval(text)
""",
    "every alternative is anchored": """
import re
def value(text):
    if not re.search("^[a-z]+$|^[0-9]+$", text):
        raise ValueError(text)
    return eval(text)
""",
}
UNASKED = {
    "any line of the text": """
import re
def value(text):
    if not re.match("^[a-z_]+$", text, re.MULTILINE):
        raise ValueError(text)
    return eval(text)
""",
    "one alternative is open": """
import re
def value(text):
    if not re.search("^[a-z]+|[0-9]+$", text):
        raise ValueError(text)
    return eval(text)
""",
    "calls of any function": """
import re
def value(text):
    if not re.fullmatch(r"[\\w.() ]+", text):
        raise ValueError(text)
    return eval(text)
""",
    "some characters are refused": """
import re
def value(text):
    if re.search(r"[;&|]", text):
        raise ValueError(text)
    return eval(text)
""",
    "what matches is refused": """
import re
def value(text):
    if re.fullmatch("[a-z_]+", text):
        raise ValueError(text)
    return eval(text)
""",
    "a pattern that the caller gives": """
import re
def value(pattern, text):
    if not re.fullmatch(pattern, text):
        raise ValueError(text)
    return eval(text)
""",
    "it goes on": """
import logging, re
def value(text):
    if not re.fullmatch("[a-z_]+", text):
        logging.warning("odd text")
    return eval(text)
""",
}
FORMS = 'import re\nNAME = re.compile("[a-z_]+")\n'


def lists(code: str) -> list[Guard]:
    (use,) = concluded({"a.py": code, "forms.py": FORMS}, CodeEvaluation)
    return [g for o in use.origins for g in o.guards if g.holds and g.kind == "allow-list"]


@pytest.mark.parametrize("code", ASKED.values(), ids=ASKED)
def test_a_form_of_the_whole_text_passes_however_it_is_asked(code: str) -> None:
    assert lists(code)


@pytest.mark.parametrize("code", UNASKED.values(), ids=UNASKED)
def test_a_form_that_does_not_bind_the_whole_text_lets_it_through(code: str) -> None:
    assert lists(code) == []


@pytest.mark.parametrize(
    ("pattern", "passing"),
    [
        (r"^[a-z][a-z0-9_-]{0,30}$", "form"),
        (r"^(?:mean|sum)\([a-z]+\)$", "form"),
        (r"^(?!__)\w+$", "form"),
        (r"^\d+(?:\.\d+)?$", "form"),
        (r"(^[a-z]+$)", "form"),
        (r"^[^\W\d]+$", "form"),
        (r"^\w+\s*\(\w*\)$", "calls"),
        (r"^\w+[(]\w*[)]$", "calls"),
        (r"^[^;]+$", "anything"),
        (r"^(?:.|\n)*$", "anything"),
        (r"^[\s\S]{1,}$", "anything"),
        (r"^\S+$", "anything"),
        (r"(?m)^[a-z]+$", "anything"),
        (r"^[a-z]+\$", "anything"),
        (r"^[a-z", "anything"),
        (r"^(a$", "anything"),
        ("", "anything"),
    ],
)
def test_a_pattern_admits(pattern: str, passing: str) -> None:
    assert admits(pattern) == passing
