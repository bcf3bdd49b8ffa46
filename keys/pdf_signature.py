"""Signing a PDF in two halves, so that the key may be elsewhere: prepare(certificate) → sign → complete(value).

`prepare_signature` writes the revision with room for the CMS and says what is to be signed; the service stores
the result (`PreparedSignature.to_bytes`) and fsyncs it before a digest leaves. `complete_signature` fills the
room. Fields are not made here, and neither time stamps nor the record's proof are asked for.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from typing import Self, cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from keys.appearance import Appearance, place_appearance
from keys.cms import build_signed_attributes, build_signed_data
from keys.signer import KeysError, SignatureAlgorithm, check_algorithm_fits, check_signature
from schemas import cbor
from schemas.cbor import CBORValue
from schemas.errors import SchemaError
from schemas.pdf_profile import DIGEST

ByteRange = tuple[int, int, int, int]

_STORED_VERSION = 1


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


class _RevisionWriter(IncrementalPdfFileWriter):
    """Appends one revision and leaves the metadata alone, so that a verifier may refuse any change of them."""

    def _update_meta(self) -> None:
        pass


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
) -> PreparedSignature:
    """Append the revision that fills the existing, empty signature field `field`, with zeros for the CMS.

    Args:
        pdf: the file so far, ending with a newline, with a classical cross-reference table.
        field: name of the field; its widget gives the place on the page.
        signer_certificate: bound into what is signed, hence known before anything is hashed.
        chain: the intermediates, the anchor left out.
        algorithm: must fit the certificate's key.
        reserved: bytes kept for the CMS (`schemas.pdf_profile.RESERVED_BYTES`).
        appearance: the visible panel, or None for an invisible field.
        lock: for the seal: lock all fields and permit no change whatever.
        claimed_time: written as /M, a claim by the signer's clock.

    Raises:
        KeysError: `pdf-unsignable`, `key-unsuitable`, `appearance-unreadable`.
    """
    check_algorithm_fits(signer_certificate, algorithm)
    if not pdf.endswith(b"\n"):
        raise _unsignable("the file does not end with a newline")
    try:
        writer = _RevisionWriter(io.BytesIO(pdf))
        if writer.stream_xrefs:
            # One compressed cross-reference stream in 256 would end in CR, which breaks PDF/A-3.
            raise _unsignable("the cross-reference table is a stream")
        revision, byte_range = _write_revision(
            writer, field, reserved, appearance, lock=lock, claimed_time=claimed_time
        )
    except (PdfError, SigningError, KeyError, ValueError, TypeError) as error:
        raise _unsignable(str(error)) from error
    return PreparedSignature(field, revision, byte_range, algorithm, signer_certificate, tuple(chain))


def complete_signature(prepared: PreparedSignature, signature: bytes) -> bytes:
    """Return the signed PDF. The same inputs give the same bytes: a crash is repaired by calling again.

    Raises:
        KeysError: `signature-not-by-certificate`, `cms-too-large`.
    """
    check_signature(prepared.certificate, prepared.algorithm, signature, prepared.signed_attributes_der)
    cms = build_signed_data(
        certificate=prepared.certificate,
        chain=prepared.chain,
        algorithm=prepared.algorithm,
        document_digest=prepared.document_digest,
        signature=signature,
    )
    _, before, after, _ = prepared.byte_range
    digits = after - before - 2
    if 2 * len(cms) > digits:
        raise KeysError(
            "cms-too-large",
            f"Chữ ký và chứng thư cần {len(cms)} byte nhưng tệp chỉ dành {digits // 2} byte. "
            "Hãy bỏ bớt chứng thư thừa trong kho khoá.",
            f"The signature and its certificates need {len(cms)} bytes, but {digits // 2} are reserved. "
            "Take needless certificates out of the key store.",
        )
    contents = cms.hex().encode("ascii").ljust(digits, b"0")
    return b"".join((prepared.pdf[: before + 1], contents, prepared.pdf[after - 1 :]))


def _write_revision(
    writer: _RevisionWriter,
    field: str,
    reserved: int,
    appearance: Appearance | None,
    *,
    lock: bool,
    claimed_time: datetime,
) -> tuple[bytes, ByteRange]:
    """Drive pyHanko's embedder up to the point where it wants the CMS, and take over there.

    The last step is ours because the format wants lower-case hexadecimal, and because it may come days later.
    """
    steps = PdfCMSEmbedder().write_cms(field, writer, existing_fields_only=True)
    field_dictionary = next(steps).get_object()
    if appearance is not None:
        place_appearance(appearance, field_dictionary, writer)
    placeholder = SignatureObject(
        timestamp=claimed_time, subfilter=SigSeedSubFilter.PADES, bytes_reserved=2 * reserved
    )
    permissions = SigMDPSetup(
        md_algorithm=DIGEST,
        field_lock=FieldMDPSpec(FieldMDPAction.ALL) if lock else None,
        docmdp_perms=MDPPerm.NO_CHANGES if lock else None,
    )
    steps.send(SigObjSetup(sig_placeholder=placeholder, mdp_setup=permissions))
    prepared, output = steps.send(SigIOSetup(md_algorithm=DIGEST))
    revision: bytes = output.getvalue()
    before, after = prepared.reserved_region_start, prepared.reserved_region_end
    return revision, (0, before, after, len(revision) - after)


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
