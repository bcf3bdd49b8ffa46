"""Keys on tokens (SoftHSM): each kind signs, the PIN is asked once, and each refusal says what to do."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from keys.pkcs11_signer import TokenDrawer, TokenSigner, certificates_on
from keys.pkcs11_token import tokens
from keys.signer import KeysError, SignatureAlgorithm, check_signature
from keys.signer_address import TokenAddress
from tests.support.certificates import SUBSCRIBER, basic_constraints, key_usage, party, private_key
from tests.support.keys import authority
from tests.support.signers import Person
from tests.support.softhsm import MODULE, PIN, SoftHSM, address

MESSAGE = b"signed attributes"
RSA, EC = authority("rsa-2048-pss"), authority("p-256")
PSS, PKCS1, ECDSA = SignatureAlgorithm.RSA_PSS, SignatureAlgorithm.RSA_PKCS1V15, SignatureAlgorithm.ECDSA_P256


@pytest.fixture
def drawer() -> Iterator[TokenDrawer]:
    """A drawer that is closed after the test."""
    made = TokenDrawer()
    yield made
    made.close()


def _token(
    soft_hsm: SoftHSM, label: str = "Trường", kind: str = "rsa-2048-pss", *, asks_each_time: bool = False
) -> str:
    trusted = authority(kind)
    signer, key = trusted.signer, trusted.signer._key  # noqa: SLF001
    serial = soft_hsm.token(label)
    certificates = [signer.certificate, *signer.chain, trusted.root]
    soft_hsm.put(serial, key, certificates, asks_each_time=asks_each_time)
    return serial


def _open(drawer: TokenDrawer, where: TokenAddress) -> TokenSigner:
    signer = drawer.signer(where, ())
    drawer.unlock(Person())
    return signer


def _refusal(act: Callable[[], object]) -> KeysError:
    with pytest.raises(KeysError) as refusal:
        act()
    text = refusal.value.text
    assert text.vi.endswith((".", "]", "…")), text.vi
    assert text.en.endswith((".", "]", "…")), text.en
    return refusal.value


@pytest.mark.parametrize(
    ("kind", "mechanisms", "algorithm"),
    [
        ("rsa-2048-pss", "ALL", PSS),
        ("rsa-2048-pss", "CKM_RSA_PKCS_PSS,CKM_SHA256_RSA_PKCS", PSS),
        ("rsa-2048-pss", "CKM_SHA256_RSA_PKCS,CKM_RSA_PKCS", PKCS1),
        ("rsa-2048-pss", "CKM_RSA_PKCS", PKCS1),
        ("p-256", "ALL", ECDSA),
    ],
    ids=["PSS", "PSS over a digest", "PKCS #1 v1.5", "PKCS #1 v1.5 over a digest", "ECDSA"],
)
def test_every_way_of_signing(
    soft_hsm: SoftHSM, drawer: TokenDrawer, kind: str, mechanisms: str, algorithm: SignatureAlgorithm
) -> None:
    """By whatever mechanism a token has, its signature holds against the certificate, PSS before PKCS #1 v1.5."""
    serial = _token(SoftHSM(soft_hsm.folder, mechanisms), kind=kind)
    signer = _open(drawer, address(serial))
    assert signer.algorithm is algorithm
    known = authority(kind).signer
    assert (signer.certificate, signer.chain) == (known.certificate, known.chain)
    check_signature(known.certificate, algorithm, signer.sign(MESSAGE), MESSAGE)


def test_certificate_is_read_without_a_pin(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """Everything but signing works before the PIN; the key then refuses."""
    serial = _token(soft_hsm)
    assert certificates_on(address(serial)) == [RSA.signer.certificate]
    signer = drawer.signer(address(serial), ())
    assert signer.certificate == RSA.signer.certificate
    assert _refusal(lambda: signer.sign(MESSAGE)).code == "token-key-missing"


def test_intermediates_come_from_elsewhere(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """Where a token holds its own certificate alone, the path is completed by what the operator has."""
    serial = soft_hsm.token("Trường")
    soft_hsm.put(serial, RSA.signer._key, [RSA.signer.certificate])  # noqa: SLF001
    assert drawer.signer(address(serial), ()).chain == ()
    assert drawer.signer(address(serial), [RSA.root, *RSA.signer.chain]).chain == RSA.signer.chain


def test_pin_is_asked_once_a_token(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """Two signers on one token ask for one PIN, a third on another token for its own."""
    first = _token(soft_hsm, "Một")
    soft_hsm.put(first, EC.signer._key, [EC.signer.certificate], key_id=b"\2")  # noqa: SLF001
    second = _token(soft_hsm, "Hai", "p-256")
    one, two = (RSA.signer.certificate, EC.signer.certificate)
    signers = [
        drawer.signer(address(first, certificate=_thumbprint(one)), ()),
        drawer.signer(address(first, certificate=_thumbprint(two)), ()),
        drawer.signer(address(second), ()),
    ]
    person = Person()
    drawer.unlock(person)
    drawer.unlock(person)
    assert [request.token.label for request in person.asked] == ["Một", "Hai"]
    for signer in signers:
        check_signature(signer.certificate, signer.algorithm, signer.sign(MESSAGE), MESSAGE)


def test_wrong_pin(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """A wrong PIN is refused once, never tried again by itself, shown nowhere; the next request warns."""
    serial = _token(soft_hsm)
    signer = drawer.signer(address(serial), ())
    wrong = Person("141421356")
    refusal = _refusal(lambda: drawer.unlock(wrong))
    assert refusal.code == "token-pin-wrong"
    assert "Đã có lần nhập sai" in refusal.text.vi
    assert (len(wrong.asked), wrong.asked[0].warning) == (1, None)
    assert wrong.pin not in "".join(traceback.format_exception(refusal))
    right = Person()
    drawer.unlock(right)
    assert right.asked[0].warning is not None
    check_signature(signer.certificate, signer.algorithm, signer.sign(MESSAGE), MESSAGE)


@pytest.mark.parametrize("pin", ["", "1", "2" * 300])
def test_pin_of_a_length_that_cannot_be(soft_hsm: SoftHSM, drawer: TokenDrawer, pin: str) -> None:
    """What cannot be a PIN is a wrong PIN."""
    drawer.signer(address(_token(soft_hsm)), ())
    assert _refusal(lambda: drawer.unlock(Person(pin))).code == "token-pin-wrong"


def test_pin_is_not_kept(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """Once logged in, neither the drawer nor a signer holds the PIN."""
    signer = _open(drawer, address(_token(soft_hsm)))
    for holder in (signer.token, drawer):
        assert PIN not in repr(vars(holder))
    assert PIN not in repr(signer)


def test_pulled_token(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """A token that is pulled says so at each signature, and signs again when it is opened anew."""
    serial = _token(soft_hsm)
    signer = _open(drawer, address(serial))
    signer.sign(MESSAGE)
    soft_hsm.pull()
    assert [_refusal(lambda: signer.sign(MESSAGE)).code for _ in range(2)] == ["token-pulled"] * 2
    drawer.close()
    soft_hsm.plug_in()
    again = TokenDrawer()
    _open(again, address(serial)).sign(MESSAGE)
    again.close()


def test_absent_token(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """A token that is not there is asked for by its label, with those that are."""
    _token(soft_hsm, "Cô giáo")
    where = TokenAddress(module=MODULE, label="Hiệu trưởng")
    refusal = _refusal(lambda: drawer.signer(where, ()))
    assert refusal.code == "token-absent"
    assert "Hiệu trưởng" in refusal.text.vi
    assert "Cô giáo" in refusal.text.vi


def test_two_tokens_of_one_label(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """Tokens of one label are told by their serial numbers, and none is taken by chance."""
    serial, _ = _token(soft_hsm, "VNPT-CA"), _token(soft_hsm, "VNPT-CA", "p-256")
    where = TokenAddress(module=MODULE, label="VNPT-CA")
    assert _refusal(lambda: drawer.signer(where, ())).code == "token-ambiguous"
    chosen = TokenAddress(module=MODULE, label="VNPT-CA", serial=serial)
    assert drawer.signer(chosen, ()).certificate == RSA.signer.certificate


def test_certificate_of_another(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """A token without the certificate that was named is the wrong token."""
    where = address(_token(soft_hsm), certificate=_thumbprint(EC.signer.certificate))
    assert _refusal(lambda: drawer.signer(where, ())).code == "token-certificate-missing"


def test_certificates_that_do_not_sign_are_passed_over(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """An encryption certificate beside the signature certificate is not taken for it; two of the kind are too many."""
    serial = _token(soft_hsm)
    other = party("mã hoá", extensions=(basic_constraints(ca=False), key_usage()))
    soft_hsm.put(serial, None, [other.certificate], key_id=b"\2")
    assert drawer.signer(address(serial), ()).certificate == RSA.signer.certificate
    soft_hsm.put(serial, None, [party("khác", extensions=SUBSCRIBER).certificate], key_id=b"\3")
    assert _refusal(lambda: drawer.signer(address(serial), ())).code == "token-certificate-ambiguous"


def test_certificate_without_its_key(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """A copied certificate does not make a signer."""
    serial = soft_hsm.token("Trường")
    soft_hsm.put(serial, None, [RSA.signer.certificate])
    drawer.signer(address(serial), ())
    assert _refusal(lambda: drawer.unlock(Person())).code == "token-key-missing"


def test_missing_mechanism(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """A token that cannot sign in any way of ours is refused before its PIN."""
    serial = _token(SoftHSM(soft_hsm.folder, "CKM_RSA_PKCS_OAEP,CKM_ECDSA"))
    assert _refusal(lambda: drawer.signer(address(serial), ())).code == "token-mechanism-missing"


def test_weak_key(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """RSA of 1024 bits signs nothing, on a token either."""
    weak = party("khoá yếu", extensions=SUBSCRIBER, key=private_key("yếu", 1024))
    serial = soft_hsm.token("Trường")
    soft_hsm.put(serial, weak.key, [weak.certificate])
    assert _refusal(lambda: drawer.signer(address(serial), ())).code == "key-unsuitable"


def test_key_that_asks_each_time(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """A key that wants its PIN for each signature cannot sign a class, which is said before anything is signed."""
    drawer.signer(address(_token(soft_hsm, asks_each_time=True)), ())
    assert _refusal(lambda: drawer.unlock(Person())).code == "token-key-asks-each-time"


def test_key_that_does_not_belong(soft_hsm: SoftHSM, drawer: TokenDrawer) -> None:
    """A key under another's certificate signs, and its signature is refused."""
    serial = soft_hsm.token("Trường")
    soft_hsm.put(serial, private_key("người khác", 2048), [RSA.signer.certificate])
    signature = _open(drawer, address(serial)).sign(MESSAGE)
    refusal = _refusal(lambda: check_signature(RSA.signer.certificate, PSS, signature, MESSAGE))
    assert refusal.code == "signature-not-by-certificate"


@pytest.mark.parametrize("content", [None, b"no library"])
def test_unusable_library(tmp_path: Path, content: bytes | None) -> None:
    """A library that is not there, or is none, is named."""
    path = tmp_path / "token.so"
    if content is not None:
        path.write_bytes(content)
    refusal = _refusal(lambda: tokens(path))
    assert refusal.code == "token-library-unusable"
    assert str(path) in refusal.text.vi


def _thumbprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(SHA256()).hex()
