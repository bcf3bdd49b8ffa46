"""The images that a school hands in: a signature in blue, a seal in red, PNG with a transparent background.

Untrusted until checked: bounded before anything is inflated, every pixel looked at, and written anew with nothing in it
but pixels. NĐ 30/2020 asks for the colours.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from service.errors import ServiceError

MAX_BYTES: Final = 512 * 1024
_SIDES: Final = range(100, 1501)
_MAX_PIXELS: Final = 1_000_000
_MAGIC: Final = b"\x89PNG\r\n\x1a\n"
_RGBA: Final = 6
_VISIBLE: Final = 128
_CLEAR_SHARE: Final = 0.2
_COLOUR_SHARE: Final = 0.8


class Ink(Enum):
    """The colour that NĐ 30/2020 asks for, as the channel that must lead."""

    BLUE = 2
    RED = 0


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int

    @property
    def stride(self) -> int:
        return 4 * self.width


def check_image(data: bytes, ink: Ink, *, square: bool = False) -> bytes:
    """Check an image and return it written anew.

    Args:
        data: the file.
        ink: the colour of what is visible.
        square: for a seal, which is shown in its true size; the margins of a signature are cut off.

    Raises:
        ServiceError: `image-too-large`, `image-not-png`, `image-size`, `image-not-transparent`, `image-colour`.
    """
    if len(data) > MAX_BYTES:
        raise _too_large()
    header, compressed = _read(data)
    if square and header.width != header.height:
        raise ServiceError(
            "image-size",
            "Hình con dấu phải vuông, cắt sát vành ngoài. Hãy cắt lại rồi nộp lại.",
            "The image of the seal must be square, cut at its outer rim. Cut it and hand it in again.",
        )
    rows = list(_rows(header, _inflate(header, compressed)))
    _check_pixels(rows, ink)
    # A seal keeps its rim; of a signature only the ink counts, so that the seal covers a third of what is seen.
    shown = rows if square else _cut_to_ink(rows)
    plain = zlib.compress(b"".join(b"\0" + row for row in shown), 9)
    written = struct.pack("!IIBBBBB", len(shown[0]) // 4, len(shown), 8, _RGBA, 0, 0, 0)
    return _MAGIC + _chunk(b"IHDR", written) + _chunk(b"IDAT", plain) + _chunk(b"IEND", b"")


def _read(data: bytes) -> tuple[_Header, bytes]:
    """Return the size and the compressed pixels; chunks that say anything else are left behind."""
    if not data.startswith(_MAGIC):
        raise _not_png()
    header, pixels, position = None, b"", len(_MAGIC)
    while position < len(data):
        length = int.from_bytes(data[position : position + 4])
        kind = data[position + 4 : position + 8]
        body = data[position + 8 : position + 8 + length]
        if data[position : position + 12 + length] != _chunk(kind, body):
            raise _not_png()
        position += 12 + length
        if kind == b"IHDR" and header is None:
            header = _header(body)
        elif header is None:
            raise _not_png()
        elif kind == b"IDAT":
            pixels += body
        elif kind == b"IEND":
            return header, pixels
    raise _not_png()


def _header(body: bytes) -> _Header:
    if len(body) != 13:
        raise _not_png()
    width, height, depth, colour, *ways = struct.unpack("!IIBBBBB", body)
    if (depth, colour, ways) != (8, _RGBA, [0, 0, 0]):
        raise _not_png()
    if width not in _SIDES or height not in _SIDES or width * height > _MAX_PIXELS:
        raise ServiceError(
            "image-size",
            f"Hình phải từ {_SIDES[0]} đến {_SIDES[-1]} điểm ảnh mỗi chiều, tối đa một triệu điểm. "
            "Hãy lưu lại cỡ khác.",
            f"The image must have {_SIDES[0]} to {_SIDES[-1]} pixels each way, a million at most. "
            "Save it in another size.",
        )
    return _Header(width, height)


def _inflate(header: _Header, compressed: bytes) -> bytes:
    size = header.height * (1 + header.stride)
    inflater = zlib.decompressobj()
    try:
        pixels = inflater.decompress(compressed, size + 1)
    except zlib.error as error:
        raise _not_png() from error
    if len(pixels) != size or not inflater.eof:
        raise _not_png()
    return pixels


def _rows(header: _Header, pixels: bytes) -> Iterator[bytes]:
    """Undo the filters of the rows (ISO/IEC 15948, 9)."""
    above = bytes(header.stride)
    for start in range(0, len(pixels), 1 + header.stride):
        above = _unfiltered(pixels[start], pixels[start + 1 : start + 1 + header.stride], above)
        yield above


def _unfiltered(kind: int, row: bytes, above: bytes) -> bytes:
    if kind == 0:
        return row
    done = bytearray(row)
    for place, value in enumerate(row):
        left, corner = (done[place - 4], above[place - 4]) if place >= 4 else (0, 0)
        match kind:
            case 1:
                guess = left
            case 2:
                guess = above[place]
            case 3:
                guess = (left + above[place]) // 2
            case 4:
                guess = _paeth(left, above[place], corner)
            case _:
                raise _not_png()
        done[place] = (value + guess) & 0xFF
    return bytes(done)


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda one: abs(guess - one))


def _check_pixels(rows: list[bytes], ink: Ink) -> None:
    clear = coloured = visible = 0
    other = Ink.RED if ink is Ink.BLUE else Ink.BLUE
    for row in rows:
        for place in range(0, len(row), 4):
            alpha = row[place + 3]
            if alpha == 0:
                clear += 1
            elif alpha >= _VISIBLE:
                visible += 1
                coloured += row[place + ink.value] > row[place + other.value] + 32
    if clear < _CLEAR_SHARE * len(rows) * len(rows[0]) / 4:
        raise ServiceError(
            "image-not-transparent",
            "Nền của hình chưa trong suốt nên sẽ che chữ. Hãy xoá nền (nền trắng cũng phải xoá) rồi lưu PNG.",
            "The background of the image is not transparent and would hide text. "
            "Remove it (white too), then save as PNG.",
        )
    if coloured < _COLOUR_SHARE * visible or not visible:
        vi, en = (
            ("chữ ký phải màu xanh", "a signature is blue")
            if ink is Ink.BLUE
            else ("dấu phải màu đỏ", "a seal is red")
        )
        raise ServiceError(
            "image-colour",
            f"Hình sai màu: theo Nghị định 30/2020, {vi}. Hãy quét hoặc tô lại cho đúng màu.",
            f"The image has the wrong colour: by Decree 30/2020 {en}. Scan or colour it anew.",
        )


def _cut_to_ink(rows: list[bytes]) -> list[bytes]:
    """Return the pixels without the clear margins around them."""
    inked = [number for number, row in enumerate(rows) if any(row[3::4])]
    kept = rows[inked[0] : inked[-1] + 1]
    columns = [place for place in range(len(rows[0]) // 4) if any(row[4 * place + 3] for row in kept)]
    return [row[4 * columns[0] : 4 * (columns[-1] + 1)] for row in kept]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body))


def _not_png() -> ServiceError:
    return ServiceError(
        "image-not-png",
        "Tệp không phải hình PNG nguyên vẹn có nền trong suốt (RGBA, 8 bit, không xen dòng). Hãy lưu lại theo dạng đó.",
        "The file is no intact PNG with transparency (RGBA, 8 bits, not interlaced). Save it in that form.",
    )


def _too_large() -> ServiceError:
    return ServiceError(
        "image-too-large",
        f"Hình lớn hơn {MAX_BYTES // 1024} KB. Hãy lưu lại nhỏ hơn.",
        f"The image is larger than {MAX_BYTES // 1024} KB. Save it smaller.",
    )
