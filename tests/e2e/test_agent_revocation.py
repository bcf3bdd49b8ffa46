"""`hocba-agent.pyz` where certificates can be revoked: refused before the PIN, and good files with their evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.verdict import VerdictCode
from service.issuing import released_path
from tests.support.commands import console
from tests.support.demonstration import Demonstration
from tests.support.foreign_tools import check_by_openssl
from tests.support.office import Office, move_to_office
from tests.support.revocable_school import PRINCIPAL, SEAL, Authorities, RevocableSchool
from tests.support.softhsm import PIN, SoftHSM
from tests.support.stamped_signatures import CLASS
from tests.support.stamping_server import serving


@pytest.fixture
def authorities(demonstration: Demonstration) -> Authorities:
    """Who issued the school's certificates."""
    demonstration.clock.catch_up()
    return Authorities(demonstration)


@pytest.fixture
def office(
    demonstration: Demonstration, authorities: Authorities, soft_hsm: SoftHSM, tmp_path: Path
) -> Iterator[Office]:
    """A paired office whose class waits, prepared while both certificates were good."""
    move_to_office(demonstration, soft_hsm)
    with serving(authorities) as responder:
        school = RevocableSchool(demonstration, students=2, OCSP_URLS=responder.address)
        assert len(school.issue().waiting) == 2
        made = Office(tmp_path / "office", soft_hsm)
        with console(demonstration.data) as address:
            assert made.pair(demonstration, address).returncode == 0
            yield made


def test_revoked_since_it_was_prepared(
    demonstration: Demonstration, authorities: Authorities, office: Office, tmp_path: Path
) -> None:
    """Whichever certificate was revoked meanwhile: no PIN is asked, nothing signed, and the sentence says whose it is.

    With both good again the class is signed and released, and everybody accepts it.
    """
    for role, whose in ((PRINCIPAL, "Hiệu trưởng"), (SEAL, "Con dấu của trường")):
        authorities.revoke(role, hours=1)
        refused = office.sign()
        assert refused.returncode != 0
        said = refused.stdout + refused.stderr
        assert f"{whose}: Chứng thư đã bị nơi cấp thu hồi ngày" in said
        assert "[certificate-revoked]" in said
        assert "PIN" not in said
        authorities.revoked.clear()
    done = office.sign()
    assert done.returncode == 0, done.stdout + done.stderr
    released = [one for one in demonstration.issuances() if one.class_name == CLASS]
    for one in released:
        pdf = released_path(demonstration.data / "issued", one).read_bytes()
        verdict = demonstration.verify(pdf)
        assert verdict.verdict is VerdictCode.VALID
        assert [each.revocation_evidence for each in verdict.signatures] == ["embedded"] * 2
        assert check_by_openssl(pdf, demonstration.anchors, tmp_path, at=one.issued_at) == 2
    assert PIN not in done.stdout
