"""The signed file of the trust root: canonical JSON, a threshold of signatures, and the rule for updates.

Version n + 1 is signed by a threshold of version n's root keys and of its own (the TUF root rule). The first
copy is accepted by its fingerprint, given out of band.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from pydantic import ValidationError

from schemas.canonical import JSONValue, canonical_bytes, parse_canonical
from schemas.errors import SchemaError
from schemas.record.signed_note import decode_base64
from schemas.record.trust_root import TrustRoot
from schemas.signatures import KEY_ID_BYTES, SIGNATURE_BYTES, Sign, Verify, check_signature

MAX_ENVELOPE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Envelope:
    """A trust root and its signatures, by 8-byte key id; not checked."""

    root: TrustRoot
    signatures: Mapping[bytes, bytes]

    def signed_message(self) -> bytes:
        """Return the canonical bytes of `signed`, which every signature is over."""
        return canonical_bytes(dump_root(self.root))

    def fingerprint(self) -> str:
        """Return the SHA-256 of the whole file in hexadecimal, as `sha256sum trust-root.json` prints it."""
        return sha256(format_envelope(self)).hexdigest()


def sign_trust_root(root: TrustRoot, signers: Mapping[bytes, Sign]) -> Envelope:
    """Sign `root` with each of `signers`, by 8-byte key id."""
    message = canonical_bytes(dump_root(root))
    return Envelope(root, {key_id: sign(message) for key_id, sign in signers.items()})


def format_envelope(envelope: Envelope) -> bytes:
    """Return the bytes of `trust-root.json`."""
    signatures: JSONValue = [
        {"key_id": key_id.hex(), "signature": base64.b64encode(signature).decode()}
        for key_id, signature in sorted(envelope.signatures.items())
    ]
    return canonical_bytes({"signatures": signatures, "signed": dump_root(envelope.root)})


def parse_envelope(data: bytes) -> Envelope:
    """Parse `trust-root.json`: parse, format, compare. Checks no signature.

    Raises:
        SchemaError: `trust-root-too-large`, `trust-root-invalid`, or what `schemas.canonical.parse_canonical` raises.
    """
    if len(data) > MAX_ENVELOPE_BYTES:
        raise SchemaError(
            "trust-root-too-large",
            "$",
            f"Tệp gốc tin cậy dài hơn {MAX_ENVELOPE_BYTES} byte.",
            f"The trust root is longer than {MAX_ENVELOPE_BYTES} bytes.",
        )
    match parse_canonical(data):
        case {"signatures": list(signatures), "signed": dict(signed)}:
            envelope = Envelope(parse_root(signed), dict(_parse_signature(one) for one in signatures))
        case _:
            raise _invalid("$", "signatures, signed")
    if format_envelope(envelope) != data:
        raise _invalid("$", "signatures")
    return envelope


def check_threshold(envelope: Envelope, verify: Verify, *, signers: TrustRoot | None = None) -> None:
    """Check that a threshold of the root keys of `signers` (when None, of the envelope's own root) signed the envelope.

    Signatures of other keys are ignored; a failing one by a root key refuses the whole.

    Raises:
        SchemaError: `signature-invalid` or `trust-root-threshold`.
    """
    authority = signers or envelope.root
    message = envelope.signed_message()
    count = 0
    for key in authority.root_keys:
        signature = envelope.signatures.get(bytes.fromhex(key.key_id))
        if signature is not None:
            check_signature(verify, key.public_key, signature, message, f"signatures.{key.key_id}")
            count += 1
    if count < authority.threshold:
        raise SchemaError(
            "trust-root-threshold",
            "signatures",
            f"Gốc tin cậy chỉ có {count} trên {authority.threshold} chữ ký cần có.",
            f"The trust root has {count} of the {authority.threshold} signatures that it needs.",
        )


def check_update(old: TrustRoot, new: Envelope, verify: Verify) -> None:
    """Check that `new` may take the place of `old`: the next version, signed by both versions' root keys.

    Whether either has expired is not asked: an update ends an expiry.

    Raises:
        SchemaError: what `check_follows` and `check_threshold` raise.
    """
    check_follows(old, new.root)
    check_threshold(new, verify, signers=old)
    check_threshold(new, verify)


def check_follows(old: TrustRoot, new: TrustRoot) -> None:
    """Check that `new` is the version after `old`, as far as this can be said before anybody signs.

    Raises:
        SchemaError: `trust-root-rollback`, `trust-root-gap`, `trust-root-test-changed`.
    """
    if new.version <= old.version:
        raise SchemaError(
            "trust-root-rollback",
            "signed.version",
            "Bản gốc tin cậy này không mới hơn bản đang dùng; giữ bản đang dùng.",
            "This trust root is not newer than the one in use; keep the one in use.",
        )
    if new.version != old.version + 1:
        raise SchemaError(
            "trust-root-gap",
            "signed.version",
            f"Thiếu bản gốc tin cậy số {old.version + 1}; hãy cập nhật lần lượt từng bản.",
            f"Version {old.version + 1} of the trust root is missing; update one version at a time.",
        )
    if new.test != old.test:
        raise SchemaError(
            "trust-root-test-changed",
            "signed.test",
            "Gốc tin cậy thử không thể thành gốc thật, và ngược lại; hãy cài gốc mới theo vân tay.",
            "A test trust root cannot become a real one, nor the reverse; install the new one by its fingerprint.",
        )


def dump_root(root: TrustRoot) -> JSONValue:
    """Return `signed` as JSON values."""
    # Where no time stamps are believed the member is left out, so that an explicit null is another spelling: refused.
    left_out = {"time_stamps"} if root.time_stamps is None else None
    return cast("JSONValue", root.model_dump(mode="json", by_alias=True, exclude=left_out))


def parse_root(signed: dict[str, JSONValue]) -> TrustRoot:
    """Return the trust root of `signed`.

    Raises:
        SchemaError: `trust-root-invalid`, naming the member, or what `canonical_bytes` raises.
    """
    try:
        return TrustRoot.model_validate_json(canonical_bytes(signed), by_alias=True, by_name=False)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(part) for part in ("signed", *fault["loc"]))
        raise _invalid(path, fault["msg"]) from error


def _parse_signature(value: JSONValue) -> tuple[bytes, bytes]:
    match value:
        case {"key_id": str(key_id), "signature": str(encoded)} if len(key_id) == 2 * KEY_ID_BYTES:
            signature = decode_base64(encoded, "signatures")
        case _:
            raise _invalid("signatures", "key_id, signature")
    try:
        raw_id = bytes.fromhex(key_id)
    except ValueError:
        raise _invalid("signatures", key_id) from None
    if len(signature) != SIGNATURE_BYTES:
        raise _invalid("signatures", key_id)
    return raw_id, signature


def _invalid(path: str, fault: str) -> SchemaError:
    return SchemaError(
        "trust-root-invalid",
        path,
        f"Gốc tin cậy sai ở {path}.",
        f"The trust root is wrong at {path}: {fault}",
    )
