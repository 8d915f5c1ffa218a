"""A page of styled text for the terminal: paragraphs wrapped behind an indentation, code lines cut.

The only module that knows rich.
"""

from __future__ import annotations

import io
import re

from rich.console import Console
from rich.text import Text

from whence.reports.escape import visible
from whence.reports.prose import Code, blocks, pieces

NARROWEST, WIDEST = 30, 120

_BOLD = re.compile(r"\*\*(?=[^\s*])([^*]*[^\s*])\*\*")
_LIST_MARK = re.compile(r"^ *(?:[-*+]|\d{1,9}[.)]) +(?=\S)")


def words(*parts: str | tuple[str, str], style: str = "") -> Text:
    """Text of unknown origin made visible, each part with its own style if it is a pair."""
    text = Text(style=style)
    for part in parts:
        text.append(visible(part)) if isinstance(part, str) else text.append(
            visible(part[0]), part[1]
        )
    return text


def rule_words(line: str, style: str = "") -> Text:
    """A line of a rule's own text, with its inline code and bold words styled."""
    text = Text(style=style)
    for piece in pieces(visible(line)):
        if piece.code:
            text.append(f"`{piece.text}`", "cyan")
            continue
        for at, part in enumerate(_BOLD.split(piece.text)):
            text.append(part, "bold" if at % 2 else "")
    return text


class TextPage:
    """Collects paragraphs; `text` gives them wrapped to the width, with or without colours."""

    def __init__(self, *, color: bool, width: int) -> None:
        self.width = max(NARROWEST, min(width, WIDEST))
        self._lines: list[Text] = []
        self._console = Console(
            file=io.StringIO(),
            width=self.width,
            force_terminal=color,
            color_system="standard" if color else None,
            no_color=not color,
            legacy_windows=False,
        )

    def add(self, text: Text, indent: int = 0, label: Text | None = None) -> None:
        """A paragraph. `label` stands in the indentation of its first line."""
        lead = label.copy() if label else Text()
        lead.append(" " * max(indent - lead.cell_len, 0))
        if not text.plain:
            self._lines.append(lead)
            return
        for line in text.wrap(self._console, max(self.width - lead.cell_len, 10), overflow="fold"):
            line.rstrip()
            self._lines.append(lead + line)
            lead = Text(" " * indent)

    def code(self, text: Text, indent: int = 0, label: Text | None = None) -> None:
        """A line that is cut at the edge, not wrapped."""
        text = text.copy()
        text.truncate(max(self.width - indent, 8), overflow="ellipsis")
        lead = label.copy() if label else Text()
        lead.append(" " * max(indent - lead.cell_len, 0))
        self._lines.append(lead + text)

    def rule_text(
        self, markdown: str, indent: int, label: Text | None = None, style: str = ""
    ) -> None:
        """A rule's Markdown: paragraphs, lists and code."""
        for block in blocks(markdown):
            if isinstance(block, Code):
                for line in block.lines:
                    self.code(Text(line, "green"), indent + 2)
            elif block.text.strip():
                mark = _LIST_MARK.match(block.text)
                hang = len(mark[0]) if mark else 0
                lead = label or Text()
                if mark:
                    lead = lead + Text(" " * (indent - lead.cell_len) + mark[0])
                shown = rule_words(block.text[hang:].strip(), style)
                self.add(shown, indent + hang, lead if lead.plain else None)
            else:
                self.gap()
            label = None

    def gap(self) -> None:
        """One empty line; two in a row are one."""
        if self._lines and self._lines[-1].plain:
            self._lines.append(Text())

    def text(self) -> str:
        """All lines. None ends with a space."""
        for line in self._lines:
            line.rstrip()
        self._console.print(Text("\n").join(self._lines), soft_wrap=True, highlight=False)
        stream = self._console.file
        assert isinstance(stream, io.StringIO)
        return stream.getvalue().rstrip("\n") + "\n"
