"""Signature values that were made elsewhere, beside the prepared bytes that they sign; and who is making which.

    ID.principal-value    the value for ID.principal, named by the prepared bytes
    ID.seal-value         the value for ID.seal
    ID.claim              who was handed it last, and until when nobody else is

A value counts only for the very bytes it names: whatever is prepared anew is awaited anew.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cryptography import x509

from keys.pdf_signature import PreparedSignature
from keys.signer import check_signature, one_spelling
from schemas import cbor
from schemas.der import DERError
from schemas.ecdsa import lower_ecdsa
from schemas.errors import SchemaError
from schemas.pdf_profile import SignatureField
from service.errors import ServiceError
from service.files import PRIVATE, replace_file

BROUGHT_SUFFIXES = ("seal-value", "principal-value", "claim")
STEPS: Final[Mapping[str, str]] = MappingProxyType(
    {SignatureField.SEAL: "seal", SignatureField.PRINCIPAL: "principal"}
)
"""What the prepared bytes of a field end in, the later first."""
_MAX_BYTES = 4096
Fits = Callable[[x509.Certificate], bool]
"""Whether a claimant has the key of a certificate."""


@dataclass(frozen=True, slots=True)
class BroughtSignatures:
    """The values in a work folder."""

    folder: Path

    def value(self, issuance_id: str, prepared: PreparedSignature) -> bytes | None:
        """Return the value that was brought for these prepared bytes; one for others is thrown away."""
        path = self._value_path(issuance_id, prepared.field)
        with self._alone():
            value = _named(path, prepared.id)
            if value is None:
                # Else what is prepared now would never be awaited.
                path.unlink(missing_ok=True)
        return value

    def awaited_field(self, issuance_id: str) -> str | None:
        """Return which signature of a document is awaited, without opening its file; None where none is."""
        if self._path(issuance_id, "pdf").exists():
            return None
        for field, step in STEPS.items():
            if self._path(issuance_id, step).exists():
                return None if self._value_path(issuance_id, field).exists() else field
        return None

    def awaited(self, issuance_id: str) -> PreparedSignature | None:
        """Return what was prepared and waits for its signature.

        Raises:
            KeysError: `prepared-damaged`.
        """
        field = self.awaited_field(issuance_id)
        try:
            stored = self._path(issuance_id, STEPS[field]).read_bytes() if field else None
        except FileNotFoundError:
            # Whoever issues has gone on since: it is awaited no more.
            return None
        return PreparedSignature.from_bytes(stored) if stored else None

    def claim(
        self, issuance_id: str, claimant: str, fits: Fits, *, now: int, until: int
    ) -> PreparedSignature | None:
        """Hand what is awaited to one claimant; None where nothing is that it can sign, or another still has it."""
        with self._alone():
            prepared = self.awaited(issuance_id)
            if prepared is None or not fits(prepared.certificate):
                return None
            if self._holder(issuance_id, prepared, now) not in {None, claimant}:
                return None
            claim = cbor.encode([prepared.id, claimant, until])
            replace_file(self._path(issuance_id, "claim"), claim, mode=PRIVATE)
            return prepared

    def bring(self, issuance_id: str, item: str, signature: bytes, claimant: str, *, now: int) -> None:
        """Keep the value for prepared bytes, durable when this returns; the same value again changes nothing.

        Raises:
            ServiceError: `signature-not-awaited`, `signature-claimed`, `signature-already-there`.
            KeysError: `signature-not-by-certificate`, `prepared-damaged`.
        """
        with self._alone():
            prepared = self.awaited(issuance_id)
            if prepared is None or prepared.id != item:
                self._check_known(issuance_id, item, signature)
                return
            if self._holder(issuance_id, prepared, now) not in {None, claimant}:
                raise _claimed()
            self._keep(issuance_id, prepared, signature)

    def keep(self, issuance_id: str, prepared: PreparedSignature, signature: bytes) -> None:
        """Keep a value that a signer here made, durable when this returns.

        Raises:
            KeysError: `signature-not-by-certificate`.
        """
        with self._alone():
            self._keep(issuance_id, prepared, signature)

    def _keep(self, issuance_id: str, prepared: PreparedSignature, signature: bytes) -> None:
        signature = one_spelling(prepared.certificate, prepared.algorithm, signature)
        check_signature(prepared.certificate, prepared.algorithm, signature, prepared.signed_attributes_der)
        value = cbor.encode([prepared.id, signature])
        replace_file(self._value_path(issuance_id, prepared.field), value, mode=PRIVATE)

    def _check_known(self, issuance_id: str, item: str, signature: bytes) -> None:
        """Let pass what was brought before, byte for byte: a line may break before its acknowledgement arrives."""
        for field in STEPS:
            known = _named(self._value_path(issuance_id, field), item)
            if known is not None and known in _spellings(signature):
                return
            if known is not None:
                raise ServiceError(
                    "signature-already-there",
                    "Học bạ này đã có chữ ký; chữ ký thứ hai không được nhận. Không cần làm gì thêm.",
                    "This transcript has its signature; a second one is not taken. There is nothing left to do.",
                )
        raise not_awaited()

    def _holder(self, issuance_id: str, prepared: PreparedSignature, now: int) -> str | None:
        try:
            match cbor.decode(self._path(issuance_id, "claim").read_bytes(), "claim", max_bytes=_MAX_BYTES):
                case [prepared.id, str(claimant), int(until)] if until > now:
                    return claimant
        except (FileNotFoundError, SchemaError):
            pass
        return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # The folder is its own lock: nothing else lies among the documents.
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _value_path(self, issuance_id: str, field: str) -> Path:
        return self._path(issuance_id, f"{STEPS[field]}-value")

    def _path(self, issuance_id: str, suffix: str) -> Path:
        return self.folder / f"{issuance_id}.{suffix}"


def _named(path: Path, item: str) -> bytes | None:
    try:
        match cbor.decode(path.read_bytes(), "value", max_bytes=_MAX_BYTES):
            case [str(named), bytes(value)] if named == item:
                return value
    except (FileNotFoundError, SchemaError):
        pass
    return None


def _spellings(signature: bytes) -> set[bytes]:
    """Return the value as it was brought, and as it would have been kept."""
    with suppress(DERError):
        return {signature, lower_ecdsa(signature)}
    return {signature}


def not_awaited() -> ServiceError:
    """Return the refusal of a signature, or a question, about what waits for none."""
    return ServiceError(
        "signature-not-awaited",
        "Không có học bạ nào đang chờ chữ ký này. Hãy tải lại danh sách chờ ký.",
        "No transcript waits for this signature. Fetch the list of what waits again.",
    )


def _claimed() -> ServiceError:
    return ServiceError(
        "signature-claimed",
        "Học bạ này đang được ký ở một máy khác. Hãy đợi vài phút rồi tải lại danh sách chờ ký.",
        "This transcript is being signed on another computer. Wait some minutes, then fetch the list again.",
    )
