"""Makes trust-root/vectors.json: signed trust roots."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from schemas.record.envelope import Envelope, format_envelope, sign_trust_root
from schemas.record.trust_root import TrustRoot
from tests.support.record import ed25519_key, trust_root
from tests.support.time_stamps import TSA_ROOT, ended, time_stamps
from tests.support.transcript_members import json_text
from tests.support.vectors import Vector, failure, file_text, sound, write

ENDED = ended(TSA_ROOT, "2031-01-01T00:00:00Z")
MEMBERS = time_stamps().model_dump(mode="json")
STAMPING = trust_root(time_stamps=time_stamps(ended=[ENDED]).model_dump())
OTHER_HOSTS = trust_root(hosts=("other.example.vn",))


def _signed(root: TrustRoot, *names: str) -> str:
    signers = {ed25519_key(name).id: ed25519_key(name).sign for name in names}
    return format_envelope(sign_trust_root(root, signers)).decode()


GOOD = _signed(trust_root(), "root 1", "root 2")


def _sound(name: str, data: str) -> Vector:
    fingerprint = sha256(data.encode()).hexdigest()
    return sound(name, data, {"version": json.loads(data)["signed"]["version"], "fingerprint": fingerprint})


def _changed(change: Callable[[Any], object]) -> str:
    members = copy.deepcopy(json.loads(GOOD))
    change(members)
    return json_text(members)


def text() -> str:
    """Return the text of the file."""
    broken = sign_trust_root(trust_root(), {ed25519_key("root 1").id: ed25519_key("root 1").sign})
    broken = Envelope(OTHER_HOSTS, broken.signatures)
    vectors = [
        _sound("two-of-three", GOOD),
        _sound("three-of-three", _signed(trust_root(), "root 1", "root 2", "root 3")),
        _sound("a-stranger-is-ignored", _signed(trust_root(), "root 1", "root 2", "stranger")),
        _sound("with-time-stamps", _signed(STAMPING, "root 1", "root 2")),
        failure("one-of-three", _signed(trust_root(), "root 1"), "trust-root-threshold"),
        failure("only-strangers", _signed(trust_root(), "registrar", "log"), "trust-root-threshold"),
        failure("content-changed", format_envelope(broken).decode(), "signature-invalid"),
        failure("newline-after", GOOD + "\n", "json-not-canonical"),
        failure(
            "signatures-out-of-order",
            _changed(lambda file: file["signatures"].reverse()),
            "trust-root-invalid",
        ),
        failure(
            "signature-twice",
            _changed(lambda file: file["signatures"].append(file["signatures"][-1])),
            "trust-root-invalid",
        ),
        failure(
            "member-unknown", _changed(lambda file: file["signed"].update(extra=1)), "trust-root-invalid"
        ),
        failure("member-missing", _changed(lambda file: file["signed"].pop("hosts")), "trust-root-invalid"),
        failure(
            "time-stamps-null",
            _changed(lambda file: file["signed"].update(time_stamps=None)),
            "trust-root-invalid",
        ),
        failure(
            "time-stamps-without-anchors",
            _changed(lambda file: file["signed"].update(time_stamps=MEMBERS | {"anchors": []})),
            "trust-root-invalid",
        ),
        failure(
            "time-stamps-ended-twice",
            _changed(lambda file: file["signed"].update(time_stamps=MEMBERS | {"ended": [ENDED, ENDED]})),
            "trust-root-invalid",
        ),
        failure(
            "threshold-above-keys",
            _changed(lambda file: file["signed"].update(threshold=4)),
            "trust-root-invalid",
        ),
        failure(
            "key-id-of-another-key",
            _changed(lambda file: file["signed"]["registrars"][0].update(key_id="0" * 16)),
            "trust-root-invalid",
        ),
        failure(
            "root-key-is-registrar-too",
            _changed(lambda file: file["signed"]["registrars"][0].update(file["signed"]["root_keys"][0])),
            "trust-root-invalid",
        ),
        failure(
            "log-key-of-another-origin",
            _changed(lambda file: file["signed"]["logs"][0].update(origin="other.example.vn")),
            "trust-root-invalid",
        ),
        failure("time-with-offset", _changed(_offset), "trust-root-invalid"),
    ]
    return file_text("docs/formats/trust-root.md", "text", vectors)


def _offset(file: Any) -> None:
    file["signed"]["expires"] = "2027-11-24T07:00:00+07:00"


if __name__ == "__main__":
    write("trust-root", text())
