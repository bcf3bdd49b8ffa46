"""The installation's side: the next version is taken, published, and used by what is running."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from keys.keyring import RecordRole
from keys.root_holder import assemble, draft_after, read_proposal, sign_proposal
from schemas.errors import HocbaError
from schemas.record.envelope import format_envelope
from schemas.record.signed_note import SignatureType, VerifierKey, format_verifier_key
from schemas.record.tiles import trust_root_path
from schemas.record.trust_root_draft import format_draft
from service.cli import main
from service.record.publisher import Publisher
from service.trust import TrustTools, update_trust_root
from tests.support.commands import console, portal
from tests.support.demonstration import Demonstration
from tests.support.record import CLOCK_KEY, LOG_KEY, ed25519_key
from tests.support.record_server import served
from verify.audit import audit_record
from verify.trust import accept_trust_root, load_trust_root
from verify.trust_updates import fetch_updates


def next_version(demonstration: Demonstration, current: bytes, **changes: object) -> bytes:
    """Return the version after `current`, signed by the demonstration's root key."""
    now = demonstration.clock()
    members = json.loads(draft_after(current, now=now)) | changes
    proposal = read_proposal(format_draft(members), current, now=now)
    key = demonstration.installation.keyring.record_key(RecordRole.ROOT)
    signed = sign_proposal(proposal, key)
    return format_envelope(assemble([read_proposal(signed, current, now=now)]))


def tools(demonstration: Demonstration) -> TrustTools:
    """Return what changing the trust root needs."""
    data = demonstration.data
    origin = demonstration.installation.settings.origin
    return TrustTools(demonstration.trust_file, Publisher(data / "record"), data / "state", origin)


def refused(demonstration: Demonstration, *files: bytes) -> str:
    """Return the code with which versions are refused; nothing has changed."""
    before = demonstration.trust_file.read_bytes()
    with pytest.raises(HocbaError) as caught:
        update_trust_root(tools(demonstration), files, now=demonstration.clock())
    assert demonstration.trust_file.read_bytes() == before
    assert [path.name for path in (demonstration.record / "trust-root").iterdir()] == ["1.json"]
    return caught.value.code


def run(*arguments: str | Path) -> Result:
    """Run a command of `hocba` in this process."""
    return CliRunner().invoke(main, [str(one) for one in arguments])


def asked(address: str, qr: str) -> Any:
    """Return the verdict of a portal on a QR code."""
    connection = HTTPConnection(address.removeprefix("http://"), timeout=60)
    connection.request("POST", "/api/v1/verify", json.dumps({"qr": qr}), {"Content-Type": "application/json"})
    said = json.loads(connection.getresponse().read())
    connection.close()
    return said


def test_version_is_published_and_used(demonstration: Demonstration, tmp_path: Path) -> None:
    """By the command: data folder and record have it, the old one stays, the audit finds nothing, verifiers follow."""
    first = demonstration.trust_file.read_bytes()
    assert (demonstration.record / trust_root_path(1)).read_bytes() == first
    second = next_version(demonstration, first, hosts=["kiem-tra.example"])
    third = next_version(demonstration, second)
    files = []
    for number, data in ((2, second), (3, third)):
        files.append(tmp_path / f"trust-root-{number}.json")
        files[-1].write_bytes(data)
    done = run("trust", "update", *files, "--data", demonstration.data)
    assert done.exit_code == 0, done.stderr
    assert demonstration.trust_file.read_bytes() == third
    published = demonstration.record / "trust-root"
    assert {path.name: path.read_bytes() for path in published.iterdir()} == {
        "1.json": first, "2.json": second, "3.json": third,
    }  # fmt: skip
    trust = load_trust_root(demonstration.trust_file)
    assert audit_record(demonstration.record, trust, now=demonstration.clock()).differences == ()
    accept_trust_root(first, sha256(first).hexdigest(), tmp_path / "trust")
    with served(demonstration.record) as address:
        assert [one.root.version for one in fetch_updates(address, tmp_path / "trust")] == [2, 3]
    again = run("trust", "update", files[0], "--data", demonstration.data)
    assert (again.exit_code, "[trust-root-rollback]" in again.stderr) == (1, True)
    shown = run("trust", "show", "--data", demonstration.data)
    assert (shown.exit_code, sha256(third).hexdigest() in shown.stdout) == (0, True)


def test_refused_versions_change_nothing(demonstration: Demonstration) -> None:
    """The TUF rule, and what this installation could not go on with: its log gone, or with another key."""
    first = demonstration.trust_file.read_bytes()
    second = next_version(demonstration, first)
    (log,) = json.loads(first)["signed"]["logs"]
    assert refused(demonstration, first) == "trust-root-rollback"
    assert refused(demonstration, next_version(demonstration, second)) == "trust-root-gap"
    assert refused(demonstration, second, second) == "trust-root-rollback"
    assert refused(demonstration, next_version(demonstration, first, logs=[])) == "origin-unknown"
    for member, key in (
        ("log_key", VerifierKey(log["origin"], SignatureType.ED25519, LOG_KEY.public_key)),
        ("clock_key", VerifierKey("clock", SignatureType.COSIGNATURE, CLOCK_KEY.public_key)),
    ):
        changed = next_version(demonstration, first, logs=[log | {member: format_verifier_key(key)}])
        assert refused(demonstration, changed) == "trust-root-log-changed"
    stranger = ed25519_key("root 1")
    forged = json.loads(second)
    forged["signatures"] = [{"key_id": stranger.id.hex(), "signature": "A" * 86 + "=="}]
    data = json.dumps(forged, separators=(",", ":"), ensure_ascii=False).encode()
    assert refused(demonstration, data) == "trust-root-threshold"
    soon = next_version(demonstration, first)
    demonstration.clock.forward(days=400)
    assert refused(demonstration, soon) == "trust-root-expired"


def test_no_number_is_published_twice(demonstration: Demonstration) -> None:
    """Two versions 2, both signed: the one that was published first stays, and the other is refused by name."""
    first = demonstration.trust_file.read_bytes()
    one, other = next_version(demonstration, first), next_version(demonstration, first, hosts=[])
    (demonstration.record / trust_root_path(2)).write_bytes(one)
    with pytest.raises(HocbaError) as caught:
        update_trust_root(tools(demonstration), [other], now=demonstration.clock())
    assert caught.value.code == "trust-root-published-other"
    assert demonstration.trust_file.read_bytes() == first
    # Killed after publishing and before using it: the same again completes it.
    assert update_trust_root(tools(demonstration), [one], now=demonstration.clock()).root.version == 2
    assert demonstration.trust_file.read_bytes() == one


def test_running_service_takes_it_with_the_next_thing_it_does(demonstration: Demonstration) -> None:
    """An installation that was opened before: its trust root, verifier and log are of the new version at once."""
    installation = demonstration.installation
    assert installation.verifier.trust.version == 1
    installation.publish()
    second = next_version(demonstration, demonstration.trust_file.read_bytes(), hosts=["kiem-tra.example"])
    update_trust_root(tools(demonstration), [second], now=demonstration.clock())
    assert installation.verifier.trust.version == 2
    assert installation.trust.hosts == ("kiem-tra.example",)
    installation.publish()
    assert str(installation.verifier.file(demonstration.pdf()).verdict) == "valid"
    assert installation.audit().differences == ()
    installation.verifier.close()


def test_running_portal_takes_it(demonstration: Demonstration) -> None:
    """The real process: a host that version 2 names earns no warning any more, without a restart."""
    with portal(demonstration.data) as address:
        qr = demonstration.qr().replace("127.0.0.1:8001", "kiem-tra.example")
        before = asked(address, qr)
        second = next_version(
            demonstration, demonstration.trust_file.read_bytes(), hosts=["kiem-tra.example"]
        )
        update_trust_root(tools(demonstration), [second], now=demonstration.clock())
        after = asked(address, qr)
    assert (before["verdict"], after["verdict"]) == ("recorded", "recorded")
    assert len(before["notes"]) == len(after["notes"]) + 1


def test_serving_publishes_what_an_older_installation_has_not(demonstration: Demonstration) -> None:
    """One that never published its trust root does so when it starts to serve."""
    shutil.rmtree(demonstration.record / "trust-root")
    with console(demonstration.data) as address:
        connection = HTTPConnection(address.removeprefix("http://"), timeout=60)
        connection.request("GET", f"/record/{trust_root_path(1)}")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, demonstration.trust_file.read_bytes())
        connection.close()
