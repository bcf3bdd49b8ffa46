"""Signs documents with a key on a PKCS#11 token: its certificate is read before any PIN, its key never leaves it.

`keys.pkcs11_mechanisms` says how tokens are asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from keys.certificates import is_for_signing, path_below_anchor
from keys.pkcs11_mechanisms import Way, certificates_of, check_key, sign_on_token, way_of
from keys.pkcs11_token import AskPIN, OpenToken, find_token
from keys.signer import KeysError, SignatureAlgorithm, check_algorithm_fits
from keys.signer_address import TokenAddress


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """A `keys.signer.Signer` whose key is on a token; signs once the token is unlocked."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    algorithm: SignatureAlgorithm
    token: OpenToken
    _way: Way = field(repr=False)
    _key_id: bytes = field(repr=False)

    def sign(self, signed_attributes_der: bytes) -> bytes:
        """Sign the DER of the signed attributes, see `keys.signer.Signer.sign`.

        Raises:
            KeysError: `token-key-missing`, `token-key-asks-each-time`, and what `keys.pkcs11_token.refusals` raises.
        """
        return sign_on_token(self.token, self._key_id, self._way, signed_attributes_der)

    def check_key(self) -> None:
        """Refuse a token, once unlocked, that lacks the key or asks for its PIN at each signature.

        Raises:
            KeysError: as `sign`.
        """
        check_key(self.token, self._key_id)


class TokenDrawer:
    """The tokens of one batch: each opened once, each PIN asked once, all closed at the end."""

    def __init__(self) -> None:
        self._tokens: list[OpenToken] = []
        self._signers: list[TokenSigner] = []

    def signer(self, address: TokenAddress, intermediates: Sequence[x509.Certificate]) -> TokenSigner:
        """Find the token and its certificate; no PIN is asked.

        Args:
            address: which token, and which certificate on it.
            intermediates: certificates of authorities that the token may lack.

        Raises:
            KeysError: as `find_token`; `token-certificate-missing`, `token-certificate-ambiguous`,
                `token-mechanism-missing`, `key-unsuitable`.
        """
        token = self._same(find_token(address.module, label=address.label, serial=address.serial))
        found = _certificates(token)
        certificate, key_id = _choose(found, address, token)
        way = _way(certificate, token)
        check_algorithm_fits(certificate, way.algorithm)
        others = [one for one, _ in found if one != certificate]
        signer = TokenSigner(
            certificate,
            path_below_anchor(certificate, [*intermediates, *others]),
            way.algorithm,
            token,
            way,
            key_id,
        )
        self._signers.append(signer)
        return signer

    def unlock(self, ask_pin: AskPIN) -> None:
        """Ask the PIN of each token, once, and make sure that each key is there.

        Raises:
            KeysError: as `OpenToken.unlock` and `TokenSigner.check_key`.
        """
        for token in self._tokens:
            token.unlock(ask_pin)
        for signer in self._signers:
            signer.check_key()

    def close(self) -> None:
        """Log out of every token."""
        for token in self._tokens:
            token.close()

    def _same(self, token: OpenToken) -> OpenToken:
        for known in self._tokens:
            if known.name == token.name:
                token.close()
                return known
        self._tokens.append(token)
        return token


def certificates_on(address: TokenAddress) -> list[x509.Certificate]:
    """Return the certificates on a token that may sign documents.

    Raises:
        KeysError: as `find_token`.
    """
    token = find_token(address.module, label=address.label, serial=address.serial)
    try:
        return [certificate for certificate, _ in _certificates(token) if is_for_signing(certificate)]
    finally:
        token.close()


def _certificates(token: OpenToken) -> list[tuple[x509.Certificate, bytes]]:
    found = []
    for der, key_id in certificates_of(token):
        try:
            found.append((x509.load_der_x509_certificate(der), key_id))
        except ValueError:
            # Tokens hold all kinds of things; what is no certificate signs nothing.
            continue
    return found


def _choose(
    found: Sequence[tuple[x509.Certificate, bytes]], address: TokenAddress, token: OpenToken
) -> tuple[x509.Certificate, bytes]:
    matching = [
        one
        for one in found
        if is_for_signing(one[0]) and address.certificate in {None, one[0].fingerprint(SHA256()).hex()}
    ]
    if not matching:
        raise KeysError(
            "token-certificate-missing",
            f"Thiết bị ký {token.name} không có chứng thư ký đã khai cho trường. Hãy cắm đúng thiết bị, "
            "hoặc khai lại bằng: hocba signer set.",
            f"The token {token.name} lacks the signature certificate named for the school. Plug in the right token, or "
            "name it anew: hocba signer set.",
        )
    if len(matching) > 1:
        raise KeysError(
            "token-certificate-ambiguous",
            f"Thiết bị ký {token.name} có nhiều chứng thư ký. Hãy chọn một: hocba signer set --certificate …",
            f"The token {token.name} holds several signature certificates. Choose one: "
            "hocba signer set --certificate …",
        )
    return matching[0]


def _way(certificate: x509.Certificate, token: OpenToken) -> Way:
    is_ec = isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
    rsa = (SignatureAlgorithm.RSA_PSS, SignatureAlgorithm.RSA_PKCS1V15)
    return way_of(token, *((SignatureAlgorithm.ECDSA_P256,) if is_ec else rsa))
