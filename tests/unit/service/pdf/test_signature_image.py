"""Images of signatures and seals: what a school hands in is bounded, checked pixel by pixel, and written anew."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from service.errors import ServiceError
from service.pdf.signature_image import MAX_BYTES, Ink, check_image
from tests.support.pictures import CLEAR, RED, WHITE, picture, png


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body))


def _made(
    rows: bytes, *, width: int = 150, height: int = 100, more: bytes = b"", interlace: int = 0
) -> bytes:
    header = struct.pack("!IIBBBBB", width, height, 8, 6, 0, 0, interlace)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            more,
            _chunk(b"IDAT", zlib.compress(rows)),
            _chunk(b"IEND", b""),
        )
    )


def _filtered(image: Image.Image, kind: int) -> bytes:
    """Return the rows of a picture, each by one filter, computed from its definition."""
    width, raw = image.size[0] * 4, image.tobytes()
    rows, above = b"", bytes(width)
    for start in range(0, len(raw), width):
        row = raw[start : start + width]
        rows += bytes([kind]) + bytes(
            (value - _guess(kind, row[i - 4] if i >= 4 else 0, above[i], above[i - 4] if i >= 4 else 0)) % 256
            for i, value in enumerate(row)
        )
        above = row
    return rows


def _guess(kind: int, a: int, b: int, c: int) -> int:
    p = a + b - c
    nearest = a if abs(p - a) <= min(abs(p - b), abs(p - c)) else b if abs(p - b) <= abs(p - c) else c
    return (0, a, b, (a + b) // 2, nearest)[kind]


def _refusal(data: bytes, ink: Ink = Ink.BLUE, *, square: bool = False) -> str:
    with pytest.raises(ServiceError) as refusal:
        check_image(data, ink, square=square)
    return refusal.value.code


def test_signature_is_accepted() -> None:
    """A blue signature on nothing comes back with the very same pixels, cut to its ink."""
    written = check_image(png(picture()), Ink.BLUE)
    assert Image.open(io.BytesIO(written)).tobytes() == picture().crop((37, 25, 112, 75)).tobytes()


def test_seal_is_accepted() -> None:
    """So does a red, square seal."""
    seal = picture(RED, size=(200, 200))
    written = check_image(png(seal), Ink.RED, square=True)
    assert Image.open(io.BytesIO(written)).tobytes() == seal.tobytes()


@pytest.mark.parametrize("kind", range(5), ids=["none", "sub", "up", "average", "paeth"])
def test_every_filter_is_undone(kind: int) -> None:
    """Each of the five filters of a row gives the pixels that another reader sees."""
    shaded = picture()
    for x in range(40, 110):
        for y in range(30, 70):
            shaded.putpixel((x, y), (x % 40, y, 150 + (x * y) % 100, 128 + (x + y) % 128))
    data = _made(_filtered(shaded, kind))
    assert Image.open(io.BytesIO(data)).tobytes() == shaded.tobytes()
    written = Image.open(io.BytesIO(check_image(data, Ink.BLUE)))
    assert written.tobytes() == shaded.crop(shaded.getchannel("A").getbbox()).tobytes()


def test_nothing_but_pixels_stays() -> None:
    """A text, a place or a time in the file is left behind."""
    data = _made(
        _filtered(picture(), 0), more=_chunk(b"tEXt", b"Author\0Somebody") + _chunk(b"eXIf", b"place")
    )
    written = check_image(data, Ink.BLUE)
    assert b"Somebody" not in written
    assert b"place" not in written


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: data[:0], "image-not-png"),
        (lambda data: b"GIF89a" + data, "image-not-png"),
        (lambda data: data[:-20], "image-not-png"),
        (lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:], "image-not-png"),
        (lambda data: data + bytes(MAX_BYTES), "image-too-large"),
    ],
    ids=["empty", "another kind", "cut", "a bit flipped", "too large"],
)
def test_spoilt_file(spoil: Callable[[bytes], bytes], code: str) -> None:
    """What is no intact PNG of a bearable size is refused."""
    assert _refusal(spoil(png(picture()))) == code


@pytest.mark.parametrize(
    "data",
    [
        png(picture(mode="RGB")),
        png(picture(mode="P")),
        png(picture(mode="LA")),
        _made(b"", interlace=1),
        _made(_filtered(picture(), 0)[:-1]),
        _made(_filtered(picture(), 0) + b"\0"),
        _made(bytes(30_000_000)),
        _made(b"\5" + _filtered(picture(), 0)[1:]),
    ],
    ids=[
        "no alpha",
        "palette",
        "grey",
        "interlaced",
        "too few pixels",
        "too many",
        "a bomb",
        "unknown filter",
    ],
)
def test_other_forms_are_refused(data: bytes) -> None:
    """One form is read: RGBA of 8 bits in rows; as many pixels as it says."""
    assert _refusal(data) == "image-not-png"


@pytest.mark.parametrize("size", [(99, 100), (100, 99), (1501, 100), (100, 60_000), (1100, 1000)])
def test_size_is_bounded(size: tuple[int, int]) -> None:
    """Sides and area are bounded, by the header alone."""
    assert _refusal(_made(b"", width=size[0], height=size[1])) == "image-size"


def test_seal_must_be_square() -> None:
    """A seal that is not square could not be shown in its true size."""
    assert _refusal(png(picture(RED)), Ink.RED, square=True) == "image-size"


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (picture(background=WHITE), "image-not-transparent"),
        (picture(RED), "image-colour"),
        (picture((20, 20, 20, 255)), "image-colour"),
        (picture(CLEAR), "image-colour"),
    ],
    ids=["white paper", "red", "black", "nothing"],
)
def test_signature_is_blue_on_nothing(image: Image.Image, code: str) -> None:
    """A scan with its paper, ink of another colour, or no ink at all is refused."""
    assert _refusal(png(image)) == code
