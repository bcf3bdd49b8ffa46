"""What QR codes a photo shows. Runs inside `verify.sandbox` only: a picture is as hostile as any other file."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

FORMATS = ("JPEG", "PNG", "WEBP")
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_BRANDS = (b"heic", b"heix", b"mif1", b"avif")
MAX_PIXELS = 64_000_000
_MOST_SIDE = 4096
"""Larger pictures are made smaller: a code that fills a tenth of the page still has four pixels a module."""
_MAX_CODES = 8


def is_photo(data: bytes) -> bool:
    """Whether bytes begin as a picture does; also as one of the kinds that are not read, to say so in its words."""
    is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    is_other = data[4:8] == b"ftyp" and data[8:12] in _BRANDS
    return data.startswith(_BEGINNINGS) or is_webp or is_other


def read_codes(photo: bytes) -> str:
    """Return the texts of the QR codes in a picture, as JSON.

    Raises:
        Exception: whatever the decoders raise; the caller treats each as unreadable.
    """
    # Here, so that whoever only asks whether bytes are a picture does not load the decoders.
    import zxingcpp  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    with Image.open(io.BytesIO(photo), formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        # JPEG is decoded at a fraction of its size at once.
        image.draft("L", (_MOST_SIDE, _MOST_SIDE))
        grey = image.convert("L")
    only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    for size in _sizes(grey.width, grey.height):
        picture = grey if size == grey.size else grey.resize(size, Image.Resampling.BILINEAR)
        pixels = memoryview(picture.tobytes()).cast("B", (picture.height, picture.width))
        found = zxingcpp.read_barcodes(pixels, formats=only)
        if found:
            return json.dumps([code.text for code in found[:_MAX_CODES]])
    return "[]"


def _sizes(width: int, height: int) -> Iterator[tuple[int, int]]:
    """Yield the sizes to try: as it is, at half for noise and wrinkles, doubled where it is small."""
    share = min(1.0, _MOST_SIDE / max(width, height))
    for scale in (1.0, 0.5, 2.0):
        size = (max(1, int(width * share * scale)), max(1, int(height * share * scale)))
        if max(size) <= _MOST_SIDE:
            yield size
