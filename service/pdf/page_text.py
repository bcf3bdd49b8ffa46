"""The words that a page shows, in the order in which it shows them.

Reads what our pages use: composite fonts (Identity-H) with a ToUnicode map, shown by Tj and TJ. Whatever else a page
may hold comes out as other words than expected, never as the expected ones. Puts no spaces where the page has none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from pypdf import PageObject

_TOKEN: Final = re.compile(
    rb"\(|<([0-9A-Fa-f\s]*)>(?!>)|>>|\[|T[jJ](?![A-Za-z])|/([^\s/<>\[\]()]+)\s+[-.0-9]+\s+Tf"
)
_STRING: Final = re.compile(rb"\(|<([0-9A-Fa-f]*)>")
_NO_PARENTHESIS: Final = re.compile(rb"[^\\()]*(?:\\.[^\\()]*)*", re.DOTALL)
_MAPPED: Final = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>")


class _Glyphs(dict[int, str]):
    """From glyph to text, for `str.translate`; what the font does not name is no letter."""

    def __missing__(self, glyph: int) -> str:
        return "\ufffd"


def page_text(page: PageObject) -> str:
    """Return the text that the page's content shows.

    Raises:
        ValueError, KeyError, AttributeError: the content is not written as that of our pages.
    """
    resources: Any = page["/Resources"]
    fonts = {str(name)[1:].encode(): _glyphs(font.get_object()) for name, font in resources["/Font"].items()}
    contents = page.get_contents()
    content = b"" if contents is None else contents.get_data()
    glyphs, strings, shown, position = _Glyphs(), list[bytes](), list[str](), 0
    while token := _TOKEN.search(content, position):
        position = token.end()
        match token[0][:1], token[1], token[2]:
            case b"(", _, _:
                position = _end_of_literal(content, token.start())
                strings.append(_unescaped(content[token.start() + 1 : position - 1]))
            case b"<", digits, _:
                strings.append(bytes.fromhex(digits.decode("ascii")))
            case b"T", _, _:
                shown.extend(string.decode("utf-16-be").translate(glyphs) for string in strings)
                strings.clear()
            case b"/", _, name:
                glyphs = fonts[name]
            case _:
                # A string before this belongs to a property list or to another operator.
                strings.clear()
    return "".join(shown)


@lru_cache(maxsize=64)  # the fonts of a form are in each of its documents
def glyph_texts(table: bytes) -> Mapping[int, str]:
    """Return what each glyph of a ToUnicode map says.

    Raises:
        ValueError: the map has ranges, which ours have not.
    """
    if b"beginbfrange" in table:
        raise ValueError("ranges in a ToUnicode map")
    _, _, pairs = table.partition(b"endcodespacerange")
    return {
        int(glyph, 16): bytes.fromhex(text.decode("ascii")).decode("utf-16-be")
        for glyph, text in _MAPPED.findall(pairs)
    }


def _glyphs(font: Any) -> _Glyphs:
    if font["/Encoding"] != "/Identity-H":
        raise ValueError("not a composite font")
    return _Glyphs(glyph_texts(font["/ToUnicode"].get_object().get_data()))


def _end_of_literal(content: bytes, start: int) -> int:
    """Return the position after the literal string that begins at `start`; balanced parentheses need no escape."""
    depth, position = 0, start
    while True:
        depth += {b"(": 1, b")": -1}[content[position : position + 1]]
        position += 1
        if depth == 0:
            return position
        run = _NO_PARENTHESIS.match(content, position)
        position = position if run is None else run.end()


def shown_glyphs(operand: bytes) -> bytes:
    """Return the bytes of all strings, literal and hexadecimal, in the operand of Tj or TJ."""
    glyphs, position = b"", 0
    while string := _STRING.search(operand, position):
        position = string.end()
        if string[1] is None:
            position = _end_of_literal(operand, string.start())
            glyphs += _unescaped(operand[string.start() + 1 : position - 1])
        else:
            glyphs += bytes.fromhex(string[1].decode("ascii"))
    return glyphs


def _unescaped(literal: bytes) -> bytes:
    # Python's escapes are PDF's, parentheses apart.
    plain = literal.replace(rb"\\", rb"\134").replace(rb"\(", b"(").replace(rb"\)", b")")
    return plain.decode("unicode_escape").encode("latin-1")
