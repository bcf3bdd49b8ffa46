"""Photos of QR codes: what a phone sends is read in the sandbox, and is never more than the code in it."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from schemas.verdict import VerdictCode
from tests.support.demonstration import Demonstration
from verify.verifier import Verifier


@pytest.fixture
def verifier(released: Demonstration) -> Iterator[Verifier]:
    """A verifier over the released transcripts."""
    made = released.verifier()
    yield made
    made.close()


def code(text: str, *, scale: int = 4) -> Image.Image:
    """Return a QR code on a white page."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    picture = Image.fromarray(np.array(zxingcpp.write_barcode_to_image(barcode, scale=scale)))
    page = Image.new("L", (picture.width + 400, picture.height + 600), 255)
    page.paste(picture, (200, 300))
    return page


def saved(image: Image.Image, kind: str = "JPEG") -> bytes:
    """Return a picture as a file."""
    target = io.BytesIO()
    image.save(target, kind)
    return target.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photo_of_the_code_shows_the_signed_marks(
    verifier: Verifier, released: Demonstration, kind: str
) -> None:
    """A photo, a little askew, is told what its QR code is told, with the digest of the photo."""
    photo = saved(code(released.qr()).rotate(4, expand=True, fillcolor=255), kind)
    verdict = verifier.upload(photo, name="anh.jpg")
    assert (verdict.verdict, verdict.subject) == (VerdictCode.RECORDED, "qr")
    assert verdict.document is not None
    assert verdict.source is not None
    assert (verdict.source.name, verdict.source.bytes) == ("anh.jpg", len(photo))


def test_our_code_is_found_among_others(verifier: Verifier, released: Demonstration) -> None:
    """Of several codes in a photo the transcript's is the one that counts."""
    strange, ours = code("https://example.vn/quang-cao"), code(released.qr())
    page = Image.new("L", (strange.width + ours.width, ours.height), 255)
    page.paste(strange, (0, 0))
    page.paste(ours, (strange.width, 0))
    assert verifier.upload(saved(page)).verdict is VerdictCode.RECORDED


@pytest.mark.parametrize(
    "photo",
    [
        saved(Image.new("L", (640, 480), 200)),
        saved(code("https://example.vn/quang-cao")),
        b"\xff\xd8\xff" + bytes(1000),
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
        b"\x00\x00\x00\x18ftypheic" + bytes(1000),
        saved(Image.new("1", (12_000, 12_000)), "PNG"),
        b"\xff\xd8\xff" + bytes(11_000_000),
    ],
    ids=["empty", "strange", "cut-jpeg", "cut-png", "heic", "bomb", "too-large"],
)
def test_other_photos_are_unreadable(verifier: Verifier, photo: bytes) -> None:
    """No code, a strange one, a broken picture, a bomb: unreadable, and the next photo is read all the same."""
    verdict = verifier.upload(photo)
    assert (verdict.verdict, verdict.document) == (VerdictCode.UNREADABLE, None)


def test_photo_is_no_file(verifier: Verifier, released: Demonstration) -> None:
    """A transcript behind the beginning of a picture is not read as a transcript."""
    assert verifier.upload(b"\xff\xd8\xff" + released.pdf()).verdict is VerdictCode.UNREADABLE
