"""The keys at the office: found by their certificates, unlocked once, asked for signatures.

Whatever else may sign at an office (VGCA's local service, say) takes the place of `TokenKeys`:
the batch knows `OfficeKeys` alone.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from keys.agent.certificate import Certificate, read_certificate
from keys.agent.refusals import AgentError
from keys.errors import KeysError, SignatureAlgorithm
from keys.pkcs11_mechanisms import certificates_of, check_key, sign_on_token, way_of
from keys.pkcs11_token import AskPIN, OpenToken, tokens


class OfficeKeys(Protocol):
    """Keys that sign at the office, each known by its certificate's SHA-256."""

    @property
    def thumbprints(self) -> list[str]:
        """The SHA-256 of the certificates whose keys are here."""

    def certificate(self, thumbprint: str) -> bytes | None:
        """Return the DER of a certificate whose key is here."""

    def unlock(self, thumbprints: Collection[str], ask_pin: AskPIN) -> None:
        """Make these keys ready to sign; whoever is asked is asked once."""

    def sign(self, thumbprint: str, algorithm: str, message: bytes) -> bytes:
        """Return the signature value over a message, hashed on the way."""

    def close(self) -> None:
        """Let go of the keys."""


@dataclass(frozen=True, slots=True)
class _Key:
    token: OpenToken
    certificate: Certificate
    key_id: bytes


class TokenKeys:
    """The keys on the PKCS#11 tokens that are plugged in."""

    def __init__(self, module: Path) -> None:
        """Find the tokens and read their certificates; no PIN is asked.

        Raises:
            KeysError: as `keys.pkcs11_token.tokens`.
            AgentError: `agent-binding-missing`.
        """
        if importlib.util.find_spec("pkcs11") is None:
            raise AgentError(
                "agent-binding-missing",
                "Thiếu phần đọc thiết bị ký: thư mục lib phải nằm cạnh hocba-agent.pyz. Hãy chép lại cả thư mục.",
                "The part that reads tokens is missing: the folder lib belongs beside hocba-agent.pyz. "
                "Copy the whole folder again.",
            )
        try:
            self._tokens = [OpenToken(one, module) for one in tokens(module)]
        except KeysError as error:
            if error.code != "token-library-unusable":
                raise
            raise AgentError(
                "agent-library-unusable",
                f"Không dùng được thư viện của thiết bị ký {module}. Hãy cài phần mềm của nhà cung cấp thiết bị, "
                "rồi chỉ đúng đường dẫn bằng --module.",
                f"The token's library {module} cannot be used. Install the software of the token's maker, then name "
                "its path with --module.",
            ) from error
        self._keys = {one.certificate.thumbprint: one for token in self._tokens for one in _keys(token)}

    @property
    def signing(self) -> Iterable[tuple[str, Certificate]]:
        """The certificates that are no authority's, each with the name of its token."""
        keys = self._keys.values()
        return [(str(one.token.name), one.certificate) for one in keys if not one.certificate.is_authority]

    @property
    def thumbprints(self) -> list[str]:
        """The SHA-256 of the certificates that are no authority's."""
        return [certificate.thumbprint for _, certificate in self.signing]

    @property
    def authorities(self) -> list[Certificate]:
        """The certificates of authorities."""
        return [one.certificate for one in self._keys.values() if one.certificate.is_authority]

    def certificate(self, thumbprint: str) -> bytes | None:
        """Return the DER of a certificate that lies on a token."""
        key = self._keys.get(thumbprint)
        return key.certificate.der if key and not key.certificate.is_authority else None

    def unlock(self, thumbprints: Collection[str], ask_pin: AskPIN) -> None:
        """Ask the PIN of each token that holds one of these, once, and make sure that the keys are there.

        Raises:
            KeysError: as `OpenToken.unlock` and `check_key`.
        """
        wanted = [key for thumbprint, key in self._keys.items() if thumbprint in thumbprints]
        for key in wanted:
            key.token.unlock(ask_pin)
        for key in wanted:
            check_key(key.token, key.key_id)

    def sign(self, thumbprint: str, algorithm: str, message: bytes) -> bytes:
        """Return the signature value over a message.

        Raises:
            KeysError: as `sign_on_token`; `token-mechanism-missing`.
        """
        key = self._keys[thumbprint]
        way = way_of(key.token, SignatureAlgorithm(algorithm))
        return sign_on_token(key.token, key.key_id, way, message)

    def close(self) -> None:
        """Log out of every token."""
        for token in self._tokens:
            token.close()


def _keys(token: OpenToken) -> Iterable[_Key]:
    for data, key_id in certificates_of(token):
        certificate = read_certificate(data)
        if certificate is not None:
            yield _Key(token, certificate, key_id)
