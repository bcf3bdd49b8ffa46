"""What is read out of a PDF's objects: signature fields, the attached data, the claimed signing time.

Runs inside `verify.sandbox` only, since a hostile file can make any parser spin, swell or raise.
"""

from __future__ import annotations

import base64
import io
import json
import re
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, read_object

from schemas.pdf_profile import ATTACHMENT_NAME, SignatureField
from schemas.transcript.model import MAX_BYTES

_MAX_NODES = 64
_LONG_HEXADECIMAL = re.compile(rb"<[0-9A-Fa-f]{256,}>")
_SIGNING_ORDER = (SignatureField.HOMEROOM, SignatureField.PRINCIPAL, SignatureField.SEAL)
_TIME = re.compile(r"D:([0-9]{14})(?:Z|\+00'00'?)")


def extract(pdf: bytes) -> str:
    """Return, as JSON, `fields` (names of ours), `data` (base64 or null) and `claimed` (/M of the last of ours).

    Raises:
        Exception: whatever the parser raises; the caller treats each as unreadable.
    """
    reader = PdfReader(io.BytesIO(pdf), strict=False)
    # The bytes too: a reader that finds no trailer it likes searches for objects, and then knows of no password.
    if reader.is_encrypted or b"/Encrypt" in pdf:
        raise ValueError("encrypted")
    root = reader.root_object
    fields = [field for field in _fields(root) if field.get("/FT") == "/Sig"]
    ours = {str(field.get("/T")): field for field in fields if field.get("/T") in tuple(SignatureField)}
    data = _attachment(root)
    signed = [field for name in _SIGNING_ORDER if "/V" in (field := ours.get(name, DictionaryObject()))]
    last = signed[-1] if signed else None
    return json.dumps(
        {
            "fields": sorted(ours),
            "data": None if data is None else base64.b64encode(data).decode("ascii"),
            "claimed": None if last is None else _claimed_time(_signature(last, reader, pdf)),
            "pages": len(reader.pages),
        }
    )


def _fields(root: DictionaryObject) -> list[DictionaryObject]:
    form = _resolved(root.get("/AcroForm"))
    fields = _resolved(form.get("/Fields")) if isinstance(form, DictionaryObject) else None
    found = [_resolved(field) for field in fields[:_MAX_NODES]] if isinstance(fields, ArrayObject) else []
    return [field for field in found if isinstance(field, DictionaryObject)]


def _attachment(root: DictionaryObject) -> bytes | None:
    names = _resolved(root.get("/Names"))
    tree = _resolved(names.get("/EmbeddedFiles")) if isinstance(names, DictionaryObject) else None
    nodes = [tree] if isinstance(tree, DictionaryObject) else []
    found: list[bytes] = []
    for node in nodes:  # grows while it is walked
        if len(nodes) > _MAX_NODES:
            raise ValueError("name tree too large")
        kids = _resolved(node.get("/Kids"))
        nodes += [_resolved(kid) for kid in kids] if isinstance(kids, ArrayObject) else []
        pairs = _resolved(node.get("/Names"))
        for name, value in (
            zip(pairs[::2], pairs[1::2], strict=False) if isinstance(pairs, ArrayObject) else ()
        ):
            if _resolved(name) == ATTACHMENT_NAME:
                found.append(_file_data(_resolved(value)))
    if len(found) > 1:
        raise ValueError("two attachments of one name")
    return found[0] if found else None


def _file_data(specification: Any) -> bytes:
    embedded = _resolved(specification["/EF"])
    data: bytes = _resolved(embedded["/F"]).get_data()
    if len(data) > MAX_BYTES:
        raise ValueError("attachment too large")
    return data


def _signature(field: DictionaryObject, reader: PdfReader, pdf: bytes) -> Any:
    """Return /V of a field, without a long /Contents: pypdf takes 10 ms for 16 KiB of hexadecimal."""
    reference = field.raw_get("/V") if "/V" in field else None
    if isinstance(reference, IndirectObject):
        start = reader.xref.get(reference.generation, {}).get(reference.idnum, len(pdf))
        end = pdf.find(b"endobj", start)
        written = _LONG_HEXADECIMAL.sub(b"<>", pdf[start:end]) if end >= 0 else b""
        header = f"{reference.idnum} {reference.generation} obj".encode("ascii")
        if written.startswith(header):
            return read_object(io.BytesIO(written.removeprefix(header).lstrip()), reader)
    return _resolved(reference)


def _claimed_time(signature: Any) -> str | None:
    match = _TIME.fullmatch(str(signature.get("/M"))) if isinstance(signature, DictionaryObject) else None
    return match.group(1) if match else None


def _resolved(value: Any) -> Any:
    return value.get_object() if value is not None else None
