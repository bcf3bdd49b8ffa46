"""The next version of a demonstration's trust root, signed as an operator signs it."""

from __future__ import annotations

from keys.keyring import RecordRole
from schemas.record.envelope import check_update, format_envelope, sign_trust_root
from schemas.record.trust_root import TrustRoot
from tests.support.demonstration import Demonstration
from tests.support.record import verify


def update_trust_root(demonstration: Demonstration, **changes: object) -> None:
    """Put the next version in place of the trust root, with these members changed; it is an update by the TUF rule."""
    installation = demonstration.installation
    old = installation.trust
    members = old.model_dump(by_alias=True) | {"version": old.version + 1} | changes
    key = installation.keyring.record_key(RecordRole.ROOT)
    envelope = sign_trust_root(TrustRoot.model_validate(members, by_alias=True), {key.key_id: key.sign})
    check_update(old, envelope, verify)
    demonstration.trust_file.write_bytes(format_envelope(envelope))
