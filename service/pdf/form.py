"""A form: a page that typst set once, filled for each student of its shape in a fraction of the time (ADR 7).

Typst sets the page twice with marks in place of the fields; the fonts get every glyph that may come. From the two
files the form learns what each object says and where each word stands. A filled page has the words, places, tags and
standards of the page that typst would have set: the tests compare them.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from html import escape
from itertools import product
from typing import Final

import pikepdf

from service.pdf.fields import Lines
from service.pdf.file_writer import FileWriter, file_writer, stream_object
from service.pdf.form_text import Content, PageText, Split, learn_text, utf16, utf16_parts
from service.pdf.glyphs import face_of, glyphs_of
from service.pdf.page import Page

_WIDER: Final = "ŵ"
MARK_LETTERS: Final = "āąćċčďēėęěģīįķļń" + _WIDER
"""Letters that no Vietnamese word has: three mark a field, and the last makes a mark wider."""
_MARK: Final = re.compile(f"([{MARK_LETTERS[:-1]}]{{3}}){_WIDER}?")
_IDENTIFIER: Final = re.compile(r"(?<=ID>)[A-Za-z0-9+/]{22}==")
_MADE_ANEW: Final = ("/Filter", "/DecodeParms", "/Length")


@dataclass(frozen=True, slots=True)
class _Patched:
    """An object in which fields stand outside the page: in a title, in a description, in the metadata."""

    number: int
    parts: tuple[bytes | int, ...]
    spelling: Callable[[str], bytes]
    stream: bytes | None = None

    def filled(self, values: Sequence[str]) -> bytes:
        content = b"".join(
            part if isinstance(part, bytes) else self.spelling(values[part]) for part in self.parts
        )
        return content if self.stream is None else stream_object(self.stream, content, compress=False)


@dataclass(frozen=True, slots=True)
class Form:
    """What `learn` found; `fill` only puts bytes together."""

    writer: FileWriter
    contents: Mapping[int, PageText]
    patched: tuple[_Patched, ...]
    attachment: tuple[int, bytes]
    picture: tuple[int, bytes]

    def fill(self, page: Page, pixels: bytes) -> bytes:
        """Return the PDF of a page of this form's shape; `pixels` are those of its QR.

        A character outside the form's faces is a KeyError or a UnicodeEncodeError.
        """
        identifier = base64.b64encode(sha256(page.data).digest()[:16]).decode("ascii")
        values = [*_lines(page), identifier]
        objects = [
            (number, stream_object(b"", text.filled(values))) for number, text in self.contents.items()
        ]
        objects += [(each.number, each.filled(values)) for each in self.patched]
        number, entries = self.attachment
        objects.append((number, stream_object(entries % len(page.data), page.data)))
        number, entries = self.picture
        objects.append((number, stream_object(entries, pixels)))
        return self.writer.file(objects, identifier.encode("ascii"))


def marked(page: Page, *, wide: bool) -> Page:
    """Return the page with a mark in place of each line of its fields, the wide ones a letter longer."""
    letters, end = product(MARK_LETTERS[:-1], repeat=3), _WIDER if wide else ""
    fields: dict[str, Lines] = {
        name: tuple("".join(next(letters)) + end for _ in lines) for name, lines in page.fields.items()
    }
    return replace(page, fields=fields)


def learn(narrow: bytes, wide: bytes, page: Page) -> Form:
    """Learn the form from its page set with narrow and with wide marks, and with its signature fields.

    Raises:
        FormError: the two files differ in what cannot be filled.
    """
    marks, wider = _lines(marked(page, wide=False)), _lines(marked(page, wide=True))
    numbers = {mark: number for number, mark in enumerate(marks)}

    def split(text: str) -> tuple[str | int, ...]:
        return tuple(numbers[part] if at % 2 else part for at, part in enumerate(_MARK.split(text)) if part)

    with pikepdf.open(io.BytesIO(narrow)) as first, pikepdf.open(io.BytesIO(wide)) as second:
        pairs = zip(_contents(first), _contents(second), strict=True)
        contents = {number: learn_text(one, two, split, (marks, wider)) for (number, one), (_, two) in pairs}
        return _form(first, contents, split, len(marks))


def _lines(page: Page) -> list[str]:
    return [line for lines in page.fields.values() for line in lines]


def _contents(pdf: pikepdf.Pdf) -> Iterator[tuple[int, Content]]:
    """Give the content of each page with its number."""
    glyphs = glyphs_of(pdf)
    for page in (each.obj for each in pdf.pages):
        fonts = {name[1:]: glyphs[face_of(font)] for name, font in page.Resources.Font.items()}
        yield page.Contents.objgen[0], (page.Contents.read_bytes(), fonts)


def _form(pdf: pikepdf.Pdf, contents: Mapping[int, PageText], split: Split, identifier: int) -> Form:
    """Sort the objects: those that say the same in every file go to its head."""
    constant, patched = list[tuple[int, bytes]](), list[_Patched]()
    attachments, pictures = list[tuple[int, bytes]](), list[tuple[int, bytes]]()
    for each in pdf.objects:
        number = each.objgen[0]
        if number in contents:
            continue
        if not isinstance(each, pikepdf.Stream):
            content = each.unparse(resolved=True)
            parts = utf16_parts(content, split)
            if any(isinstance(part, int) for part in parts):
                patched.append(_Patched(number, parts, utf16))
            else:
                constant.append((number, content))
        elif each.get("/Type") == "/Metadata":
            parts = _xml_parts(each.read_bytes().decode("utf-8"), split, identifier)
            patched.append(_Patched(number, parts, _xml, _entries(each)))
        elif each.get("/Type") == "/EmbeddedFile":
            each.Params.Size = 0
            attachments.append((number, _entries(each).replace(b"/Size 0", b"/Size %d")))
        elif each.get("/Subtype") == "/Image":
            pictures.append((number, _entries(each)))
        else:
            constant.append((number, _constant_stream(each)))
    (attachment,), (picture,) = attachments, pictures
    writer = file_writer(
        constant, size=len(pdf.objects) + 1, root=pdf.Root.objgen[0], info=pdf.trailer.Info.objgen[0]
    )
    return Form(writer, contents, tuple(patched), attachment, picture)


def _entries(stream: pikepdf.Stream) -> bytes:
    """Return the dictionary of a stream that will be made anew, without its brackets."""
    entries = pikepdf.Dictionary(
        {key: value for key, value in stream.stream_dict.items() if key not in _MADE_ANEW}
    )
    return entries.unparse(resolved=True)[2:-2].strip()


def _constant_stream(stream: pikepdf.Stream) -> bytes:
    return (
        stream.stream_dict.unparse(resolved=True) + b"\nstream\n" + stream.read_raw_bytes() + b"\nendstream"
    )


def _xml_parts(metadata: str, split: Split, identifier: int) -> tuple[bytes | int, ...]:
    parts = list[bytes | int]()
    # Both identifiers of the document, and those of its history.
    for text in _IDENTIFIER.split(metadata):
        parts += [part if isinstance(part, int) else part.encode("utf-8") for part in split(text)]
        parts.append(identifier)
    return tuple(parts[:-1])


def _xml(text: str) -> bytes:
    return escape(text, quote=False).encode("utf-8")
