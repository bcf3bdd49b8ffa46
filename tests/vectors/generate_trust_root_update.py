"""Makes trust-root-update/vectors.json: what may, and what may not, take the place of version 4 of a trust root."""

from __future__ import annotations

from hashlib import sha256

from schemas.record.envelope import Envelope, format_envelope, sign_trust_root
from schemas.record.trust_root import TrustRoot
from tests.support.record import ed25519_key, root_key, trust_root
from tests.support.vectors import Vector, failure, file_text, sound, write

OLD = ("root 1", "root 2")
NEW = ("new root 1", "new root 2")
NEW_KEYS = tuple(root_key(f"new root {n}") for n in (1, 2, 3))


def _file(names: tuple[str, ...], **changes: object) -> str:
    return format_envelope(_envelope(names, _root(**changes))).decode()


def _root(**changes: object) -> TrustRoot:
    return trust_root(**{"version": 5, **changes})


def _envelope(names: tuple[str, ...], root: TrustRoot) -> Envelope:
    return sign_trust_root(root, {ed25519_key(name).id: ed25519_key(name).sign for name in names})


def _sound(name: str, names: tuple[str, ...], **changes: object) -> Vector:
    data = _file(names, **changes)
    return sound(name, data, {"version": 5, "fingerprint": sha256(data.encode()).hexdigest()})


def text() -> str:
    """Return the text of the file."""
    one_old = ("root 1",)
    broken = Envelope(_root(hosts=()), _envelope(OLD, _root()).signatures)
    both_broken = Envelope(_root(root_keys=NEW_KEYS), _envelope(OLD, _root()).signatures)
    vectors = [
        _sound("same-keys", OLD),
        _sound("other-two-of-the-three", ("root 2", "root 3")),
        _sound("root-keys-exchanged-signed-by-both", (*OLD, *NEW), root_keys=NEW_KEYS),
        _sound(
            "one-root-key-exchanged",
            ("root 1", "root 2", "new root 1"),
            root_keys=(*(root_key(name) for name in OLD), NEW_KEYS[0]),
        ),
        _sound("threshold-raised", (*OLD, "root 3"), threshold=3),
        _sound("threshold-lowered-signed-by-the-old-one", OLD, threshold=1),
        _sound("a-stranger-is-ignored", (*OLD, "stranger")),
        failure("rollback-to-the-same-version", _file(OLD, version=4), "trust-root-rollback"),
        failure(
            "rollback-same-version-other-content", _file(OLD, version=4, hosts=()), "trust-root-rollback"
        ),
        failure("rollback-to-an-older-version", _file(OLD, version=1), "trust-root-rollback"),
        failure("a-version-left-out", _file(OLD, version=6), "trust-root-gap"),
        failure("test-becomes-real", _file(OLD, test=False), "trust-root-test-changed"),
        failure("signed-by-the-new-keys-alone", _file(NEW, root_keys=NEW_KEYS), "trust-root-threshold"),
        failure("signed-by-the-old-keys-alone", _file(OLD, root_keys=NEW_KEYS), "trust-root-threshold"),
        failure("one-of-the-old-keys", _file((*one_old, *NEW), root_keys=NEW_KEYS), "trust-root-threshold"),
        failure("one-of-the-new-keys", _file((*OLD, NEW[0]), root_keys=NEW_KEYS), "trust-root-threshold"),
        failure("one-old-key-and-a-stranger", _file((*one_old, "stranger")), "trust-root-threshold"),
        failure(
            "threshold-lowered-signed-by-the-new-one", _file(one_old, threshold=1), "trust-root-threshold"
        ),
        failure("threshold-raised-signed-by-the-old-one", _file(OLD, threshold=3), "trust-root-threshold"),
        failure("content-changed-after-signing", format_envelope(broken).decode(), "signature-invalid"),
        failure(
            "root-keys-exchanged-after-signing", format_envelope(both_broken).decode(), "signature-invalid"
        ),
        failure("unsigned", _file(()), "trust-root-threshold"),
    ]
    current = format_envelope(_envelope(OLD, trust_root(version=4))).decode()
    return file_text("docs/formats/trust-root.md", "text", vectors, current=current)


if __name__ == "__main__":
    write("trust-root-update", text())
