"""Remote signing services that speak the API of the Cloud Signature Consortium (CSC, version 1.0.4.0), hash signing.

The key is with the service, and so is the decision whether it signs: each batch is authorised with the very hashes
that will be signed, as far as the service binds its answer to them (SCAL 2), with a PIN and a one-time password where
it wants them. Neither is kept here.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, TypeVar
from urllib.parse import SplitResult, urlsplit

from cryptography import x509
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keys.signer import KeysError, SignatureAlgorithm
from schemas.cms import PSS_PARAMETERS
from service.errors import ServiceError
from service.evidence.bounded_http import StatusError, post

TIMEOUT_SECONDS: Final = 60.0
"""For one answer: services wait for a person's confirmation on the telephone within it."""
MAX_ANSWER_BYTES: Final = 4 << 20
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_ALGORITHMS: Final = (
    ("1.2.840.113549.1.1.10", SignatureAlgorithm.RSA_PSS),
    ("1.2.840.113549.1.1.11", SignatureAlgorithm.RSA_PKCS1V15),
    ("1.2.840.113549.1.1.1", SignatureAlgorithm.RSA_PKCS1V15),
    ("1.2.840.10045.4.3.2", SignatureAlgorithm.ECDSA_P256),
)
"""Identifiers that services give, the best first."""


class _Answer(BaseModel):
    """What a service answers; members that this client does not know are its own affair."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Key(_Answer):
    status: Literal["enabled", "disabled"]
    algo: list[str]


class _Certificates(_Answer):
    certificates: Annotated[list[str], Field(min_length=1, max_length=10)]


class _Factor(_Answer):
    presence: Literal["true", "false", "optional"] = "false"
    type: str = "offline"


class _Credential(_Answer):
    key: _Key
    cert: _Certificates
    authMode: Literal["implicit", "explicit", "oauth2code"]  # noqa: N815 - the API's word
    multisign: Annotated[int, Field(ge=1)] = 1
    PIN: _Factor = _Factor()
    OTP: _Factor = _Factor()


class _Authorized(_Answer):
    SAD: Annotated[str, Field(min_length=1)]
    expiresIn: Annotated[int, Field(ge=0)] = 3600  # noqa: N815 - the API's word


class _Signed(_Answer):
    signatures: list[str]


@dataclass(frozen=True, slots=True)
class Credential:
    """A key at the service: its certificates, how it signs, and what it asks of the person."""

    id: str
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    algorithm: SignatureAlgorithm
    identifier: str
    """The algorithm as the service calls it."""
    most: int
    """How many signatures one authorisation covers."""
    wants_pin: bool
    wants_otp: bool
    sends_otp: bool
    """Whether the service sends the one-time password when it is asked to."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """The service's permission to sign some hashes (signature activation data), and for how many seconds."""

    sad: str = field(repr=False)
    seconds: int


class CSCClient:
    """A remote signing service; opens one connection for each question."""

    def __init__(
        self, url: str, *, access_token: str | None = None, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        """Keep whom to ask.

        Args:
            url: its base address, before `/csc/v1/`.
            access_token: what the service's operator gave the installation for its calls.
            timeout: seconds for one answer.

        Raises:
            ServiceError: `remote-signer-address`.
        """
        self._base = checked_service_address(url)
        self._token, self._timeout = access_token, timeout

    def credential(self, credential_id: str) -> Credential:
        """Return what the service says of a key.

        Raises:
            KeysError: `remote-signer-unavailable`, `remote-signer-refuses`, `remote-signer-answer`,
                `remote-credential-unusable`.
        """
        found = self._ask(
            "credentials/info", {"credentialID": credential_id, "certificates": "chain"}, _Credential
        )
        if found.key.status != "enabled" or found.authMode == "oauth2code":
            raise _unusable(credential_id, f"{found.key.status}, {found.authMode}")
        choice = next(((oid, algorithm) for oid, algorithm in _ALGORITHMS if oid in found.key.algo), None)
        if choice is None:
            raise _unusable(credential_id, ", ".join(found.key.algo))
        try:
            certificate, *others = (
                x509.load_der_x509_certificate(_decoded(one)) for one in found.cert.certificates
            )
        except ValueError as error:
            raise _answer_unclear(self._base.netloc) from error
        is_explicit = found.authMode == "explicit"
        return Credential(
            credential_id,
            certificate,
            tuple(others),
            algorithm=choice[1],
            identifier=choice[0],
            most=found.multisign,
            wants_pin=is_explicit and found.PIN.presence != "false",
            wants_otp=is_explicit and found.OTP.presence == "true",
            sends_otp=found.OTP.type == "online",
        )

    def send_otp(self, credential: Credential) -> None:
        """Have the service send its one-time password to the person.

        Raises:
            KeysError: as `credential`.
        """
        self._ask("credentials/sendOTP", {"credentialID": credential.id}, _Answer)

    def authorize(
        self, credential: Credential, hashes: Sequence[bytes], *, pin: str | None, otp: str | None
    ) -> Authorization:
        """Ask for permission to sign these hashes and no others.

        Raises:
            KeysError: as `credential`; `remote-signer-refuses` where the PIN or password is wrong.
        """
        question = {
            "credentialID": credential.id,
            "numSignatures": len(hashes),
            "hash": [_encoded(one) for one in hashes],
        }
        question |= {} if pin is None else {"PIN": pin}
        question |= {} if otp is None else {"OTP": otp}
        found = self._ask("credentials/authorize", question, _Authorized)
        return Authorization(found.SAD, found.expiresIn)

    def sign(
        self, credential: Credential, authorization: Authorization, hashes: Sequence[bytes]
    ) -> list[bytes]:
        """Return the signature values of SHA-256 hashes, in their order; nobody has checked them yet.

        Raises:
            KeysError: as `credential`.
        """
        question: dict[str, Any] = {
            "credentialID": credential.id,
            "SAD": authorization.sad,
            "hash": [_encoded(one) for one in hashes],
            "hashAlgo": _SHA256,
            "signAlgo": credential.identifier,
        }
        if credential.algorithm is SignatureAlgorithm.RSA_PSS:
            question["signAlgoParams"] = _encoded(PSS_PARAMETERS)
        found = self._ask("signatures/signHash", question, _Signed)
        try:
            values = [_decoded(one) for one in found.signatures]
        except ValueError as error:
            raise _answer_unclear(self._base.netloc) from error
        if len(values) != len(hashes):
            raise _answer_unclear(self._base.netloc)
        return values

    def _ask(self, method: str, question: Mapping[str, Any], kind: type[_A]) -> _A:
        name = self._base.netloc
        address = self._base._replace(path=f"{self._base.path.rstrip('/')}/csc/v1/{method}")
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            answer = post(
                address,
                json.dumps(question).encode("ascii"),
                headers,
                seconds=self._timeout,
                most=MAX_ANSWER_BYTES,
            )
            return kind.model_validate_json(answer)
        except StatusError as error:
            raise _refuses(name, error) from error
        except ValidationError as error:
            raise _answer_unclear(name) from error
        except (OSError, ValueError) as error:
            raise KeysError(
                "remote-signer-unavailable",
                f"Không liên lạc được với dịch vụ ký số từ xa {name} ({error}); những học bạ đã ký vẫn còn. "
                "Hãy xem đường truyền rồi cấp tiếp.",
                f"The remote signing service {name} cannot be reached ({error}); what it signed is kept. Check the "
                "connection and issue again.",
            ) from error


_A = TypeVar("_A", bound=_Answer)


def checked_service_address(url: str) -> SplitResult:
    """Return the parts of a service's address: https, or http on this machine alone, since secrets go there.

    Raises:
        ServiceError: `remote-signer-address`.
    """
    parts, good = urlsplit(""), False
    try:
        parts = urlsplit(url)
        is_here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        good = (parts.scheme == "https" and bool(parts.hostname)) or (parts.scheme == "http" and is_here)
        good = good and parts.port != 0 and not (parts.username or parts.query or parts.fragment)
    except ValueError:
        good = False
    if not good or not (url.isascii() and url.isprintable()) or " " in url:
        raise ServiceError(
            "remote-signer-address",
            f"Địa chỉ dịch vụ ký số từ xa phải có dạng https://MÁY/…: {url}",
            f"The address of a remote signing service must be of the form https://HOST/…: {url}",
        )
    return parts


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not Base64") from error


def _refuses(name: str, error: StatusError) -> KeysError:
    try:
        said = json.loads(error.body)
        words = f"{said['error']}: {said.get('error_description', '')}".rstrip(": ")
    except (ValueError, TypeError, KeyError, AttributeError):
        words = f"HTTP {error.status}"
    # A stranger's words: short, of one line, and nothing that steers a terminal.
    shown = "".join(letter if letter.isprintable() else " " for letter in words)[:200]
    return KeysError(
        "remote-signer-refuses",
        f"Dịch vụ ký số từ xa {name} từ chối: {shown}. Hãy xem lại mã PIN, mã OTP và quyền của tài khoản.",
        f"The remote signing service {name} refuses: {shown}. Check the PIN, the one-time password and what the "
        "account may do.",
    )


def _unusable(credential_id: str, reason: str) -> KeysError:
    return KeysError(
        "remote-credential-unusable",
        f"Khoá {credential_id} của dịch vụ ký số từ xa không dùng được cho học bạ ({reason}).",
        f"The credential {credential_id} of the remote signing service cannot be used for transcripts ({reason}).",
    )


def _answer_unclear(name: str) -> KeysError:
    return KeysError(
        "remote-signer-answer",
        f"Dịch vụ ký số từ xa {name} trả lời không đúng chuẩn CSC. Hãy báo nhà cung cấp dịch vụ.",
        f"The remote signing service {name} does not answer as the CSC API says. Tell its operator.",
    )
