"""Which certificates lead to an anchor, for which time and with which algorithm."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys.certificates import DOCUMENT_SIGNING
from schemas.record.trust_root import Algorithm, AnchorSet, TrustRoot
from tests.support.certificates import (
    END,
    START,
    SUBSCRIBER,
    Extension,
    Party,
    basic_constraints,
    key_usage,
    party,
    private_key,
)
from tests.support.record import trust_root
from verify.certificate_path import CertificatePath, find_path
from verify.findings import CheckFailedError

AT = dt.datetime(2026, 11, 24, 3, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
ECDSA = Algorithm(name="ecdsa-p256", minimum_bits=256, until=None)
ROOT = party("gốc")
AUTHORITY = party("cấp chứng thư", ROOT)
SIGNER = party("người ký", AUTHORITY, extensions=SUBSCRIBER)


def _trust(*anchors: Party, algorithms: tuple[Algorithm, ...] = (ECDSA,)) -> TrustRoot:
    sets = tuple(
        AnchorSet(set=f"set-{number}", certificates=(one.anchor,)) for number, one in enumerate(anchors)
    )
    return trust_root(
        anchors=tuple(one.model_dump() for one in sets),
        algorithms=tuple(one.model_dump() for one in algorithms),
    )


def _find(
    *parties: Party, trust: TrustRoot | None = None, algorithm: str = "ecdsa-p256", at: dt.datetime = AT
) -> CertificatePath:
    return find_path(tuple(one.der for one in parties), algorithm, trust or _trust(ROOT), at)


def _refused(
    *parties: Party, trust: TrustRoot | None = None, algorithm: str = "ecdsa-p256", at: dt.datetime = AT
) -> str:
    with pytest.raises(CheckFailedError) as refusal:
        _find(*parties, trust=trust, algorithm=algorithm, at=at)
    assert refusal.value.text.vi
    return refusal.value.text.en


def test_path_names_signer_and_issuer() -> None:
    """A path to an anchor is found, with the names that people are shown and the period of all together."""
    path = _find(SIGNER, AUTHORITY)
    assert (path.signer, path.issuer, path.managing_unit) == ("người ký", "cấp chứng thư", None)
    assert (path.from_, path.until) == (START, END)
    assert not path.revocable


def test_signer_may_stand_right_below_an_anchor() -> None:
    """An anchor may issue to a signer itself, and an intermediate may be an anchor."""
    assert _find(party("ký thẳng", ROOT, extensions=SUBSCRIBER)).issuer == "gốc"
    assert _find(SIGNER, trust=_trust(AUTHORITY)).issuer == "cấp chứng thư"


def test_any_set_of_anchors_will_do() -> None:
    """The anchor may stand in any set of the trust root."""
    assert _find(SIGNER, AUTHORITY, trust=_trust(party("gốc khác"), ROOT)).signer == "người ký"


def test_without_its_anchor_a_path_is_refused() -> None:
    """No anchor at all, only another one, or a missing intermediate: the certificate is not trusted."""
    assert "no trusted authority" in _refused(SIGNER, AUTHORITY, trust=_trust())
    assert "no trusted authority" in _refused(SIGNER, AUTHORITY, trust=_trust(party("gốc khác")))
    assert "no trusted authority" in _refused(SIGNER)


def test_name_of_an_anchor_is_not_enough() -> None:
    """Whoever takes the name of an anchor, but has not its key, is not it."""
    impostor = party("gốc", key=private_key("kẻ giả"))
    assert "no trusted authority" in _refused(SIGNER, AUTHORITY, trust=_trust(impostor))
    forged = party("người ký", Party(AUTHORITY.certificate, private_key("kẻ giả")), extensions=SUBSCRIBER)
    assert "chain does not hold" in _refused(forged, AUTHORITY)


def test_self_signed_signer_is_refused() -> None:
    """A certificate that signs itself leads nowhere."""
    assert "no trusted authority" in _refused(party("tự ký", extensions=SUBSCRIBER))


@pytest.mark.parametrize(
    "extensions",
    [
        SUBSCRIBER,
        (basic_constraints(ca=False), key_usage(issues=True)),
        (basic_constraints(ca=True), key_usage(signs=True)),
    ],
    ids=["a signer", "not an authority", "no right to issue"],
)
def test_only_an_authority_issues(extensions: tuple[Extension, ...]) -> None:
    """An intermediate that is no authority, or may not issue, issues nothing that counts."""
    issuer = party("không được cấp", ROOT, extensions=extensions)
    assert "chain does not hold" in _refused(party("người ký", issuer, extensions=SUBSCRIBER), issuer)


@pytest.mark.parametrize("extensions", [(), (key_usage(issues=True),), (basic_constraints(ca=True),)])
def test_authority_without_its_extensions_is_refused(extensions: tuple[Extension, ...]) -> None:
    """An intermediate that does not say what it may do is malformed here."""
    issuer = party("không nói rõ", ROOT, extensions=extensions)
    assert "malformed" in _refused(party("người ký", issuer, extensions=SUBSCRIBER), issuer)


def test_path_length_is_kept() -> None:
    """An authority that may have none below it cannot have one; a root that allows one allows just one."""
    narrow_root = party(
        "gốc hẹp", extensions=(basic_constraints(ca=True, path_length=0), key_usage(issues=True))
    )
    issuer = party("cấp dưới", narrow_root)
    signer = party("người ký", issuer, extensions=SUBSCRIBER)
    assert "chain does not hold" in _refused(signer, issuer, trust=_trust(narrow_root))
    root = party(
        "gốc một bậc", extensions=(basic_constraints(ca=True, path_length=1), key_usage(issues=True))
    )
    issuer = party("cấp dưới", root)
    signer = party("người ký", issuer, extensions=SUBSCRIBER)
    assert _find(signer, issuer, trust=_trust(root)).signer == "người ký"
    lower = party("cấp dưới nữa", issuer)
    signer = party("người ký", lower, extensions=SUBSCRIBER)
    assert "chain does not hold" in _refused(signer, lower, issuer, trust=_trust(root))


def test_endless_path_is_refused() -> None:
    """A path of more than four certificates is not even looked at."""
    path = [ROOT]
    for number in range(4):
        path.insert(0, party(f"bậc {number}", path[0]))
    signer = party("người ký", path[0], extensions=SUBSCRIBER)
    assert _find(signer, trust=_trust(path[0])).signer == "người ký"
    assert "too long" in _refused(signer, *path[:-1])


def test_validity_is_asked_of_the_signing_time() -> None:
    """A certificate expired today was valid when it signed, and one valid today was not before its start."""
    short = party(
        "ngắn hạn", AUTHORITY, extensions=SUBSCRIBER, not_before=AT, not_after=AT + dt.timedelta(days=1)
    )
    path = _find(short, AUTHORITY, at=AT)
    assert path.is_valid_at(AT)
    assert path.is_valid_at(AT + dt.timedelta(days=1))
    assert not path.is_valid_at(AT - SECOND)
    assert not path.is_valid_at(AT + dt.timedelta(days=1) + SECOND)


def test_path_is_valid_only_while_all_of_it_is() -> None:
    """An intermediate or an anchor that had expired at the signing time ends the path's period."""
    old_root = party("gốc cũ", not_after=AT)
    issuer = party("cấp trễ", old_root, not_before=START + SECOND)
    path = _find(party("người ký", issuer, extensions=SUBSCRIBER), issuer, trust=_trust(old_root))
    assert (path.from_, path.until) == (START + SECOND, AT)
    assert not path.is_valid_at(START)
    assert not path.is_valid_at(AT + SECOND)


def test_weak_keys_are_refused() -> None:
    """RSA of 1024 bits is refused wherever in the path it stands, whatever the trust root allows."""
    rsa = Algorithm(name="rsa-pss", minimum_bits=1, until=None)
    weak = private_key("yếu", 1024)
    signer = party("khoá yếu", AUTHORITY, extensions=SUBSCRIBER, key=weak)
    trust = _trust(ROOT, algorithms=(rsa, ECDSA))
    assert "too weak" in _refused(signer, AUTHORITY, trust=trust, algorithm="rsa-pss")
    issuer = party("cấp bằng khoá yếu", ROOT, key=weak)
    assert "too weak" in _refused(party("người ký", issuer, extensions=SUBSCRIBER), issuer, trust=trust)
    root = party("gốc khoá yếu", key=weak)
    assert "too weak" in _refused(party("người ký", root, extensions=SUBSCRIBER), trust=_trust(root))


@pytest.mark.parametrize("critical", [True, False])
def test_unknown_critical_extension_is_refused(critical: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A condition that is not understood is refused if it is critical, else it is passed over (RFC 5280 §4.2)."""
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
    signer = party("điều kiện lạ", AUTHORITY, extensions=(*SUBSCRIBER, (unknown, critical)))
    if critical:
        assert "condition unknown" in _refused(signer, AUTHORITY)
    else:
        assert _find(signer, AUTHORITY).signer == "điều kiện lạ"


def test_critical_name_constraints_are_refused() -> None:
    """A constraint that is not checked here is not passed over either, be it known to the library."""
    constraints = x509.NameConstraints(permitted_subtrees=[x509.DNSName("edu.vn")], excluded_subtrees=None)
    extensions: tuple[Extension, ...] = (
        basic_constraints(ca=True),
        key_usage(issues=True),
        (constraints, True),
    )
    issuer = party("có ràng buộc", ROOT, extensions=extensions)
    assert "condition unknown" in _refused(party("người ký", issuer, extensions=SUBSCRIBER), issuer)


@pytest.mark.parametrize(
    ("purpose", "may_sign"),
    [(ExtendedKeyUsageOID.TIME_STAMPING, False), (DOCUMENT_SIGNING, True)],
    ids=["time stamping", "document signing"],
)
def test_time_stamp_certificate_signs_no_document(
    purpose: x509.ObjectIdentifier,
    may_sign: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A certificate for time stamps is refused; one for documents is taken."""
    extension = (x509.ExtendedKeyUsage([purpose]), True)
    signer = party("mục đích", AUTHORITY, extensions=(*SUBSCRIBER, extension))
    if may_sign:
        assert _find(signer, AUTHORITY).signer == "mục đích"
    else:
        assert "not issued for signing documents" in _refused(signer, AUTHORITY)


@pytest.mark.parametrize(
    "extensions",
    [
        (basic_constraints(ca=True), key_usage(issues=True)),
        (basic_constraints(ca=True), key_usage(signs=True, issues=True)),
        (basic_constraints(ca=False), key_usage()),
    ],
    ids=["authority", "authority that signs", "encryption"],
)
def test_only_signers_sign(extensions: tuple[Extension, ...]) -> None:
    """An authority's own certificate and one for encryption are no signers' certificates."""
    assert "not issued for signing documents" in _refused(
        party("không phải người ký", AUTHORITY, extensions=extensions), AUTHORITY
    )


def test_algorithm_policy_is_the_trust_roots() -> None:
    """An algorithm must be named by the trust root, with a key as long as it asks."""
    rsa = Algorithm(name="rsa-pss", minimum_bits=2048, until=None)
    signer = party("khoá RSA", AUTHORITY, extensions=SUBSCRIBER, key=private_key("rsa", 2048))
    assert (
        _find(signer, AUTHORITY, trust=_trust(ROOT, algorithms=(rsa,)), algorithm="rsa-pss").signer
        == "khoá RSA"
    )
    for algorithms in ((), (ECDSA,), (rsa.model_copy(update={"minimum_bits": 3072}),)):
        trust = _trust(ROOT, algorithms=algorithms)
        assert "algorithm or key length" in _refused(signer, AUTHORITY, trust=trust, algorithm="rsa-pss")
    assert "algorithm or key length" in _refused(
        signer, AUTHORITY, trust=_trust(ROOT, algorithms=(rsa,)), algorithm="rsa-pkcs1v15"
    )


def test_algorithm_ends_at_its_time() -> None:
    """An algorithm counts for what was signed before its `until`, and not from that second on."""
    until = Algorithm(name="ecdsa-p256", minimum_bits=256, until=f"{AT:%Y-%m-%dT%H:%M:%SZ}")
    trust = _trust(ROOT, algorithms=(until,))
    assert _find(SIGNER, AUTHORITY, trust=trust, at=AT - SECOND).signer == "người ký"
    assert "algorithm or key length" in _refused(SIGNER, AUTHORITY, trust=trust, at=AT)


def test_offered_revocation_is_noticed() -> None:
    """A certificate that names a revocation list says that revocation could be asked, which is not done offline."""
    where = x509.UniformResourceIdentifier("http://crl.example.vn/ca.crl")
    points = x509.CRLDistributionPoints([x509.DistributionPoint([where], None, None, None)])
    signer = party("có CRL", AUTHORITY, extensions=(*SUBSCRIBER, (points, False)))
    assert [one.certificate for one in _find(signer, AUTHORITY).revocable] == [signer.certificate]


@pytest.mark.parametrize("certificate", [b"", b"\x30\x00", b"no certificate"])
def test_bytes_that_are_no_certificate_are_refused(certificate: bytes) -> None:
    """Malformed certificates fail the check instead of breaking it."""
    with pytest.raises(CheckFailedError):
        find_path((certificate,), "ecdsa-p256", _trust(ROOT), AT)
