"""With an authority that nobody here wrote: its responder and its list are evidence, and its revocation refuses."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from schemas.errors import HocbaError
from schemas.record.statement import Role
from schemas.validation_data import find_validation_data
from schemas.verdict import VerdictCode
from service.sample import DEMO_SCHOOL
from tests.support.certificate_authority import ROOT, CertificateAuthority
from tests.support.demonstration import Demonstration
from tests.support.revocable_school import RevocableSchool
from tests.support.signers import SIGNING, put_certificate, register
from tests.support.trust_updates import update_trust_root

PRINCIPAL, SEAL = SIGNING


@pytest.fixture
def authority(demonstration: Demonstration, tmp_path: Path) -> CertificateAuthority:
    """The authority of both of the school's certificates."""
    demonstration.clock.catch_up()
    names = {"principal": DEMO_SCHOOL[1].name, "seal": DEMO_SCHOOL[0].name}
    made = CertificateAuthority(tmp_path / "ca", names, now=demonstration.clock())
    anchors = [one.model_dump() for one in demonstration.installation.trust.anchors]
    anchors.append({"set": "test-ca", "certificates": (made.party(ROOT).anchor,)})
    update_trust_root(demonstration, anchors=tuple(anchors))
    for role, registered in ((PRINCIPAL, Role.PRINCIPAL), (SEAL, Role.SEAL)):
        party = made.party(str(role))
        put_certificate(demonstration, role, party)
        register(demonstration, party, registered)
    return made


@pytest.mark.parametrize("by", ["OCSP_URLS", "CRL_URLS"])
def test_its_word_is_embedded(demonstration: Demonstration, authority: CertificateAuthority, by: str) -> None:
    """An answer for each certificate, or its one list; the file is valid with the authority gone."""
    with authority.serving(at=demonstration.clock()) as (responder, lists):
        school = RevocableSchool(demonstration)
        school.configure(**{by: responder if by == "OCSP_URLS" else lists})
        (pdf,) = school.released()
    data = find_validation_data(pdf)
    assert (len(data.ocsps), len(data.crls)) == ((2, 0) if by == "OCSP_URLS" else (0, 1))
    verdict = demonstration.verify(pdf)
    assert verdict.verdict is VerdictCode.VALID
    assert [one.revocation_evidence for one in verdict.signatures] == ["embedded"] * 2


@pytest.mark.parametrize("by", ["OCSP_URLS", "CRL_URLS"])
def test_its_revocation_refuses(
    demonstration: Demonstration, authority: CertificateAuthority, by: str
) -> None:
    """Since yesterday the seal's certificate counts no more: nothing is signed, and the sentence says the day."""
    authority.revoke("seal", at=demonstration.clock() - dt.timedelta(hours=20))
    with authority.serving(at=demonstration.clock()) as (responder, lists):
        school = RevocableSchool(demonstration)
        school.configure(**{by: responder if by == "OCSP_URLS" else lists})
        with pytest.raises(HocbaError, match="certificate-revoked") as refusal:
            school.issue()
    assert refusal.value.text.vi.startswith("Con dấu của trường: Chứng thư đã bị nơi cấp thu hồi ngày")
