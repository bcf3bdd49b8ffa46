"""The signed file of the trust root and its updates."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from schemas.errors import SchemaError
from schemas.record.envelope import (
    MAX_ENVELOPE_BYTES,
    Envelope,
    check_threshold,
    check_update,
    format_envelope,
    parse_envelope,
    sign_trust_root,
)
from schemas.record.trust_root import TrustRoot
from tests.support.record import ed25519_key, root_key, trust_root, verify
from tests.support.transcript_members import json_text


def _signed(root: TrustRoot, *names: str) -> Envelope:
    return sign_trust_root(root, {ed25519_key(name).id: ed25519_key(name).sign for name in names})


ENVELOPE = _signed(trust_root(), "root 1", "root 3")
DATA = format_envelope(ENVELOPE)


def _changed(change: Callable[[Any], object]) -> bytes:
    members = json.loads(DATA)
    change(members)
    return json_text(members).encode()


def _refusal(check: Callable[[], object]) -> str:
    with pytest.raises(SchemaError) as caught:
        check()
    return caught.value.code


def test_parse_undoes_format() -> None:
    """The file comes back, and its signatures hold."""
    assert parse_envelope(DATA) == ENVELOPE
    check_threshold(parse_envelope(DATA), verify)


def test_bytes_are_as_laid_down() -> None:
    """Canonical JSON, signatures in the order of their key ids, each over the canonical bytes of `signed`."""
    members = json.loads(DATA)
    assert json_text(members).encode() == DATA
    ids = [one["key_id"] for one in members["signatures"]]
    assert ids == sorted(ids)
    assert ENVELOPE.signed_message() == json_text(members["signed"]).encode()


def test_fingerprint_is_of_the_whole_file() -> None:
    """What sha256sum prints for the file."""
    assert ENVELOPE.fingerprint() == sha256(DATA).hexdigest()


def test_every_changed_byte_is_noticed() -> None:
    """With one bit changed, the file is refused or too few signatures are left."""
    for position in range(0, len(DATA), 3):
        changed = DATA[:position] + bytes([DATA[position] ^ 1]) + DATA[position + 1 :]
        with pytest.raises(SchemaError):
            check_threshold(parse_envelope(changed), verify)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (DATA + b"\n", "json-not-canonical"),
        (b"{}", "trust-root-invalid"),
        (bytes(MAX_ENVELOPE_BYTES + 1), "trust-root-too-large"),
        (_changed(lambda file: file.update(extra=1)), "trust-root-invalid"),
        (_changed(lambda file: file["signatures"].reverse()), "trust-root-invalid"),
        (_changed(lambda file: file["signatures"].append(file["signatures"][1])), "trust-root-invalid"),
        (_changed(lambda file: file["signatures"][0].update(extra=1)), "trust-root-invalid"),
        (_changed(lambda file: file["signatures"][0].update(key_id="0" * 15)), "trust-root-invalid"),
        (_changed(lambda file: file["signatures"][0].update(key_id="g" * 16)), "trust-root-invalid"),
        (_changed(lambda file: file["signatures"][0].update(key_id="AB" * 8)), "trust-root-invalid"),
        (_changed(lambda file: file["signatures"][0].update(signature="AAAA")), "trust-root-invalid"),
        (_changed(lambda file: file["signatures"][0].update(signature="AAA")), "base64-invalid"),
        (_changed(lambda file: file["signed"].update(extra=1)), "trust-root-invalid"),
        (_changed(lambda file: file["signed"].pop("hosts")), "trust-root-invalid"),
        (_changed(lambda file: file["signed"].update(threshold=9)), "trust-root-invalid"),
    ],
)
def test_other_files_are_refused(data: bytes, code: str) -> None:
    """Another shape, order or spelling is refused before a signature is looked at."""
    assert _refusal(lambda: parse_envelope(data)) == code


def test_a_threshold_must_sign() -> None:
    """Two of three root keys are enough, one is not, and strangers do not count."""
    check_threshold(_signed(trust_root(), "root 1", "root 2", "stranger"), verify)
    too_few = (("root 1",), ("root 1", "stranger"), ("registrar", "log"), ())
    for envelope in (_signed(trust_root(), *names) for names in too_few):
        with pytest.raises(SchemaError, match="trust-root-threshold"):
            check_threshold(envelope, verify)


def test_a_failing_signature_of_a_root_key_refuses_the_whole() -> None:
    """Two good signatures do not outweigh a third, by a root key, that fails."""
    good = _signed(trust_root(), "root 1", "root 2")
    broken = Envelope(good.root, {**good.signatures, ed25519_key("root 3").id: bytes(64)})
    assert _refusal(lambda: check_threshold(broken, verify)) == "signature-invalid"


NEW_KEYS = tuple(root_key(f"new root {n}").model_dump() for n in (1, 2))
REPLACED = trust_root(version=2, root_keys=NEW_KEYS)


def test_keys_are_replaced_with_the_consent_of_both() -> None:
    """Version 2 with new keys is signed by a threshold of the old and of the new ones."""
    check_update(trust_root(), _signed(REPLACED, "root 1", "root 2", "new root 1", "new root 2"), verify)


@pytest.mark.parametrize(
    ("root", "signers", "code"),
    [
        (REPLACED, ("new root 1", "new root 2"), "trust-root-threshold"),
        (REPLACED, ("root 1", "root 2"), "trust-root-threshold"),
        (REPLACED, ("root 1", "root 2", "new root 1"), "trust-root-threshold"),
        (REPLACED, ("root 1", "new root 1", "new root 2"), "trust-root-threshold"),
        (trust_root(), ("root 1", "root 2"), "trust-root-rollback"),
        (trust_root(version=3), ("root 1", "root 2"), "trust-root-gap"),
        (trust_root(version=2, test=False), ("root 1", "root 2"), "trust-root-test-changed"),
    ],
)
def test_other_updates_are_refused(root: TrustRoot, signers: tuple[str, ...], code: str) -> None:
    """One side's consent, the same or an older version, a version left out, a test made real: all are refused."""
    assert _refusal(lambda: check_update(trust_root(), _signed(root, *signers), verify)) == code


def test_an_older_version_is_refused() -> None:
    """Whoever has version 2 does not go back to version 1, however well it is signed."""
    assert _refusal(lambda: check_update(trust_root(version=2), ENVELOPE, verify)) == "trust-root-rollback"
