"""Signing a PDF in two halves, so that the key may be elsewhere: prepare(certificate) → sign → complete(value).

`prepare_signature` writes the revision with room for the CMS and says what is to be signed; the service stores
the result (`PreparedSignature.to_bytes`) and fsyncs it before a digest leaves. `complete_signature` fills the
room. Fields are not made here, and neither time stamps nor the record's proof are asked for: they are handed in.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import UTC, datetime
from typing import Self, cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.appearance import Appearance, place_appearance
from keys.cms import build_signed_attributes, build_signed_data
from keys.pdf_reader import Dictionary, PDFFile, PDFReadError, reference
from keys.pdf_revision import Revision, format_dictionary
from keys.pdf_validation_data import place_validation_data
from keys.signer import KeysError, SignatureAlgorithm, check_algorithm_fits, check_signature
from schemas import cbor
from schemas.cbor import CBORValue
from schemas.cms import format_cms, parse_cms
from schemas.errors import SchemaError
from schemas.pdf_profile import (
    PROOF_ROOM_BYTES,
    SIGNATURE_HANDLER,
    SUB_FILTER,
    SignatureField,
    reserved_bytes,
)
from schemas.validation_data import NOTHING, ValidationData

ByteRange = tuple[int, int, int, int]

_STORED_VERSION = 1
_BYTE_RANGE = re.compile(rb"/ByteRange \[0 ([0-9]{1,10}) ([0-9]{1,10}) [0-9]{1,10}\]")
_BYTE_RANGE_ROOM = b"[0".ljust(40) + b"]"
"""Written before the numbers are known: the brackets, four numbers of up to ten digits, spaces."""


@dataclass(frozen=True, slots=True)
class PreparedSignature:
    """A revision that waits for its signature value, and everything needed to finish it.

    `pdf` is never rendered again once `digest` has left the service.
    """

    field: str
    pdf: bytes
    byte_range: ByteRange
    algorithm: SignatureAlgorithm
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    document_digest: bytes = dataclass_field(init=False)
    """SHA-256 of the bytes that `byte_range` covers; for the seal, the `pdf` of the log entry."""
    signed_attributes_der: bytes = dataclass_field(init=False)
    """What `Signer.sign` takes."""

    def __post_init__(self) -> None:
        start, before, after, length = self.byte_range
        covered = memoryview(self.pdf)
        document_digest = hashlib.sha256(covered[start:before])
        document_digest.update(covered[after : after + length])
        object.__setattr__(self, "document_digest", document_digest.digest())
        object.__setattr__(
            self, "signed_attributes_der", build_signed_attributes(self.certificate, self.document_digest)
        )

    @property
    def digest(self) -> bytes:
        """SHA-256 of the signed attributes, for a remote signer that takes no more than a digest."""
        return hashlib.sha256(self.signed_attributes_der).digest()

    @property
    def room(self) -> int:
        """Bytes reserved for the CMS."""
        _, before, after, _ = self.byte_range
        return (after - before - 2) // 2

    @property
    def is_stamped(self) -> bool:
        """Whether its room says that a time stamp belongs into it."""
        return self.field in tuple(SignatureField) and self.room == reserved_bytes(
            SignatureField(self.field), stamped=True
        )

    @property
    def id(self) -> str:
        """The digest in hexadecimal: it names this one act of signing and nothing else."""
        return self.digest.hex()

    def to_bytes(self) -> bytes:
        """Return the bytes to store before a digest leaves; `from_bytes` resumes from them after a crash."""
        certificates: CBORValue = [
            each.public_bytes(Encoding.DER) for each in (self.certificate, *self.chain)
        ]
        byte_range: CBORValue = list(self.byte_range)
        return cbor.encode(
            [
                _STORED_VERSION,
                self.id,
                str(self.field),
                byte_range,
                self.algorithm.value,
                certificates,
                self.pdf,
            ]
        )

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises:
            KeysError: `prepared-damaged`; nobody may sign from these bytes.
        """
        try:
            match cbor.decode(stored, "prepared", max_bytes=len(stored)):
                case [
                    1,
                    str(stored_id),
                    str(field),
                    [0, int(b), int(c), int(d)],
                    str(algorithm),
                    list(ders),
                    bytes(pdf),
                ]:
                    signer, *chain = (x509.load_der_x509_certificate(cast("bytes", der)) for der in ders)
                    prepared = cls(
                        field, pdf, (0, b, c, d), SignatureAlgorithm(algorithm), signer, tuple(chain)
                    )
                case _:
                    raise _damaged()
        except (SchemaError, ValueError, TypeError) as error:
            raise _damaged() from error
        if prepared.id != stored_id:
            raise _damaged()
        return prepared


def prepare_signature(  # noqa: PLR0913 - what a signature consists of
    pdf: bytes,
    *,
    field: str,
    signer_certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    algorithm: SignatureAlgorithm,
    reserved: int,
    appearance: Appearance | None,
    lock: bool,
    claimed_time: datetime,
    evidence: ValidationData = NOTHING,
) -> PreparedSignature:
    """Append the revision that fills the existing, empty signature field `field`, with zeros for the CMS.

    Args:
        pdf: the file so far, of our own renderer: ending with a newline, with a classical cross-reference table.
        field: name of the field; its widget gives the place on the page.
        signer_certificate: bound into what is signed, hence known before anything is hashed.
        chain: the intermediates, the anchor left out.
        algorithm: must fit the certificate's key.
        reserved: bytes kept for the CMS (`schemas.pdf_profile.reserved_bytes`).
        appearance: the visible panel, or None for an invisible field.
        lock: for the seal: lock all fields and permit no change whatever.
        claimed_time: written as /M, a claim by the signer's clock.
        evidence: that no certificate was revoked, checked by the caller; it is among the signed bytes.

    Raises:
        KeysError: `pdf-unsignable`, `key-unsuitable`, `appearance-unreadable`.
    """
    check_algorithm_fits(signer_certificate, algorithm)
    if not pdf.endswith(b"\n"):
        raise _unsignable("the file does not end with a newline")
    try:
        revision, byte_range = _write_revision(
            pdf, field, reserved, appearance, lock=lock, claimed_time=claimed_time, evidence=evidence
        )
    except (PDFReadError, KeyError, ValueError) as error:
        raise _unsignable(str(error)) from error
    return PreparedSignature(field, pdf + revision, byte_range, algorithm, signer_certificate, tuple(chain))


def complete_signature(
    prepared: PreparedSignature, signature: bytes, time_stamp: bytes | None = None
) -> bytes:
    """Return the signed PDF. The same inputs give the same bytes: a crash is repaired by calling again.

    Args:
        prepared: the revision.
        signature: the value, by the key of its certificate.
        time_stamp: DER of an RFC 3161 token over the value, checked by the caller; where the room is made for one.

    Raises:
        KeysError: `signature-not-by-certificate`, `cms-too-large`.
        ValueError: the room says that a time stamp belongs here and there is none, or the other way round.
    """
    if prepared.is_stamped is (time_stamp is None):
        raise ValueError("the room and the time stamp do not go together")
    check_signature(prepared.certificate, prepared.algorithm, signature, prepared.signed_attributes_der)
    cms = build_signed_data(
        certificate=prepared.certificate,
        chain=prepared.chain,
        algorithm=prepared.algorithm,
        document_digest=prepared.document_digest,
        signature=signature,
        time_stamp=time_stamp,
    )
    _, before, after, _ = prepared.byte_range
    # What could not take its proof later is refused now, before anything is on record.
    room = prepared.room - (PROOF_ROOM_BYTES if prepared.field == SignatureField.SEAL else 0)
    if len(cms) > room:
        raise KeysError(
            "cms-too-large",
            f"Chữ ký và chứng thư cần {len(cms)} byte nhưng tệp chỉ dành {room} byte. "
            "Hãy bỏ bớt chứng thư thừa trong kho khoá.",
            f"The signature and its certificates need {len(cms)} bytes, but {room} are reserved. "
            "Take needless certificates out of the key store.",
        )
    return _with_contents(prepared.pdf, before, after, cms)


def add_proof(pdf: bytes, proof: bytes) -> bytes:
    """Put the inclusion proof into the CMS of the last signature, the seal's; no byte outside its gap changes.

    The same inputs give the same bytes: a crash is repaired by calling again.

    Raises:
        KeysError: `proof-too-large`; `pdf-unsignable` where the file is not as `complete_signature` left it.
    """
    written = pdf.rfind(b"/ByteRange")
    match = _BYTE_RANGE.match(pdf, written) if written >= 0 else None
    if match is None:
        raise _unsignable("no signature")
    before, after = int(match[1]), int(match[2])
    digits = after - before - 2
    try:
        cms = parse_cms(_without_padding(bytes.fromhex(pdf[before + 1 : after - 1].decode("ascii"))))
    except (SchemaError, ValueError, IndexError) as error:
        raise _unsignable("what stands in the gap is no signature of ours") from error
    proven = format_cms(replace(cms, proof=proof))
    if 2 * len(proven) > digits:
        raise KeysError(
            "proof-too-large",
            f"Con dấu kèm bằng chứng ghi sổ cần {len(proven)} byte nhưng tệp chỉ dành {digits // 2} byte. "
            "Học bạ đã ghi sổ nhưng chưa phát hành; hãy báo quản trị viên.",
            f"The seal with its proof needs {len(proven)} bytes, but {digits // 2} are reserved. The transcript is "
            "recorded and not released; tell the operator.",
        )
    return _with_contents(pdf, before, after, proven)


def _with_contents(pdf: bytes, before: int, after: int, cms: bytes) -> bytes:
    contents = cms.hex().encode("ascii").ljust(after - before - 2, b"0")
    return b"".join((pdf[: before + 1], contents, pdf[after - 1 :]))


def _without_padding(contents: bytes) -> bytes:
    """Cut a DER element out of what may follow it; a long form of length is certain at this size."""
    octets = contents[1] & 0x7F
    return contents[: 2 + octets + int.from_bytes(contents[2 : 2 + octets])]


def _write_revision(
    pdf: bytes,
    field: str,
    reserved: int,
    appearance: Appearance | None,
    *,
    lock: bool,
    claimed_time: datetime,
    evidence: ValidationData,
) -> tuple[bytes, ByteRange]:
    """Return the bytes to append, and the range that they leave open for the CMS."""
    file = PDFFile(pdf)
    revision = Revision(file)
    number, widget = _empty_field(file, field)
    if appearance is not None:
        widget[b"/AP"] = b"<< /N %d 0 R >>" % place_appearance(appearance, revision)
    if evidence:
        place_validation_data(evidence, file, revision)
    signature = revision.new_numbers(1)
    widget[b"/V"] = b"%d 0 R" % signature
    revision.put(number, format_dictionary(widget))
    value = format_dictionary(
        {
            b"/Type": b"/Sig",
            b"/Filter": SIGNATURE_HANDLER.encode("ascii"),
            b"/SubFilter": SUB_FILTER.encode("ascii"),
            b"/M": b"(D:%b)" % f"{claimed_time.astimezone(UTC):%Y%m%d%H%M%SZ}".encode("ascii"),
            **({b"/Reference": _lock_all(file)} if lock else {}),
            b"/Contents": b"<%b>" % (b"0" * (2 * reserved)),
            b"/ByteRange": _BYTE_RANGE_ROOM,
        }
    )
    start = revision.put(signature, value)
    written = bytearray(revision.finish())
    before = start + value.index(b"/Contents <") + len(b"/Contents ")
    after = before + 2 * reserved + 2
    byte_range = (0, before, after, len(pdf) + len(written) - after)
    room = start - len(pdf) + value.rindex(_BYTE_RANGE_ROOM)
    written[room : room + len(_BYTE_RANGE_ROOM)] = (b"[%d %d %d %d]" % byte_range).ljust(
        len(_BYTE_RANGE_ROOM)
    )
    return bytes(written), byte_range


def _empty_field(file: PDFFile, name: str) -> tuple[int, Dictionary]:
    """Return the widget of an empty signature field and its object number."""
    form = file.dictionary(file.dictionary(file.trailer[b"/Root"])[b"/AcroForm"])
    for element in file.elements(form[b"/Fields"]):
        number, widget = reference(element), file.dictionary(element)
        if number is not None and widget.get(b"/T") == b"(%b)" % name.encode("ascii"):
            if widget.get(b"/FT") != b"/Sig" or b"/V" in widget:
                raise PDFReadError(f"the field {name} is signed already, or no signature field")
            return number, widget
    raise PDFReadError(f"the field {name} is missing")


def _lock_all(file: PDFFile) -> bytes:
    """Return the seal's reference: all fields locked, and no change permitted (ISO 32000-2, 12.8.2.4)."""
    parameters = {b"/Type": b"/TransformParams", b"/V": b"/1.2", b"/Action": b"/All", b"/P": b"1"}
    transform = {
        b"/Type": b"/SigRef",
        b"/TransformMethod": b"/FieldMDP",
        b"/Data": file.trailer[b"/Root"],
        b"/TransformParams": format_dictionary(parameters),
    }
    return b"[%b]" % format_dictionary(transform)


def _unsignable(reason: str) -> KeysError:
    return KeysError(
        "pdf-unsignable",
        f"Tệp PDF không ký được ({reason}). Hãy tạo lại trang học bạ rồi ký lại.",
        f"The PDF cannot be signed ({reason}). Render the transcript again, then sign.",
    )


def _damaged() -> KeysError:
    return KeysError(
        "prepared-damaged",
        "Bản đang chờ ký bị hỏng trên đĩa; không ký tiếp. Hãy báo quản trị viên.",
        "The stored document waiting for its signature is damaged and must not be signed. Tell the operator.",
    )
