"""A signer whose key is elsewhere: its certificate is known here, its signatures come later, from outside.

Prepared bytes wait in the work folder until somebody brings the value (`service.signers.awaited_signatures`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from keys.certificates import is_for_signing, path_below_anchor
from keys.signer import KeysError, SignatureAlgorithm, check_algorithm_fits
from keys.signer_address import AgentAddress, RemoteAddress, spelled


class SignatureAwaitedError(KeysError):
    """Nothing failed: what was prepared waits for a signature that is made elsewhere."""

    def __init__(self, *, by_service: bool) -> None:
        vi, en = _BY_SERVICE if by_service else _BY_AGENT
        super().__init__("signature-awaited", vi, en)


_BY_AGENT: Final = (
    "Đang chờ chữ ký từ máy có thiết bị ký. Hãy chạy hocba-agent trên máy đó.",
    "Waiting for a signature from the computer that has the token. Run hocba-agent there.",
)
_BY_SERVICE: Final = (
    "Đang chờ chữ ký từ dịch vụ ký số từ xa. Hãy cấp lại bằng lệnh hocba issue.",
    "Waiting for a signature from the remote signing service. Issue again with hocba issue.",
)


@dataclass(frozen=True, slots=True)
class AwaitedSigner:
    """A `keys.signer.Signer` that has the certificate and never the key."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    algorithm: SignatureAlgorithm
    by_service: bool
    """Whether a remote service signs; else a computer of the school does."""

    @classmethod
    def of(cls, address: AgentAddress | RemoteAddress) -> Self:
        """Return the signer that an address describes.

        Raises:
            KeysError: `key-unsuitable`.
        """
        certificate, *chain = address.loaded
        check_algorithm_fits(certificate, address.algorithm)
        return cls(certificate, tuple(chain), address.algorithm, isinstance(address, RemoteAddress))

    def sign(self, signed_attributes_der: bytes) -> bytes:  # noqa: ARG002 - the protocol's
        """Say that the signature is awaited.

        Raises:
            SignatureAwaitedError: always; a value that was brought is taken before a signer is asked.
        """
        raise SignatureAwaitedError(by_service=self.by_service)


def agent_address(certificates: Sequence[x509.Certificate], *, pkcs1v15: bool) -> AgentAddress:
    """Return the address of a key at the office, by the certificates that were handed in, in any order.

    Args:
        certificates: the one certificate for signing, and those of its issuers.
        pkcs1v15: the token signs RSA in no other way.

    Raises:
        KeysError: `agent-certificates-unfit`.
    """
    signing = [one for one in certificates if is_for_signing(one)]
    if len(signing) != 1:
        raise KeysError(
            "agent-certificates-unfit",
            f"Tệp phải có đúng một chứng thư ký của người ký, nhưng có {len(signing)}. "
            "Hãy lấy lại tệp bằng lệnh: hocba-agent certificates.",
            f"The file must hold exactly one certificate for signing, and holds {len(signing)}. "
            "Get it again with: hocba-agent certificates.",
        )
    is_ec = isinstance(signing[0].public_key(), ec.EllipticCurvePublicKey)
    rsa = SignatureAlgorithm.RSA_PKCS1V15 if pkcs1v15 else SignatureAlgorithm.RSA_PSS
    path = path_below_anchor(signing[0], [one for one in certificates if one is not signing[0]])
    return AgentAddress(
        algorithm=SignatureAlgorithm.ECDSA_P256 if is_ec else rsa, certificates=spelled([signing[0], *path])
    )
