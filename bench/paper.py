"""What the peers are given: transcripts, QR addresses, keys, panels and fonts, and none of the code that made them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schemas.transcript.model import Transcript

FONTS: Final = Path(__file__).parents[1] / "service" / "pdf" / "fonts"


@dataclass(frozen=True, slots=True)
class Paper:
    """What a page is made of: a transcript, and the address in its QR code."""

    transcript: Transcript
    address: str


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature to make: its field and place on the last page, the PKCS#12 file, and the visible panel as a PDF."""

    field: str
    box: tuple[int, int, int, int]
    key_file: Path
    passphrase: bytes
    panel: bytes
