"""Where a school's key is when no PKCS#12 file holds it: a small JSON file in the key's place (docs/signers.md).

    keys/ROLE/SCHOOL.json    {"certificate":"…","kind":"token","label":"…","module":"…","serial":"…"}
                             {"algorithm":"rsa-pss","certificates":["…"],"kind":"agent"}
                             {"algorithm":"rsa-pss","certificates":["…"],"credential":"…","kind":"remote","url":"…"}

Names no PIN and no secret. One spelling: canonical JSON and a newline.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from keys.signer import KeysError, SignatureAlgorithm
from schemas.canonical import canonical_bytes
from schemas.errors import SchemaError

_Words = Annotated[str, Field(min_length=1, max_length=200)]


class TokenAddress(BaseModel):
    """A key on a PKCS#11 token; what is None may be anything, as long as only one fits."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["token"] = "token"
    module: Annotated[Path, Field(strict=False)]
    """The library of the token's maker: an absolute path."""
    label: _Words | None = None
    serial: _Words | None = None
    certificate: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """SHA-256 of the certificate's DER."""


class _Elsewhere(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    algorithm: Annotated[SignatureAlgorithm, Field(strict=False)]
    certificates: Annotated[tuple[str, ...], Field(min_length=1, max_length=5, strict=False)]
    """Base64 of each DER: the signer's own, then its issuers upwards; the anchor is left out."""

    @property
    def loaded(self) -> tuple[x509.Certificate, ...]:
        """The certificates."""
        return tuple(x509.load_der_x509_certificate(base64.b64decode(one)) for one in self.certificates)


class AgentAddress(_Elsewhere):
    """A key on a token at the school's office, where `hocba-agent` signs: its certificate was handed in as a file."""

    kind: Literal["agent"] = "agent"


class RemoteAddress(_Elsewhere):
    """A key with a remote signing service; its certificate is as the service gave it when it was named."""

    kind: Literal["remote"] = "remote"
    url: _Words
    """The service's base address."""
    credential: _Words
    """What the service calls the key."""


SignerAddress = TokenAddress | AgentAddress | RemoteAddress
_ADDRESS: TypeAdapter[SignerAddress] = TypeAdapter(Annotated[SignerAddress, Field(discriminator="kind")])


def format_address(address: SignerAddress) -> bytes:
    """Return the bytes of the file."""
    return canonical_bytes(address.model_dump(mode="json")) + b"\n"


def parse_address(data: bytes, path: Path) -> SignerAddress:
    """Read what `format_address` wrote; `path` is for the refusal.

    Raises:
        KeysError: `signer-address-invalid`.
    """
    try:
        address = _ADDRESS.validate_json(data)
        if format_address(address) == data and _is_sound(address):
            return address
    except (ValidationError, SchemaError, ValueError):
        pass
    raise KeysError(
        "signer-address-invalid",
        f"Tệp {path} không phải khai báo thiết bị ký đúng dạng. Hãy khai lại bằng: hocba signer set.",
        f"The file {path} does not describe a signer as it should. Describe it anew: hocba signer set.",
    )


def _is_sound(address: SignerAddress) -> bool:
    if isinstance(address, TokenAddress):
        return address.module.is_absolute()
    return spelled(address.loaded) == address.certificates


def spelled(certificates: Sequence[x509.Certificate]) -> tuple[str, ...]:
    """Return certificates as addresses spell them."""
    return tuple(base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in certificates)
