"""A whole public record as its files, one document in it, and what a verifier is asked: for vectors of verdicts.

Keys, certificates and bytes follow from names, so the same bytes come out at every run. What is written here leans on
the format writers alone, never on the service that writes records in earnest.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import count
from types import MappingProxyType
from typing import Any

from schemas.claims import claims_of, format_claims
from schemas.cose import sign1
from schemas.pdf_profile import SignatureField
from schemas.profiles import EXTRACT_PROFILE
from schemas.qr import QRAddress, format_qr
from schemas.record.checkpoint import Checkpoint, sign_checkpoint
from schemas.record.entry import Issued, Relation, StatusListPublished, format_entry
from schemas.record.envelope import format_envelope, sign_trust_root
from schemas.record.fields import Reference
from schemas.record.ledger import Ledger
from schemas.record.proof import InclusionProof, format_proof
from schemas.record.signed_note import SignatureType, VerifierKey
from schemas.record.statement import KeyState, Role
from schemas.record.status_list import StatusList, pack_statuses, sign_status_list
from schemas.record.tiles import (
    CHECKPOINT_PATH,
    bundle_path,
    bundles_between,
    format_bundle,
    status_list_path,
)
from schemas.record.trust_root import Algorithm, AnchorSet, Registrar, TrustRoot
from schemas.serial import draw_serial, sid
from schemas.transcript.model import Relation as DocumentRelation
from schemas.transcript.model import RelationKind, School, StatusReference, Transcript, format_transcript
from schemas.validation_data import NOTHING, ValidationData
from tests.support.certificates import SUBSCRIBER, Party, party
from tests.support.plain_pdf import Hand, plain_signed_pdf, seal_digest, with_proof
from tests.support.record import (
    CLOCK_KEY,
    NOW,
    ORIGIN,
    SCHOOL,
    SampleLog,
    ed25519_key,
    issued,
    issuer_entry,
    key_statement,
    root_key,
    sample_log,
    trust_root,
    verify,
)
from tests.support.transcripts import sample_learner, sample_transcript

LIST_ID = 1
LATER = NOW + 600
"""When the verifier looks, in seconds: ten minutes after the record was written."""
PROVINCE = "Hà Nội"
SCHOOL_NAME = "Trường THCS Thử"
Stamp = Callable[[bytes], bytes]
"""Gives a token over a SHA-256."""
_DAY = 86_400

ANCHOR = party("vectors: anchor")
PRINCIPAL = party("vectors: principal", ANCHOR, extensions=SUBSCRIBER)
SEAL = party("vectors: seal", ANCHOR, extensions=SUBSCRIBER)
CREDENTIAL, STATUS = "vectors: credential", "vectors: status"


def vector_trust_root(**changes: object) -> TrustRoot:
    """Return the trust root of the vectors: registrars of two provinces, one anchor, P-256."""
    registrars = tuple(
        Registrar(**root_key(name).model_dump(), school_prefixes=(prefix,))
        for name, prefix in (("registrar", "HN-"), ("registrar of another province", "SG-"))
    )
    members = {
        "registrars": registrars,
        "anchors": (AnchorSet(set="test", certificates=(ANCHOR.anchor,)),),
        "algorithms": (Algorithm(name="ecdsa-p256", minimum_bits=256, until=None),),
    }
    return trust_root(**members | changes)


def trust_root_text(**changes: object) -> str:
    """Return `trust-root.json` of the vectors, with these members changed."""
    signers = {ed25519_key(name).id: ed25519_key(name).sign for name in ("root 1", "root 2")}
    return format_envelope(sign_trust_root(vector_trust_root(**changes), signers)).decode()


@dataclass(frozen=True, slots=True)
class Document:
    """One transcript: its data, the signed file without a proof, its QR, and its entry."""

    transcript: Transcript
    pdf: bytes
    qr: str
    entry: Issued

    @property
    def serial(self) -> str:
        """The serial as it is typed."""
        return self.transcript.serial


def document(  # noqa: PLR0913 - what may differ between documents
    name: str,
    *,
    school: str = SCHOOL,
    seal: Party = SEAL,
    credential: str = CREDENTIAL,
    corrects: tuple[int, Document] | None = None,
    continues: tuple[int, Document] | None = None,
    extracts: tuple[int, Document] | None = None,
    profile: int = EXTRACT_PROFILE,
    stamps: Mapping[SignatureField, Stamp] = MappingProxyType({}),
    evidence: ValidationData = NOTHING,
    names: Mapping[str, str] = MappingProxyType({}),
) -> Document:
    """Make the document called `name`.

    Args:
        name: everything random in it follows from this.
        school: whose it is.
        seal: the party that seals.
        credential: the name of the key of its QR.
        corrects: index and document that it corrects.
        continues: index and document that it continues.
        extracts: index and document that it extracts.
        profile: that of one that extracts.
        stamps: what gives the time stamps of its signatures.
        evidence: what its seal's revision brings of revocation evidence.
        names: `school` and `learner`, where they are called something else.
    """
    bits = sha256(name.encode()).digest()
    index_of_old, old = corrects or continues or extracts or (None, None)
    relation = DocumentRelation(kind=RelationKind.FIRST)
    if old is not None:
        relation = DocumentRelation(
            kind=RelationKind.CORRECTS
            if corrects
            else RelationKind.CONTINUES
            if continues
            else RelationKind.EXTRACTS,
            serial=old.serial,
            data=sha256(format_transcript(old.transcript)).hexdigest(),
        )
    learner = sample_learner()
    transcript = sample_transcript(
        learner=learner.model_copy(update={"full_name": names.get("learner", learner.full_name)}),
        serial=_serial(name),
        nonce=bits[:16].hex(),
        issued_at=dt.datetime.fromtimestamp(NOW, dt.UTC),
        issuer=School(
            code=school, name=names.get("school", SCHOOL_NAME), commune="Phường Thử", province=PROVINCE
        ),
        status=StatusReference(list_id=LIST_ID, index=int.from_bytes(bits[:2])),
        relation=relation,
        profile=profile if extracts else 1,
    )
    data = format_transcript(transcript)
    claims = format_claims(claims_of(transcript, bits[16:]))
    key = ed25519_key(credential)
    pdf = plain_signed_pdf(
        data,
        {
            field: Hand(by, stamp=stamps.get(field))
            for field, by in ((SignatureField.PRINCIPAL, PRINCIPAL), (SignatureField.SEAL, seal))
        },
        evidence,
    )
    entry = Issued(
        time=NOW,
        school=school,
        sid=sid(transcript.serial),
        pdf=seal_digest(pdf),
        claims=sha256(claims).digest(),
        data=sha256(data).digest(),
        list_id=LIST_ID,
        status_index=transcript.status.index,
        profile=transcript.profile,
        relation=Relation[relation.kind.name],
        reference=None if index_of_old is None else Reference(index_of_old),
    )
    address = QRAddress("hocba.example.vn", transcript.serial, sign1(claims, key.id, key.sign))
    return Document(transcript, pdf, format_qr(address), entry)


def _serial(name: str) -> str:
    draws = (sha256(f"{name} {n}".encode()).digest() for n in count())
    return draw_serial(lambda length: next(draws)[:length])


def registered(identity: Party | str, role: Role, **changes: object) -> bytes:
    """Return the `issuer` entry for a certificate, or for a record key by name."""
    by = str(changes.pop("by", "registrar"))
    named = (
        {"thumbprint": sha256(identity.der).digest()}
        if isinstance(identity, Party)
        else {"thumbprint": None, "public_key": ed25519_key(identity).public_key}
    )
    return issuer_entry(key_statement(role=role, **named, **changes), by=by)


def compromised(identity: Party, role: Role, *, from_index: int, **changes: object) -> bytes:
    """Return the entry that declares a certificate compromised from an index on."""
    return registered(identity, role, state=KeyState.COMPROMISED, from_index=from_index, number=2, **changes)


ISSUERS = (
    registered(PRINCIPAL, Role.PRINCIPAL),
    registered(SEAL, Role.SEAL),
    registered(CREDENTIAL, Role.CREDENTIAL, school="HN-"),
    registered(STATUS, Role.STATUS, school="HN-"),
)
"""The statements that nearly every record begins with, at indexes 0 to 3."""


@dataclass
class WholeRecord:
    """A record that grows entry by entry; status lists are published where the test says so."""

    entries: list[bytes] = field(default_factory=lambda: list(ISSUERS))
    lists: dict[int, bytes] = field(default_factory=dict)

    def add(self, *entries: bytes) -> int:
        """Append entries and return the index of the first."""
        self.entries += entries
        return len(self.entries) - len(entries)

    def issue(self, *documents: Document) -> int:
        """Append the entries of documents and return the index of the first."""
        return self.add(*(format_entry(one.entry) for one in documents))

    def publish_list(
        self,
        *,
        key: str = STATUS,
        issued_at: int = NOW,
        expires_at: int = NOW + _DAY,
        **said: Any,
    ) -> int:
        """Publish the next version of the status list: the fold of the entries so far.

        `said` are members of the list that say something else than they should.
        """
        version = len(self.lists) + 1
        status_list = StatusList(
            origin=ORIGIN,
            list_id=LIST_ID,
            version=version,
            issued_at=issued_at,
            expires_at=expires_at,
            ttl=3600,
            packed=pack_statuses(self._ledger().statuses(LIST_ID, before=len(self.entries))),
        )
        signer = ed25519_key(key)
        data = sign_status_list(replace(status_list, **said), key_id=signer.id, sign=signer.sign)
        self.lists[version] = data
        return self.add(format_entry(StatusListPublished(NOW, LIST_ID, version, sha256(data).digest())))

    @property
    def log(self) -> SampleLog:
        """The log of all entries so far."""
        return sample_log(self.entries)

    def files(self, *, note: bytes | None = None, time: int = NOW) -> dict[str, bytes]:
        """Return the record's files by path; `note` replaces the checkpoint, `time` is the clock's."""
        log = self.log
        bundles = {
            bundle_path(n, width): format_bundle(self.entries[n * 256 : n * 256 + width])
            for n, width in bundles_between(0, len(self.entries))
        }
        lists = {status_list_path(LIST_ID, version): data for version, data in self.lists.items()}
        return {CHECKPOINT_PATH: note or log.note(time=time), **log.tiles, **bundles, **lists}

    def prove(self, index: int, *, size: int | None = None, note: bytes | None = None) -> InclusionProof:
        """Return the proof of the entry at `index` under the checkpoint of `size` (all entries), or under `note`."""
        log = sample_log(self.entries[:size])
        return InclusionProof(self.entries[index], index, log.tree.inclusion_proof(index), note or log.note())

    def _ledger(self) -> Ledger:
        ledger = Ledger(ORIGIN, vector_trust_root(), verify)
        for entry in self.entries:
            ledger.add(entry)
        return ledger


def odd_note(size: int, root: bytes, *, origin: str = ORIGIN, log: str = "log") -> bytes:
    """Return a checkpoint that says what it is told, signed by the key called `log` and dated by the clock."""
    key = ed25519_key(log)
    return sign_checkpoint(
        Checkpoint(origin, size, root),
        log_key=VerifierKey(origin, SignatureType.ED25519, key.public_key),
        log_sign=key.sign,
        clock_key=CLOCK_KEY,
        clock_sign=ed25519_key("clock").sign,
        clock_time=NOW,
    )


def proven(one: Document, proof: InclusionProof) -> bytes:
    """Return a document's file with `proof` in its seal."""
    return with_proof(one.pdf, format_proof(proof))


def spelled(files: dict[str, bytes]) -> dict[str, str]:
    """Return files as JSON has them: base64 by path, in the order of the paths."""
    return {path: base64.b64encode(files[path]).decode() for path in sorted(files)}


def filler(number: int) -> Sequence[bytes]:
    """Return entries of `number` other documents, to make a record long."""
    return [format_entry(issued(f"filler {n}", status_index=n)) for n in range(number)]
