"""The part of those who hold root keys, on machines without network: draft, show, sign, assemble (docs/trust-root.md).

Each holder signs alone. What all must sign alike is the content, and its digest is what they compare; the signatures
come together in one file, which counts when there are enough of them, of the version before and of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from keys.signer import KeysError, RecordSigner
from schemas.record.envelope import (
    Envelope,
    check_follows,
    check_threshold,
    check_update,
    dump_root,
    format_envelope,
    parse_envelope,
)
from schemas.record.trust_root import RootKey, TrustRoot
from schemas.record.trust_root_draft import FIRST, format_draft, parse_draft
from schemas.signatures import check_signature

VALIDITY = dt.timedelta(days=365)
"""Proposed in a draft; people write what they want."""
_ENVELOPE = b'{"signatures":'


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version on its way: its content, the signatures so far, and the version in use (None: it is the first)."""

    root: TrustRoot
    signatures: dict[bytes, bytes]
    current: TrustRoot | None

    @property
    def root_keys(self) -> tuple[RootKey, ...]:
        """The keys whose signatures count: of this version, and of the one in use."""
        both = (*self.root.root_keys, *(self.current.root_keys if self.current else ()))
        return tuple({key.key_id: key for key in both}.values())

    def count(self, root: TrustRoot) -> int:
        """Return how many of the root keys of `root` have signed."""
        return sum(bytes.fromhex(key.key_id) in self.signatures for key in root.root_keys)


def draft_after(current: bytes | None, *, now: dt.datetime) -> bytes:
    """Return the draft of the version after `current`, the same but for version and expiry, or an empty first one.

    Raises:
        SchemaError: `current` is no trust root.
    """
    expires = f"{now + VALIDITY:%Y-%m-%dT%H:%M:%SZ}"
    if current is None:
        return format_draft(FIRST | {"expires": expires})
    root = _current(current)
    return format_draft(dump_root(root.model_copy(update={"version": root.version + 1, "expires": expires})))


def read_proposal(data: bytes, current: bytes | None, *, now: dt.datetime) -> Proposal:
    """Read a draft, or a file that some have signed, and check it as far as can be before all have.

    Signatures of keys that are no root keys are left out.

    Raises:
        SchemaError: what `parse_draft`, `parse_envelope` and `check_follows` find; `signature-invalid`.
        KeysError: `trust-root-current-missing`, `trust-root-expiry-past`.
    """
    envelope = parse_envelope(data) if data.startswith(_ENVELOPE) else Envelope(parse_draft(data), {})
    root = envelope.root
    proposal = Proposal(root, {}, _current(current) if current is not None else None)
    if proposal.current is not None:
        check_follows(proposal.current, root)
    elif root.version != 1:
        raise KeysError(
            "trust-root-current-missing",
            f"Bản {root.version} nối tiếp một bản đang dùng: hãy đưa tệp trust-root.json của bản đó bằng --current.",
            f"Version {root.version} follows one in use: give that one's trust-root.json with --current.",
        )
    if root.expires_at <= now:
        raise KeysError(
            "trust-root-expiry-past",
            f"Ngày hết hạn trong bản thảo ({root.expires}) đã qua; hãy sửa mục expires và xem lại đồng hồ của máy này.",
            f"The draft's expiry ({root.expires}) has passed; mend `expires`, and check the clock of this machine.",
        )
    message = envelope.signed_message()
    for key in proposal.root_keys:
        key_id = bytes.fromhex(key.key_id)
        if key_id in envelope.signatures:
            check_signature(
                _verify, key.public_key, envelope.signatures[key_id], message, f"signatures.{key.key_id}"
            )
            proposal.signatures[key_id] = envelope.signatures[key_id]
    return proposal


def sign_proposal(proposal: Proposal, signer: RecordSigner) -> bytes:
    """Add one holder's signature and return the file to carry on.

    Raises:
        KeysError: `root-key-unknown`.
    """
    if signer.key_id.hex() not in {key.key_id for key in proposal.root_keys}:
        raise KeysError(
            "root-key-unknown",
            "Khoá này không phải khoá gốc của bản đang dùng hay của bản mới; hãy dùng đúng tệp khoá.",
            "This is a root key of neither the version in use nor the new one; use the right key file.",
        )
    message = Envelope(proposal.root, {}).signed_message()
    signatures = proposal.signatures | {signer.key_id: signer.sign(message)}
    return format_envelope(Envelope(proposal.root, signatures))


def assemble(proposals: Sequence[Proposal]) -> Envelope:
    """Bring the signatures of the holders together into the trust root that verifiers will take.

    Raises:
        KeysError: `trust-root-parts-differ`.
        SchemaError: `trust-root-threshold`: too few have signed, by the keys of either version.
    """
    first = proposals[0]
    if any(one.root != first.root for one in proposals):
        raise KeysError(
            "trust-root-parts-differ",
            "Các tệp không cùng nội dung: những người giữ khoá đã ký các bản khác nhau. Hãy so mã nội dung và ký lại.",
            "The files differ in content: the holders signed different versions. Compare the digests and sign again.",
        )
    signatures = {key: value for one in proposals for key, value in one.signatures.items()}
    envelope = Envelope(first.root, signatures)
    if first.current is not None:
        check_update(first.current, envelope, _verify)
    else:
        check_threshold(envelope, _verify)
    return envelope


def _current(data: bytes) -> TrustRoot:
    envelope = parse_envelope(data)
    check_threshold(envelope, _verify)
    return envelope.root


def _verify(public_key: bytes, signature: bytes, message: bytes) -> None:
    Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
