"""Steps 5 and 8: the principal's signature, the school's seal over the whole file, the proof in the seal; resumable.

Prepared bytes are on disk, fsynced, before a digest goes to a signer, and what has been prepared is never
rendered again: a crash is repaired by signing the very same bytes. Four files of an issuance lie in the work
folder, in this order of appearance:

    ID.principal    prepared for the principal's signature
    ID.seal         prepared for the seal
    ID.pdf          signed by both
    ID.proven       the same with the proof in its seal: what will be released
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from keys.appearance import Appearance
from keys.pdf_signature import PreparedSignature, add_proof, complete_signature, prepare_signature
from keys.secret_files import sync_folder
from keys.signer import Signer
from schemas.pdf_profile import RESERVED_BYTES, SignatureField
from service.files import PRIVATE, replace_file

MAX_SEAL_AGE = dt.timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SchoolSigners:
    """The two signers of a school and their visible panels."""

    principal: Signer
    principal_panel: Appearance
    seal: Signer
    seal_panel: Appearance


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A signed file, and the digest of the bytes that its seal covers."""

    pdf: bytes
    seal_digest: bytes


class WorkFolder:
    """Where documents lie between preparation and release."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sign(
        self, issuance_id: str, render: Callable[[], bytes], signers: SchoolSigners, *, now: dt.datetime
    ) -> SignedDocument:
        """Return the document signed by both; `render` is called only where nothing has been prepared yet.

        Raises:
            KeysError: a signer refuses, or stored bytes are damaged.
        """
        signed = self._path(issuance_id, "pdf")
        seal = self._seal(issuance_id, render, signers, now)
        if not signed.exists():
            pdf = complete_signature(seal, signers.seal.sign(seal.signed_attributes_der))
            replace_file(signed, pdf, mode=PRIVATE)
        return SignedDocument(signed.read_bytes(), seal.document_digest)

    def prove(self, issuance_id: str, proof: Callable[[], bytes]) -> bytes:
        """Return the signed document with its proof in its seal, made once.

        `proof` is called only where there is none yet: a later checkpoint would give other bytes.

        Raises:
            KeysError: `proof-too-large`.
        """
        proven = self._path(issuance_id, "proven")
        if not proven.exists():
            pdf = self._path(issuance_id, "pdf").read_bytes()
            replace_file(proven, add_proof(pdf, proof()), mode=PRIVATE)
        return proven.read_bytes()

    def release(self, issuance_id: str, target: Path) -> None:
        """Give the proven document its released name, durable when this returns; both folders are on one disk."""
        # Already there: an earlier release that died, or failed, before the folder was on disk.
        if not target.exists():
            self._path(issuance_id, "proven").rename(target)
        sync_folder(target.parent)

    def remove(self, issuance_id: str) -> None:
        """Remove what a released or refused document leaves behind."""
        for suffix in ("proven", "pdf", "seal", "principal"):
            self._path(issuance_id, suffix).unlink(missing_ok=True)

    def leftovers(self) -> set[str]:
        """Return the issuances that have files here."""
        return {path.stem for path in self._folder.glob("*.*") if not path.name.startswith(".")}

    def _seal(
        self, issuance_id: str, render: Callable[[], bytes], signers: SchoolSigners, now: dt.datetime
    ) -> PreparedSignature:
        def prepare() -> PreparedSignature:
            principal = self._principal(issuance_id, render, signers, now)
            signature = signers.principal.sign(principal.signed_attributes_der)
            return _prepare(
                complete_signature(principal, signature),
                SignatureField.SEAL,
                signers.seal,
                signers.seal_panel,
                now,
            )

        return self._stored(issuance_id, "seal", prepare)

    def _principal(
        self, issuance_id: str, render: Callable[[], bytes], signers: SchoolSigners, now: dt.datetime
    ) -> PreparedSignature:
        return self._stored(
            issuance_id,
            "principal",
            lambda: _prepare(
                render(), SignatureField.PRINCIPAL, signers.principal, signers.principal_panel, now
            ),
        )

    def _stored(
        self, issuance_id: str, suffix: str, prepare: Callable[[], PreparedSignature]
    ) -> PreparedSignature:
        path = self._path(issuance_id, suffix)
        if path.exists():
            return PreparedSignature.from_bytes(path.read_bytes())
        prepared = prepare()
        replace_file(path, prepared.to_bytes(), mode=PRIVATE)
        return prepared

    def forget_old_seal(self, issuance_id: str, *, now: dt.datetime) -> None:
        """Have a document sealed again whose seal is too old to be recorded: a seal is recorded within 24 h, or never.

        The caller makes sure that it is not on record yet.
        """
        seal = self._path(issuance_id, "seal")
        if seal.exists() and now.timestamp() - seal.stat().st_mtime > MAX_SEAL_AGE.total_seconds():
            self._path(issuance_id, "pdf").unlink(missing_ok=True)
            seal.unlink()

    def _path(self, issuance_id: str, suffix: str) -> Path:
        return self._folder / f"{issuance_id}.{suffix}"


def _prepare(
    pdf: bytes, field: SignatureField, signer: Signer, panel: Appearance, now: dt.datetime
) -> PreparedSignature:
    return prepare_signature(
        pdf,
        field=field,
        signer_certificate=signer.certificate,
        chain=signer.chain,
        algorithm=signer.algorithm,
        reserved=RESERVED_BYTES[field],
        appearance=panel,
        lock=field is SignatureField.SEAL,
        claimed_time=now,
    )
