"""Offline packs from the service to a reader: published, mirrored, given out by the API, used by the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.record_server import served
from verify.audit import audit_record
from verify.cli import main
from verify.offline_pack import open_pack
from verify.trust import load_trust_root
from verify.web.app import create_app


@pytest.fixture
def published(demonstration: Demonstration) -> Demonstration:
    """Released transcripts, and the packs of the next publishing."""
    demonstration.installation.publish()
    return demonstration


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def test_pack_is_taken_and_checks_a_code(published: Demonstration, tmp_path: Path) -> None:
    """`pack` takes what the service published; with it alone a code is `recorded`, without it `unconfirmed`."""
    pack, trust = tmp_path / "a.pack", ("--trust", published.trust_file)
    taken = _run("pack", "--record", published.record, "--school", SCHOOL, "--to", pack, *trust)
    assert taken.exit_code == 0, taken.output
    assert len(pack.read_bytes()) < 2500
    with_pack = _run("--offline", "--pack", pack, "--qr", published.qr(), "--json", *trust)
    verdict = json.loads(with_pack.stdout)
    assert (with_pack.exit_code, verdict["verdict"]) == (10, "recorded")
    assert verdict["document"]["full_name"]
    assert _run("--offline", "--qr", published.qr(), *trust).exit_code == 16
    changed = pack.read_bytes()
    pack.write_bytes(changed[:-1] + bytes([changed[-1] ^ 1]))
    refused = _run("--offline", "--pack", pack, "--qr", published.qr(), *trust)
    assert (refused.exit_code, "pack-unusable" in refused.stderr) == (20, True)


def test_pack_has_to_belong_to_the_question(published: Demonstration, tmp_path: Path) -> None:
    """A pack is for a QR code and for offline; a school code is one; a school without pack is a sentence."""
    trust = ("--trust", published.trust_file)
    assert _run("--record", published.record, "--pack", "a", "--qr", "x", *trust).exit_code == 2
    assert _run("pack", "--record", "r", "--school", "../x", "--to", tmp_path / "a", *trust).exit_code == 2
    none = _run("pack", "--record", published.record, "--school", "ZZ-9", "--to", tmp_path / "a", *trust)
    assert (none.exit_code, "pack-missing" in none.stderr) == (20, True)


def test_mirror_brings_packs_and_takes_no_step_back(published: Demonstration, tmp_path: Path) -> None:
    """A mirror takes each newer pack; an older or damaged one at the origin leaves the one that is here."""
    trust, mirror = published.trust_file, tmp_path / "mirror"
    here = mirror / "packs" / SCHOOL
    origin = published.record / "packs" / SCHOOL
    old = origin.read_bytes()
    published.clock.forward(seconds=60)
    published.installation.publish()
    new = origin.read_bytes()
    assert open_pack(new, load_trust_root(trust)).follows(open_pack(old, load_trust_root(trust)))
    with served(published.record) as address:
        for content, expected in ((old, old), (new, new), (old, new), (b"damaged", new)):
            origin.write_bytes(content)
            update = _run("mirror", "--from", address, "--to", mirror, "--trust", trust)
            assert update.exit_code == 0, update.output
            assert here.read_bytes() == expected
        origin.unlink()
        assert _run("mirror", "--from", address, "--to", mirror, "--trust", trust).exit_code == 0
    assert here.read_bytes() == new


def test_older_pack_is_not_written_over_a_newer_one(published: Demonstration, tmp_path: Path) -> None:
    """Whoever serves an old record cannot take a pack back."""
    target, record = tmp_path / "a.pack", published.record
    arguments = ("--record", record, "--school", SCHOOL, "--to", target, "--trust", published.trust_file)
    old = (record / "packs" / SCHOOL).read_bytes()
    published.clock.forward(seconds=60)
    published.installation.publish()
    assert _run("pack", *arguments).exit_code == 0
    (record / "packs" / SCHOOL).write_bytes(old)
    assert _run("pack", *arguments).exit_code == 2


def test_api_lists_and_gives_packs(published: Demonstration) -> None:
    """GET /api/v1/packs names the schools; each pack is what was published, and asked again it is not sent twice."""
    verifier = published.verifier()
    client = create_app(verifier).test_client()
    listed = client.get("/api/v1/packs").get_json()["packs"]
    assert [one["school"] for one in listed] == [SCHOOL]
    answer = client.get(f"/api/v1/packs/{SCHOOL}")
    assert answer.data == (published.record / "packs" / SCHOOL).read_bytes()
    assert listed[0]["bytes"] == len(answer.data)
    again = client.get(f"/api/v1/packs/{SCHOOL}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    for wrong in ("ZZ-9", "..", "hn"):
        missing = client.get(f"/api/v1/packs/{wrong}")
        assert (missing.status_code, missing.mimetype) == (404, "application/problem+json")
    verifier.close()


@pytest.mark.parametrize("name", ["notes.txt", ".unfinished"])
def test_only_packs_are_listed(published: Demonstration, name: str) -> None:
    """What else lies in the folder is nobody's business."""
    (published.record / "packs" / name).write_bytes(b"x")
    verifier = published.verifier()
    listed = create_app(verifier).test_client().get("/api/v1/packs").get_json()["packs"]
    verifier.close()
    assert [one["school"] for one in listed] == [SCHOOL]


def test_audit_names_packs_that_are_no_good(published: Demonstration) -> None:
    """A pack as published is nothing to an audit; a damaged one, and one under another name, are differences."""
    trust, packs = load_trust_root(published.trust_file), published.record / "packs"
    assert audit_record(published.record, trust, now=published.clock()).differences == ()
    (packs / "ZZ-1").write_bytes((packs / SCHOOL).read_bytes())
    (packs / SCHOOL).write_bytes(b"damaged")
    report = audit_record(published.record, trust, now=published.clock())
    assert {(one.code, one.where) for one in report.differences} == {
        ("audit-pack", "packs/ZZ-1"),
        ("audit-pack", f"packs/{SCHOOL}"),
    }
