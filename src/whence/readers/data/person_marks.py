"""What in a value identifies a person: addresses of people, telephone numbers, accounts, cards.

Numbers count where their own check digits agree: IBAN by ISO 13616 (modulo 97), cards by ISO/IEC 7812
(Luhn). Domains reserved for examples (RFC 2606) and addresses of roles are nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_EMAIL = re.compile(r"(?<![\w.+-])([\w.+-]{1,64})@((?:[\w-]{1,63}\.){1,5}[A-Za-z]{2,12})(?![\w-])")
_RESERVED = re.compile(
    r"(?:^|\.)(?:example\.(?:com|org|net|edu)|example|test|invalid|localhost|local)$", re.IGNORECASE
)
_ROLE = re.compile(
    r"(?:info|support|no-?reply|do-?not-?reply|hello|contact|sales|admin|webmaster|postmaster|help|service|team"
    r"|office|press|security|abuse|jobs|privacy|legal|mail|root|git|user|someone|name|foo|test)\d{0,4}",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w+])\+\d{1,3}[ .()/-]{0,2}(?:\d[ .()/-]{0,2}){7,12}(?!\w)")
# Numbers that North America (555-01xx) and the United Kingdom (7946 0, 0900) keep for fiction.
_FICTION = re.compile(
    r"\+1\D{0,2}\d{3}\D{0,2}555|\+44\D{0,2}(?:\d{2,4}\D{0,2}(?:7?946|496)\D?0|7700\D?900)"
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_CARD = re.compile(r"(?<![\w.-])[3-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{3,4}(?![\w.-])")
_SAMPLE_CARD = re.compile(
    r"4242|4111\D?1111|5555\D?5555|3782\D?8224|4000\D?0000|6011\D?1111|5105\D?1051"
)


def marks_in(value: str) -> set[tuple[str, str]]:
    """Each thing in a text that identifies somebody, by its kind and itself."""
    found: set[tuple[str, str]] = set()
    if "@" in value:
        found.update(("e-mail address", each) for each in _addresses(value))
    if "+" in value:
        found.update(("telephone number", each) for each in _telephones(value))
    if sum(char.isdigit() for char in value) >= 10:
        found.update(_accounts(value))
    return found


def _addresses(value: str) -> Iterator[str]:
    for each in _EMAIL.finditer(value):
        if not _ROLE.fullmatch(each[1]) and not _RESERVED.search(each[2]):
            yield each.group().lower()


def _telephones(value: str) -> Iterator[str]:
    for each in _PHONE.finditer(value):
        if not _FICTION.match(each.group()):
            yield re.sub(r"\D", "", each.group())


def _accounts(value: str) -> Iterator[tuple[str, str]]:
    for each in _IBAN.finditer(value):
        account = each.group().replace(" ", "")
        if _is_iban(account):
            yield "bank account", account
    for each in _CARD.finditer(value):
        digits = re.sub(r"\D", "", each.group())
        if not _SAMPLE_CARD.match(each.group()) and _is_card(digits):
            yield "card number", digits


def _is_iban(text: str) -> bool:
    turned = text[4:] + text[:4]
    return 15 <= len(text) <= 34 and int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def _is_card(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 * (number > 9)
    return total % 10 == 0 and len(set(digits)) > 3
