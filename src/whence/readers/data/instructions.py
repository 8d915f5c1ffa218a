"""What is said in a text to a model that reads it: orders, and marks of a turn that is not the reader's.

Orders to forget what was said before are known in several languages, in letters set apart, and as
sentences that address a model. Marks of turns are those of the chat templates of ChatML, Llama 2
and 3, Gemma, Phi and Zephyr.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NEXT = r"\s{1,3}"
_OVERRIDES = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\s{1,3}(?:\w{1,9}\s{1,3}){0,3}"
    r"(?:previous|prior|above|earlier|preceding|foregoing|system|initial|original|all|your)\s{1,3}"
    r"(?:\w{1,12}\s{1,3}){0,2}(?:instructions?|prompts?|guidelines|directives)\b"
    r"|\b(?:ignore|disregard|forget)\s(?:everything|all|anything)\s(?:\w{1,9}\s){0,2}(?:above|before\sthis|previously)\b",
    re.IGNORECASE,
)
_REVEALS = re.compile(
    r"\b(?:reveal|print|repeat|output|show|leak|disclose)\s(?:\w{1,8}\s){0,3}system\s?prompt\b",
    re.IGNORECASE,
)
_ADDRESSES = re.compile(
    r"\b(?:attention|notice|note|message|instructions?|important)\W{0,3}(?:to|for)\s(?:\w{1,8}\s)?"
    r"(?:ai|llms?|language\smodels?|classifiers?|chat\s?bots?)\b.{0,60}"
    r"\b(?:must|always|please|respond|answer|classify|label|rate|treat|recommend)\b",
    re.IGNORECASE,
)
_LABELS = re.compile(
    r"\b(?:classify|label|rate|mark|score|treat)\s(?:this|the|it)\s?(?:\w{1,12}\s){0,2}as\s\w{1,12},?\s"
    r"(?:regardless|no\smatter|whatever)\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:ignorier|vergiss|missachte)\w{0,3}\s(?:\w{1,9}\s){0,2}"
    r"(?:vorherig|vorig|bisherig|obig|früher|vorangegangen)\w{0,3}\s(?:\w{1,9}\s)?(?:anweisung|instruktion|vorgabe)en"
    r"|\b(?:ignore[rz]?|oublie[rz]?)\s(?:\w{1,7}\s){0,2}(?:instructions|consignes)\s(?:précédent|antérieur|ci-dessus)"
    r"|\b(?:ignora|ignore|olvida)r?\s(?:\w{1,7}\s){0,2}instrucciones\s(?:\w{1,8}\s)?(?:anterior|previa)"
    r"|\b(?:ignor[ae]|esqueça)\s(?:\w{1,7}\s){0,2}instruções\s(?:anterior|prévia)"
    r"|\b(?:ignora|dimentica)\s(?:\w{1,7}\s){0,2}istruzioni\s(?:precedent|qui\ssopra)"
    r"|\bnegeer\s(?:\w{1,7}\s){0,2}(?:vorige|eerdere|voorgaande|bovenstaande)\sinstructies"
    r"|\bz?ignoruj\s(?:\w{1,10}\s){0,2}(?:poprzedni|wcześniejsz|powyższ)\w{0,3}\s(?:instrukcj|poleceni)"
    r"|(?:игнорируй|забудь|проигнорируй)(?:те)?\s(?:\w{1,7}\s){0,2}(?:предыдущи|прежни)\w{0,2}\s(?:инструкци|указани)"
    r"|(?:忽略|无视|無視|忘记)(?:\w{0,3})(?:之前|以上|前面|先前|上述|所有)\w{0,5}(?:指令|指示|说明|提示)"
    r"|(?:以前|これまで|上記|前)の\w{0,5}(?:指示|命令)を\w{0,3}無視"
    r"|(?:이전|위의|앞의)\s?\w{0,4}\s?(?:지시|명령|지침)\w{0,3}\s?(?:\w{1,4}\s)?무시",
    re.IGNORECASE,
)
_APART = re.compile(r"(?<!\w)\w(?:[ .*_-]\w){9,200}(?!\w)")
_APART_GATES = tuple(
    sign.join(word) for word in ("ignor", "disre") for sign in (" ", ".", "-", "_", "*")
)
_JOINED = re.compile(
    r"(?i)(?:ignore|disregard).{0,12}(?:previous|prior|above|all|your).{0,12}(?:instruction|prompt)"
)
_TURN = re.compile(
    r"<\|(?:im_start|im_end|start_header_id|eot_id|system|user|assistant|begin_of_text|end_of_turn)\|>"
    r"|<</?SYS>>|\[/?INST\]|<(?:start|end)_of_turn>",
    re.IGNORECASE,
)  # fmt: skip
# Words are looked for before patterns are: an order needs one of each list.
_BY_WORDS: tuple[tuple[re.Pattern[str], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        _OVERRIDES,
        ("ignore", "disregard", "forget", "override", "bypass"),
        ("instruction", "prompt", "guideline", "directive", "above", "before this", "previously"),
    ),
    (_REVEALS, ("system prompt", "systemprompt"), ("reveal", "print", "repeat", "put", "show", "leak", "disclose")),
    (
        _ADDRESSES,
        ("to ", "for "),
        (" ai ", " ai:", " ai,", " llm", "language model", "classifier", "chatbot", "chat bot"),
    ),
)  # fmt: skip
_VERBS_ELSEWHERE = (
    "ignorier", "vergiss", "missachte", "oublie", "ignorez", "ignora", "olvida", "ignore", "esqueça", "dimentica",
    "negeer", "ignoruj", "игнорируй", "забудь", "忽略", "无视", "無視", "忘记", "무시",
)  # fmt: skip
_MATTERS_ELSEWHERE = (
    "anweisung", "instruktion", "vorgabe", "consigne", "instructions ", "instruccion", "instruções", "istruzion",
    "instructies", "instrukcj", "poleceni", "инструкци", "указани", "指令", "指示", "说明", "提示", "命令",
    "지시", "명령", "지침",
)  # fmt: skip
_WHATEVER = (" regardless", " no matter", " whatever")
_REACH = 80
_TURNS = ("<|", "<<sys", "[inst", "[/inst", "_of_turn>")


def orders(text: str) -> Iterator[re.Match[str]]:
    """Where a text orders a model about, the first place of each kind."""
    low = text.lower()
    for pattern, verbs, matters in _BY_WORDS:
        if _has(low, matters) and _has(low, verbs) and (found := pattern.search(text)):
            yield found
    for word in _WHATEVER:
        if found := _before(low, word):
            yield found
            break
    if _has(low, _VERBS_ELSEWHERE) and _has(low, _MATTERS_ELSEWHERE):
        if found := _ELSEWHERE.search(text):
            yield found
    for found in _APART.finditer(text) if _has(low, _APART_GATES) else ():
        if _JOINED.search(re.sub(r"[ .*_-]", "", found.group())):
            yield found
            return


def _before(low: str, word: str) -> re.Match[str] | None:
    """An order to give a label, up to each place of the word that it ends with."""
    at = low.find(word)
    while at >= 0:
        if found := _LABELS.search(low[max(0, at - _REACH) : at + len(word) + 1]):
            return found
        at = low.find(word, at + 1)
    return None


def may_turn(text: str) -> bool:
    """Whether a text in lower case may hold a mark of a turn."""
    return _has(text, _TURNS) and _TURN.search(text) is not None


def turn(text: str) -> re.Match[str] | None:
    """The first mark with which a chat template begins or ends somebody's turn, in no template itself."""
    if not _has(text.lower(), _TURNS) or "{%" in text or "{{" in text:
        return None
    return _TURN.search(text)


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)
