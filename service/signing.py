"""Steps 5 and 8: the principal's signature, the school's seal over the whole file, the proof in the seal; resumable.

Prepared bytes are on disk, fsynced, before a digest goes to a signer, and what has been prepared is never
rendered again: a crash is repaired by signing the very same bytes. Four files of an issuance lie in the work
folder, in this order of appearance:

    ID.principal    prepared for the principal's signature
    ID.seal         prepared for the seal
    ID.pdf          signed by both
    ID.proven       the same with the proof in its seal: what will be released

Signatures that are made elsewhere lie beside them (`service.signers.brought_signatures`), and so do, where
signatures get time stamps, the values that were signed here and the tokens over them
(`service.evidence.signature_stamps`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from keys.appearance import Appearance
from keys.pdf_signature import PreparedSignature, add_proof, complete_signature, prepare_signature
from keys.secret_files import sync_folder
from keys.signer import KeysError, Signer
from schemas.pdf_profile import SignatureField, reserved_bytes
from schemas.transcript.model import Signatory
from schemas.validation_data import ValidationData
from service.errors import ServiceError
from service.evidence.revocation_evidence import NO_EVIDENCE, Evidence
from service.evidence.signature_stamps import NO_STAMPS, SignatureStamps
from service.files import PRIVATE, replace_file, unfinished_path
from service.signers.brought_signatures import BROUGHT_SUFFIXES, STEPS, BroughtSignatures

MAX_SEAL_AGE = dt.timedelta(hours=24)
_SUFFIXES = ("proven", "pdf", "seal", "principal", *BROUGHT_SUFFIXES, "seal-stamp", "principal-stamp")


@dataclass(frozen=True, slots=True)
class SchoolSigners:
    """The two signers of a school and their visible panels; `signatory` is the person as the page names it."""

    signatory: Signatory
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

    def __init__(
        self, folder: Path, stamps: SignatureStamps = NO_STAMPS, evidence: Evidence = NO_EVIDENCE
    ) -> None:
        self._folder, self._stamps, self._evidence = folder, stamps, evidence
        self._brought = BroughtSignatures(folder)

    def sign(
        self,
        issuance_id: str,
        render: Callable[[], bytes],
        signers: Callable[[], SchoolSigners],
        *,
        now: dt.datetime,
    ) -> SignedDocument:
        """Return the document signed by both; `render` is called only where nothing has been prepared yet.

        `signers` is asked only where a signature is missing: what is signed needs no key, and no PIN.

        Raises:
            KeysError: a signer refuses, or stored bytes are damaged.
            SignatureAwaitedError: one is made elsewhere, and has not been brought yet.
            AwaitedProofError: `awaiting-time-stamp`, `awaiting-revocation-evidence`.
        """
        if any(self._path(issuance_id, suffix).exists() for suffix in _SUFFIXES):
            # Whoever left them may have died before their names were on disk.
            sync_folder(self._folder)
        signed = self._path(issuance_id, "pdf")
        seal = self._seal(issuance_id, render, signers, now)
        if not signed.exists():
            pdf = self._complete(issuance_id, seal, lambda: signers().seal)
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
        for suffix in _SUFFIXES:
            path = self._path(issuance_id, suffix)
            unfinished_path(path).unlink(missing_ok=True)
            path.unlink(missing_ok=True)

    def holds(self, issuance_id: str) -> bool:
        """Whether anything of an issuance lies here."""
        return any(self._folder.glob(f"{issuance_id}.*"))

    def leftovers(self) -> set[str]:
        """Return the issuances that have files here, unfinished ones included."""
        return {path.name.lstrip(".").partition(".")[0] for path in self._folder.glob("*.*")}

    def _seal(
        self,
        issuance_id: str,
        render: Callable[[], bytes],
        signers: Callable[[], SchoolSigners],
        now: dt.datetime,
    ) -> PreparedSignature:
        def prepare() -> PreparedSignature:
            principal = self._principal(issuance_id, render, signers, now)
            return self._prepare(
                self._complete(issuance_id, principal, lambda: signers().principal),
                SignatureField.SEAL,
                signers().seal,
                signers().seal_panel,
                # Of the principal's certificate too: this is newer than its signature, and no older than the seal.
                self._evidence.gather([principal, signers().seal]),
                now,
            )

        return self._stored(issuance_id, "seal", prepare)

    def _principal(
        self,
        issuance_id: str,
        render: Callable[[], bytes],
        signers: Callable[[], SchoolSigners],
        now: dt.datetime,
    ) -> PreparedSignature:
        def prepare() -> PreparedSignature:
            principal = signers().principal
            evidence = self._evidence.gather([principal])
            return self._prepare(
                render(), SignatureField.PRINCIPAL, principal, signers().principal_panel, evidence, now
            )

        return self._stored(issuance_id, "principal", prepare)

    def _complete(self, issuance_id: str, prepared: PreparedSignature, signer: Callable[[], Signer]) -> bytes:
        if prepared.is_stamped is not self._stamps.are_wanted(prepared.field):
            raise _setting_changed()
        value = self._value(issuance_id, prepared, signer)
        if not prepared.is_stamped:
            return complete_signature(prepared, value)
        kept = self._path(issuance_id, f"{STEPS[prepared.field]}-stamp")
        return complete_signature(prepared, value, self._stamps.token(kept, value))

    def _value(self, issuance_id: str, prepared: PreparedSignature, signer: Callable[[], Signer]) -> bytes:
        brought = self._brought.value(issuance_id, prepared)
        if brought is not None:
            return brought
        if signer().certificate != prepared.certificate:
            raise _replaced()
        value = signer().sign(prepared.signed_attributes_der)
        if prepared.is_stamped:
            # A token is over this one: waiting for it must not cost a second PIN.
            self._brought.keep(issuance_id, prepared, value)
        return value

    def _stored(
        self, issuance_id: str, suffix: str, prepare: Callable[[], PreparedSignature]
    ) -> PreparedSignature:
        path = self._path(issuance_id, suffix)
        if path.exists():
            return PreparedSignature.from_bytes(path.read_bytes())
        prepared = prepare()
        replace_file(path, prepared.to_bytes(), mode=PRIVATE)
        return prepared

    def _prepare(
        self,
        pdf: bytes,
        field: SignatureField,
        signer: Signer,
        panel: Appearance,
        evidence: ValidationData,
        now: dt.datetime,
    ) -> PreparedSignature:
        return prepare_signature(
            pdf,
            field=field,
            signer_certificate=signer.certificate,
            chain=signer.chain,
            algorithm=signer.algorithm,
            reserved=reserved_bytes(field, stamped=self._stamps.are_wanted(field)),
            appearance=panel,
            lock=field is SignatureField.SEAL,
            claimed_time=now,
            evidence=evidence,
        )

    def forget_old_seal(self, issuance_id: str, *, now: dt.datetime) -> None:
        """Have a document sealed again whose seal is too old to be recorded, or its evidence: within 24 h, or never.

        The caller makes sure that it is not on record yet.

        Raises:
            KeysError: `prepared-damaged`.
        """
        seal = self._path(issuance_id, "seal")
        if not seal.exists():
            return
        is_old = now.timestamp() - seal.stat().st_mtime > MAX_SEAL_AGE.total_seconds()
        if is_old or not self._evidence_holds(issuance_id):
            for suffix in ("pdf", "seal-stamp", "seal-value"):
                self._path(issuance_id, suffix).unlink(missing_ok=True)
            seal.unlink()

    def _evidence_holds(self, issuance_id: str) -> bool:
        try:
            prepared = [PreparedSignature.from_bytes(self._path(issuance_id, "seal").read_bytes())]
        except KeysError:
            return False  # The disk lost it: nobody can tell, so it is made anew.
        principal = self._path(issuance_id, "principal")
        if principal.exists():
            prepared.append(PreparedSignature.from_bytes(principal.read_bytes()))
        return self._evidence.holds(prepared[0].pdf, prepared)

    def _path(self, issuance_id: str, suffix: str) -> Path:
        return self._folder / f"{issuance_id}.{suffix}"


def _replaced() -> KeysError:
    return KeysError(
        "signer-replaced",
        "Chứng thư ký đã được thay sau khi chuẩn bị; trang học bạ sẽ được chuẩn bị lại. Hãy cấp lại.",
        "The signer's certificate was replaced after this was prepared; it is prepared anew. Issue again.",
    )


def _setting_changed() -> ServiceError:
    return ServiceError(
        "time-stamps-changed",
        "Thiết lập dấu thời gian đã đổi sau khi chuẩn bị; trang học bạ sẽ được chuẩn bị lại. Hãy cấp lại.",
        "The setting for time stamps changed after this was prepared; it is prepared anew. Issue again.",
    )
