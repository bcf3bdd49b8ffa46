"""An ECDSA signature has one spelling, and cryptography finds it as good as the other."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from schemas.der import DERError
from schemas.ecdsa import format_ecdsa, lower_ecdsa
from tests.support.certificates import private_key, with_other_s

KEY = private_key("one spelling")
assert isinstance(KEY, ec.EllipticCurvePrivateKey)
SIGNATURES = [
    KEY.sign(bytes([number]), ec.ECDSA(SHA256(), deterministic_signing=True)) for number in range(16)
]


def test_both_of_a_pair_become_the_same() -> None:
    """Of (r, s) and (r, n - s) one comes out, whichever is given; it stays as it is."""
    lower = [lower_ecdsa(one) for one in SIGNATURES]
    assert [lower_ecdsa(with_other_s(one)) for one in SIGNATURES] == lower
    assert [lower_ecdsa(one) for one in lower] == lower
    assert lower != SIGNATURES


@pytest.mark.parametrize("number", range(16))
def test_what_comes_out_is_good(number: int) -> None:
    """The key's own library takes it, and reads the same numbers."""
    lower = lower_ecdsa(SIGNATURES[number])
    assert isinstance(KEY, ec.EllipticCurvePrivateKey)
    KEY.public_key().verify(lower, bytes([number]), ec.ECDSA(SHA256()))
    assert format_ecdsa(*decode_dss_signature(lower)) == lower


@pytest.mark.parametrize("data", [b"", b"\x30\x00", SIGNATURES[0] + b"\0", SIGNATURES[0][:-1], bytes(64)])
def test_what_is_none_is_refused(data: bytes) -> None:
    """Nothing, no numbers, a byte too many or too few, two halves as tokens give them: no DER of two numbers."""
    with pytest.raises(DERError):
        lower_ecdsa(data)
