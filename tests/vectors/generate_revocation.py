"""Makes revocation/cases.json: certificates, the evidence beside them, and whether they count as not revoked.

Named after its one fault, or after what is special about it. What is right is written down from
docs/formats/verdict.md; no verifier is asked here.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cryptography import x509

from tests.support.certificates import AUTHORITY as ISSUES
from tests.support.certificates import SUBSCRIBER, Party, basic_constraints, key_usage, party
from tests.support.revocation import (
    CRL_ADDRESS,
    DAY,
    OFFERS_CRL,
    OFFERS_OCSP,
    ONLY_ISSUERS,
    REFUSAL,
    List,
    OCSPAnswer,
    responder,
)
from tests.support.vectors import FOLDER

AT = dt.datetime(2026, 11, 26, 3, tzinfo=dt.UTC)
"""When the signature was made; the verifier looks a year later."""
NOW = AT + 365 * DAY
HOUR = dt.timedelta(hours=1)
ROOT = party("gốc")
ISSUER = party("nơi cấp", ROOT)
SIGNER = party("người ký", ISSUER, extensions=(*SUBSCRIBER, OFFERS_OCSP, OFFERS_CRL))
OTHER = party("người khác", ISSUER, extensions=(*SUBSCRIBER, OFFERS_OCSP))
STRANGER = party("kẻ lạ")
NAMESAKE = party("nơi cấp", ROOT, key=party("khoá khác").key)
RESPONDER = responder(ISSUER)
GOOD = OCSPAnswer(SIGNER.certificate, ISSUER, AT - HOUR, AT + HOUR)
LIST = List(ISSUER, AT - HOUR, AT + DAY)
SERIAL = SIGNER.certificate.serial_number
_MISSING, _STALE, _OTHER = "the file carries no evidence", "had ended before", "is about another one"
_SIGNER, _MALFORMED, _REVOKED = "did not sign the evidence", "is malformed", "revoked a certificate"


@dataclass(frozen=True)
class Case:
    """One case; `says` is a part of the sentence where it does not pass."""

    name: str
    ocsps: Sequence[bytes] = ()
    crls: Sequence[bytes] = ()
    status: str = "pass"
    says: str | None = None
    signer: Party = SIGNER
    issuer: Party = ISSUER
    at: dt.datetime = AT
    now: dt.datetime = NOW

    def spelled(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "name": self.name,
            "certificate": self.signer.der.hex(),
            "issuer": self.issuer.der.hex(),
            "ocsps": [one.hex() for one in self.ocsps],
            "crls": [one.hex() for one in self.crls],
            "at": f"{self.at:%Y-%m-%dT%H:%M:%SZ}",
            "now": f"{self.now:%Y-%m-%dT%H:%M:%SZ}",
            "status": self.status,
            "says": self.says,
        }


def _answered(name: str, says: str | None = None, status: str = "unknown", **changes: Any) -> Case:
    answer = replace(GOOD, **changes).der()
    return Case(name, ocsps=[answer], status=status if says else "pass", says=says)


def _answers() -> Iterator[Case]:
    yield _answered("ocsp-by-the-issuer")
    yield _answered("ocsp-by-a-responder", by=RESPONDER)
    yield _answered("ocsp-with-a-nonce", nonce=bytes(16))
    yield _answered("ocsp-sha-256-names", hash_name="sha256")
    yield _answered("ocsp-ends-when-signed", until=AT)
    yield _answered("ocsp-without-an-end", until=None)
    yield _answered("ocsp-without-an-end-a-day-old", _STALE, since=AT - DAY - HOUR, until=None)
    yield _answered("ocsp-made-after-signing", since=AT + DAY, until=AT + 2 * DAY)
    yield _answered("ocsp-ended-before-signing", _STALE, since=AT - DAY, until=AT - HOUR)
    yield _answered(
        "ocsp-made-after-the-certificate", _OTHER, since=SIGNER.certificate.not_valid_after_utc + DAY
    )
    yield Case("ocsp-from-the-future", [GOOD.der()], status="unknown", says=_MISSING, now=AT - 3 * HOUR)
    yield Case("ocsp-unknown", [replace(GOOD, status="unknown").der()], status="unknown", says=_OTHER)
    yield _answered("ocsp-of-another-certificate", _OTHER, certificate=OTHER.certificate)
    yield _answered("ocsp-of-another-issuers-certificate", _OTHER, issuer=NAMESAKE)
    yield _answered("ocsp-by-a-stranger", _SIGNER, by=STRANGER)
    yield _answered("ocsp-by-a-responder-of-a-stranger", _SIGNER, by=responder(STRANGER))
    plain = responder(ISSUER, "chỉ ký", extensions=SUBSCRIBER)
    yield _answered("ocsp-by-a-signer-of-the-issuer", _SIGNER, by=plain)
    yield _answered("ocsp-by-itself", _SIGNER, by=SIGNER)
    yield _answered("ocsp-responder-not-brought", _SIGNER, by=RESPONDER, brought=[])
    ended = responder(ISSUER, "đã hết hạn", not_after=AT - DAY)
    yield _answered("ocsp-responder-expired", _SIGNER, by=ended)
    yield _answered("ocsp-sha-1-signature", _SIGNER, digest="sha1")
    yield _answered("ocsp-revoked-before", _REVOKED, status="fail", revoked_at=AT - DAY)
    yield _answered("ocsp-revoked-when-signed", _REVOKED, status="fail", revoked_at=AT)
    late = replace(GOOD, since=AT + DAY, until=AT + 2 * DAY, revoked_at=AT + HOUR)
    yield Case("ocsp-revoked-later", [late.der()])
    revoked = replace(GOOD, revoked_at=AT - DAY).der()
    yield Case("ocsp-good-and-revoked", [GOOD.der(), revoked], status="fail", says=_REVOKED)
    by_stranger = replace(GOOD, revoked_at=AT - DAY, by=STRANGER).der()
    yield Case("ocsp-good-and-revoked-by-a-stranger", [GOOD.der(), by_stranger])
    yield Case("ocsp-refusal", [REFUSAL], status="unknown", says="refused to answer")
    yield Case("ocsp-no-answer", [b"no answer"], status="unknown", says=_MALFORMED)
    yield Case("ocsp-bad-and-good", [b"no answer", REFUSAL, GOOD.der()])


def _listed(name: str, says: str | None = None, status: str = "unknown", **changes: Any) -> Case:
    return Case(name, crls=[replace(LIST, **changes).der()], status=status if says else "pass", says=says)


def _scope(**members: Any) -> tuple[x509.IssuingDistributionPoint, bool]:
    usual = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(usual | members)), True


def _lists() -> Iterator[Case]:
    yield _listed("crl-without-it")
    yield _listed("crl-with-others", revoked={SERIAL + 1: AT - DAY})
    yield _listed("crl-ended-before-signing", _STALE, since=AT - 2 * DAY, until=AT - DAY)
    yield _listed("crl-revoked-before", _REVOKED, status="fail", revoked={SERIAL: AT - DAY})
    yield _listed(
        "crl-ended-and-revoked-before", _REVOKED, "fail", until=AT - HOUR / 2, revoked={SERIAL: AT - DAY}
    )
    yield _listed("crl-revoked-later", since=AT + DAY, until=AT + 2 * DAY, revoked={SERIAL: AT + HOUR})
    yield _listed("crl-of-another-issuer", _OTHER, issuer=STRANGER)
    yield _listed("crl-by-a-stranger", _SIGNER, by=STRANGER)
    yield _listed("crl-delta", _OTHER, extensions=[(x509.DeltaCRLIndicator(1), True)])
    yield _listed("crl-of-users", extensions=[_scope(only_contains_user_certs=True)])
    yield _listed("crl-of-authorities", _OTHER, extensions=[_scope(only_contains_ca_certs=True)])
    some = frozenset({x509.ReasonFlags.key_compromise})
    yield _listed("crl-for-some-reasons", _OTHER, extensions=[_scope(only_some_reasons=some)])
    yield _listed("crl-indirect", _OTHER, extensions=[_scope(indirect_crl=True)])
    here, there = (
        [x509.UniformResourceIdentifier(one)] for one in (CRL_ADDRESS, "http://other.example/ca.crl")
    )
    yield _listed("crl-of-its-own-place", extensions=[_scope(full_name=here)])
    yield _listed("crl-of-another-place", _OTHER, extensions=[_scope(full_name=there)])
    yield Case("crl-no-list", crls=[b"no list"], status="unknown", says=_MALFORMED)
    mute = party("nơi cấp", ROOT, extensions=(basic_constraints(ca=True), key_usage(signs=True)))
    yield replace(_listed("crl-issuer-signs-no-lists", _SIGNER), issuer=mute)
    revoked = replace(LIST, revoked={SERIAL: AT - DAY}).der()
    yield Case("ocsp-good-crl-revoked", [GOOD.der()], [revoked], "fail", _REVOKED)


def _certificates() -> Iterator[Case]:
    yield Case("no-evidence", status="unknown", says=_MISSING)
    yield Case("none-offered", signer=party("không nêu", ISSUER, extensions=SUBSCRIBER))
    only = party("chỉ nơi cấp", ISSUER, extensions=(*SUBSCRIBER, ONLY_ISSUERS))
    yield Case("only-the-issuers-certificate-offered", signer=only)
    listed = party("chỉ CRL", ISSUER, extensions=(*SUBSCRIBER, OFFERS_CRL))
    yield Case("list-offered-and-missing", signer=listed, status="unknown", says=_MISSING)
    authority = party("CA nêu CRL", ROOT, extensions=(*ISSUES, OFFERS_CRL))
    of_root = List(ROOT, AT - HOUR, AT + DAY, extensions=[_scope(only_contains_ca_certs=True)]).der()
    yield Case("authority-on-a-list-of-authorities", crls=[of_root], signer=authority, issuer=ROOT)


def text() -> str:
    """Return the text of the file."""
    cases = [case.spelled() for case in (*_certificates(), *_answers(), *_lists())]
    document = {"specification": "docs/formats/verdict.md#revocation-evidence", "cases": cases}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    (FOLDER / "revocation" / "cases.json").write_text(text(), encoding="utf-8")
