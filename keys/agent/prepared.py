"""What is about to be signed, checked without believing the server: bytes, digest, signed attributes, whose document.

The agent finds the gap itself, hashes everything around it, builds the signed attributes from its own token's
certificate and signs these. What the server says of them is compared and never used.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from keys.agent.refusals import AgentError, printable
from keys.pdf_reader import PDFFile, PDFReadError, reference
from schemas.cms import format_signed_attributes

MAX_DATA_BYTES = 4_000_000
_BYTE_RANGE = re.compile(rb"/ByteRange \[0 ([0-9]{1,10}) ([0-9]{1,10}) ([0-9]{1,10}) *\]")


@dataclass(frozen=True, slots=True)
class Listed:
    """A document as the list says it is, which the person was shown."""

    document: str
    field: str
    school_year: str
    class_name: str
    student_code: str
    full_name: str


@dataclass(frozen=True, slots=True)
class Item:
    """What the server hands out to be signed, and says about it."""

    document: str
    item: str
    field: str
    algorithm: str
    certificate: str
    """SHA-256 of the certificate in hexadecimal."""
    signed_attributes: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """What the agent found out itself, and will sign."""

    signed_attributes: bytes
    document_digest: str
    """SHA-256 of the bytes around the gap, in hexadecimal."""


def check_prepared(
    pdf: bytes, item: Item, listed: Listed, *, school: str, certificate: bytes, before: str | None
) -> Checked:
    """Check a prepared file against what the person was shown, and return what to sign.

    Args:
        pdf: the file as the server gave it.
        item: what the server says of it.
        listed: the document in the list that the person saw.
        school: the code of the school that the agent was paired with.
        certificate: DER, from the token.
        before: the digest that was signed in the principal's round, where it was signed here.

    Raises:
        AgentError: `agent-file-malformed`, `agent-digest-differs`, `agent-other-document`, `agent-seal-over-other`.
    """
    ranges = [_covered(pdf, match) for match in _BYTE_RANGE.finditer(pdf)]
    if not ranges or ranges[-1].end != len(pdf) or not ranges[-1].is_empty:
        raise _malformed(listed)
    digest = ranges[-1].digest
    attributes = format_signed_attributes(certificate, digest)
    if attributes != item.signed_attributes or sha256(attributes).hexdigest() != item.item:
        raise AgentError(
            "agent-digest-differs",
            f"Tệp của {listed.full_name} không phải tệp mà máy chủ bảo ký: mã băm khác nhau. Không ký. "
            "Hãy báo ngay quản trị viên và Sở.",
            f"The file of {listed.full_name} is not what the server wants signed: the digests differ. Not signed. "
            "Tell the operator and the department at once.",
        )
    _check_whose(pdf, listed, school)
    if before is not None and before not in {one.digest.hex() for one in ranges[:-1]}:
        raise AgentError(
            "agent-seal-over-other",
            f"Con dấu cho {listed.full_name} không đóng lên bản mà hiệu trưởng vừa ký ở máy này. Không ký. "
            "Hãy báo ngay quản trị viên và Sở.",
            f"The seal for {listed.full_name} would not be set on what the principal signed here. Not signed. "
            "Tell the operator and the department at once.",
        )
    return Checked(attributes, digest.hex())


@dataclass(frozen=True, slots=True)
class _Covered:
    digest: bytes
    end: int
    is_empty: bool
    """Whether the gap holds nothing but room for the signature."""


def _covered(pdf: bytes, match: re.Match[bytes]) -> _Covered:
    before, after, length = (int(one) for one in match.groups())
    gap = pdf[before:after]
    digest = sha256(pdf[:before])
    digest.update(pdf[after : after + length])
    is_empty = len(gap) > 2 and gap[:1] == b"<" and gap[-1:] == b">" and not gap[1:-1].strip(b"0")
    return _Covered(digest.digest(), after + length, is_empty)


def _check_whose(pdf: bytes, listed: Listed, school: str) -> None:
    try:
        said = attached_data(pdf)
        learner: Mapping[str, Any] = said["learner"]
        found = tuple(
            printable(one) for one in (learner["full_name"], learner["student_code"], said["issuer"]["code"])
        )
    except (PDFReadError, KeyError, ValueError, TypeError, zlib.error, RecursionError) as error:
        raise _malformed(listed) from error
    if found != (listed.full_name, listed.student_code, school):
        raise AgentError(
            "agent-other-document",
            f"Danh sách ghi {listed.full_name} ({listed.student_code}) nhưng tệp là học bạ của người khác hoặc trường "
            "khác. Không ký. Hãy báo ngay quản trị viên và Sở.",
            f"The list says {listed.full_name} ({listed.student_code}), but the file is somebody else's transcript or "
            "another school's. Not signed. Tell the operator and the department at once.",
        )


def attached_data(pdf: bytes) -> Any:
    """Return the transcript's data that are attached to a file.

    Raises:
        PDFReadError, KeyError, ValueError, zlib.error: there are none that can be read.
    """
    file = PDFFile(pdf)
    names = file.dictionary(file.dictionary(file.trailer[b"/Root"])[b"/Names"])
    files = file.elements(file.dictionary(names[b"/EmbeddedFiles"])[b"/Names"])
    if len(files) != 2:
        raise PDFReadError("not one attachment")
    number = reference(file.dictionary(file.dictionary(files[1])[b"/EF"])[b"/F"])
    stream = file.stream(number) if number is not None else None
    if stream is None:
        raise PDFReadError("the attachment is no stream")
    entries, content = stream
    filters = re.findall(rb"/[A-Za-z0-9]+", entries.get(b"/Filter", b""))
    if filters and filters[0] == b"/ASCIIHexDecode":
        content = bytes.fromhex(content.partition(b">")[0].decode("ascii"))
        filters = filters[1:]
    if filters == [b"/FlateDecode"]:
        content = zlib.decompressobj().decompress(content, MAX_DATA_BYTES)
    elif filters:
        raise PDFReadError("the attachment is packed in another way")
    return json.loads(content)


def _malformed(listed: Listed) -> AgentError:
    return AgentError(
        "agent-file-malformed",
        f"Tệp của {listed.full_name} không đúng dạng một học bạ chờ ký. Không ký. Hãy báo quản trị viên.",
        f"The file of {listed.full_name} does not have the form of a transcript that waits for its signature. "
        "Not signed. Tell the operator.",
    )
