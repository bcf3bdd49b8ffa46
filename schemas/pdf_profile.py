"""Constants of the signed PDF that writer and reader share; `docs/formats/pdf.md` fixes them.

Says nothing about the page itself, which the reader never judges by its looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from schemas.profiles import EXTRACT_PROFILE, SUMMARY_PROFILE

ATTACHMENT_NAME: Final = "transcript.json"
ATTACHMENT_MIME: Final = "application/json"
SUB_FILTER: Final = "/ETSI.CAdES.detached"
SIGNATURE_HANDLER: Final = "/Adobe.PPKLite"

PSS_SALT_BYTES: Final = 32
RSA_MINIMUM_BITS: Final = 2048

PROOF_OID: Final = "2.25.103834329793614671688139231681844789104"


class SignatureField(StrEnum):
    """Name (/T) of a signature field; the role behind it is its meaning."""

    HOMEROOM = "GiaoVienChuNhiem"
    PRINCIPAL = "HieuTruong"
    SEAL = "NhaTruong"


RESERVED_BYTES: Final[Mapping[SignatureField, int]] = MappingProxyType(
    {SignatureField.HOMEROOM: 8_192, SignatureField.PRINCIPAL: 8_192, SignatureField.SEAL: 16_384}
)
"""Bytes of CMS and zero padding in each field's /Contents: half as many as it has hexadecimal digits. For a signature
without a time stamp; see `reserved_bytes`."""

STAMP_ROOM_BYTES: Final = 16_384
"""What more is reserved where a time stamp belongs into the signature."""

MAX_RESERVED_BYTES: Final = max(RESERVED_BYTES.values()) + STAMP_ROOM_BYTES
"""The size of the largest gap."""

MAX_STAMP_BYTES: Final = STAMP_ROOM_BYTES - 64
"""What a time stamp may have in that room, with the tags around it."""

PROOF_ROOM_BYTES: Final = 4_096
"""What the seal's own signature leaves free for the proof: enough for an entry of 512 bytes, 40 hashes (10^12 entries)
and a checkpoint of 1,400 bytes."""

PROFILES: Final[Mapping[int, tuple[SignatureField, ...]]] = MappingProxyType(
    {
        1: (SignatureField.PRINCIPAL, SignatureField.SEAL),
        2: (SignatureField.HOMEROOM, SignatureField.PRINCIPAL, SignatureField.SEAL),
        EXTRACT_PROFILE: (SignatureField.PRINCIPAL, SignatureField.SEAL),
        SUMMARY_PROFILE: (SignatureField.PRINCIPAL, SignatureField.SEAL),
    }
)
"""The fields of each profile in file order, which is the order of signing."""


def reserved_bytes(field: SignatureField, *, stamped: bool) -> int:
    """Return the size of a field's gap. It is among the signed bytes and tells whether a time stamp belongs into it."""
    return RESERVED_BYTES[field] + (STAMP_ROOM_BYTES if stamped else 0)
