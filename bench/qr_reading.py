"""`python -m bench.qr_reading`: which share of degraded pictures of our QR codes is read, beside OpenCV and jsQR.

The codes are those of invented learners of every kind, as they stand on the page: 40 mm wide, quiet zone and all. The
pictures are made from them: blurred, tilted, of few pixels, crumpled, sent by fax. What is read counts only if it is
the very address. jsQR runs in Node, all its pictures through one process.
"""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageFilter

from schemas.claims import claims_of, format_claims
from schemas.cose import sign1
from schemas.qr import QRAddress, format_qr, parse_qr
from schemas.transcript.model import Transcript
from service.pdf.qr_image import pixels, qr_modules
from tests.support.levels import primary_transcript, transferred_transcript, upper_transcript
from tests.support.record import ed25519_key
from tests.support.transcripts import sample_transcript
from verify.photo import read_codes

WIDTH_MM = 40
OURS, OPENCV, JSQR = "hocba (zxing-cpp)", "OpenCV", "jsQR"
TRIALS = 4
"""Pictures of each code and degree, each with a chance of its own."""
Reader = Callable[[Image.Image], str | None]
Degrade = Callable[[Image.Image, float, np.random.Generator], Image.Image]


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it is printed."""

    name: str
    address: str
    modules: int
    """On a side, quiet zone included."""

    def picture(self, scale: float) -> Image.Image:
        """Return it on a page, each module `scale` pixels wide."""
        rows = qr_modules(parse_qr(self.address))
        exact = Image.frombytes("L", (self.modules, self.modules), pixels(rows))
        large = exact.resize((16 * self.modules, 16 * self.modules), Image.Resampling.NEAREST)
        side = round(scale * self.modules)
        code = large.resize((side, side), Image.Resampling.BOX)
        page = Image.new("L", (round(1.6 * side), round(1.6 * side)), 250)
        page.paste(code, (round(0.3 * side), round(0.3 * side)))
        return page


def codes() -> list[Code]:
    """Return the codes of learners of each level, from one year to five."""
    made: dict[str, Transcript] = {
        "lower secondary, 1 year": sample_transcript(),
        "primary, 1 year": primary_transcript(),
        "upper secondary, 1 year": upper_transcript(),
        "upper secondary, transferred": transferred_transcript(),
    }
    key = ed25519_key("bench: credential")
    found = []
    for name, transcript in made.items():
        payload = sign1(format_claims(claims_of(transcript, bytes(range(16)))), key.id, key.sign)
        address = format_qr(QRAddress("kiemtra.so.example.vn", transcript.serial, payload))
        found.append(Code(name, address, len(qr_modules(parse_qr(address)))))
    return sorted(found, key=lambda code: code.modules)


def blur(picture: Image.Image, degree: float, _chance: np.random.Generator) -> Image.Image:
    """Blur by so many modules at 4 pixels each."""
    return picture.filter(ImageFilter.GaussianBlur(4 * degree))


def tilt(picture: Image.Image, degree: float, chance: np.random.Generator) -> Image.Image:
    """Look at the page from so many degrees aside, turned by some."""
    turned = picture.rotate(float(chance.uniform(-8, 8)), Image.Resampling.BILINEAR, fillcolor=250)
    width, height = turned.size
    near = np.tan(np.radians(degree)) * 0.25
    squeezed = width * (1 - np.cos(np.radians(degree))) / 2
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    seen = np.array(
        [
            [squeezed, 0],
            [width - squeezed, height * near],
            [width - squeezed, height * (1 - near)],
            [squeezed, height],
        ],
        dtype=np.float32,
    )
    matrix = cv2.getPerspectiveTransform(corners, seen)
    return Image.fromarray(cv2.warpPerspective(np.array(turned), matrix, (width, height), borderValue=250))


def crumple(picture: Image.Image, degree: float, chance: np.random.Generator) -> Image.Image:
    """Move every point by up to so many modules at 4 pixels each, in four waves, and shade the folds."""
    grey = np.array(picture, dtype=np.float32)
    height, width = grey.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    shade = np.zeros_like(grey)
    for _ in range(4):
        angle, length = chance.uniform(0, 2 * np.pi), chance.uniform(0.15, 0.5) * width
        wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / length + chance.uniform(0, 6))
        x = (x + degree * np.cos(angle) * wave).astype(np.float32)
        y = (y + degree * np.sin(angle) * wave).astype(np.float32)
        shade += 8 * degree * wave
    bent = cv2.remap(grey, x, y, cv2.INTER_LINEAR, borderValue=250)
    return Image.fromarray(np.clip(bent - np.abs(shade), 0, 255).astype(np.uint8))


def noise(picture: Image.Image, degree: float, chance: np.random.Generator) -> Image.Image:
    """Add the noise of a dark room and JPEG at its worst."""
    grey = (
        np.array(picture, dtype=np.float32) * 0.55
        + 30
        + chance.normal(0, degree, (picture.height, picture.width))
    )
    kept = io.BytesIO()
    Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(kept, "JPEG", quality=35)
    return Image.open(kept).convert("L")


def fewer(picture: Image.Image, _degree: float, chance: np.random.Generator) -> Image.Image:
    """Hold the camera a little askew; how few pixels there are is the picture's own."""
    turned = picture.rotate(float(chance.uniform(-5, 5)), Image.Resampling.BILINEAR, fillcolor=250)
    return turned.filter(ImageFilter.GaussianBlur(0.5))


def fax(picture: Image.Image, degree: float, chance: np.random.Generator) -> Image.Image:
    """Turn a little, then black or white and nothing between, with so many of a thousand points wrong."""
    turned = picture.rotate(float(chance.uniform(-1.5, 1.5)), Image.Resampling.BILINEAR, fillcolor=250)
    black = np.array(turned) < 128
    wrong = chance.random(black.shape) < degree / 1000
    return Image.fromarray(np.where(black ^ wrong, 0, 255).astype(np.uint8))


def _dots(dpi: float) -> Callable[[Code], float]:
    return lambda code: dpi / 25.4 * WIDTH_MM / code.modules


def _steady(scale: float) -> Callable[[Code], float]:
    return lambda _code: scale


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to spoil a picture."""

    name: str
    scale: Callable[[Code], float]
    """Pixels a module."""
    degrade: Degrade
    degree: float = 0.0


TRIALS_OF = (
    *(Trial(f"blurred, {degree} modules", _steady(4), blur, degree) for degree in (0.3, 0.4, 0.5, 0.6)),
    *(Trial(f"tilted, {degree}°", _steady(5), tilt, degree) for degree in (20, 35, 45, 55)),
    *(Trial(f"few pixels, {scale} a module", _steady(scale), fewer) for scale in (3.0, 2.0, 1.8, 1.6)),
    *(Trial(f"crumpled, up to {most} modules", _steady(4), crumple, most) for most in (0.5, 1.0, 1.5, 2.0)),
    *(Trial(f"dark and noisy, {degree}", _steady(4), noise, degree) for degree in (20, 40, 60)),
    Trial("fax, fine (196 dpi)", _dots(196), fax, 5),
    Trial("fax, standard (98 dpi)", _dots(98), fax, 5),
    *(Trial(f"scanned at {dpi} dpi", _dots(dpi), fewer) for dpi in (300, 150, 100, 75)),
)


def read_ours(picture: Image.Image) -> str | None:
    """Read as the portal does."""
    kept = io.BytesIO()
    picture.save(kept, "PNG", compress_level=1)
    texts: list[str] = json.loads(read_codes(kept.getvalue()))
    return texts[0] if texts else None


def read_opencv(picture: Image.Image) -> str | None:
    """Read as OpenCV's own example does."""
    try:
        text, _, _ = cv2.QRCodeDetector().detectAndDecode(np.array(picture))
    except cv2.error:
        return None
    return text or None


@contextmanager
def jsqr() -> Iterator[Reader]:
    """Run jsQR in Node."""
    folder = Path(__file__).parent / "jsqr"
    program = ["node", str(folder / "read.mjs")]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder) as process:
        asked, answers = process.stdin, process.stdout
        if asked is None or answers is None:
            raise RuntimeError("jsQR was not started")

        def read(picture: Image.Image) -> str | None:
            asked.write(struct.pack(">II", picture.width, picture.height) + picture.tobytes())
            asked.flush()
            text: str | None = json.loads(answers.readline())
            return text

        yield read
        asked.close()


def share(read: Reader, trial: Trial, all_codes: Sequence[Code]) -> dict[str, int]:
    """Return how many of the pictures of each code are read rightly."""
    found = {}
    for code in all_codes:
        chance = np.random.default_rng(7)
        spoiled = [
            trial.degrade(code.picture(trial.scale(code)), trial.degree, chance) for _ in range(TRIALS)
        ]
        found[code.name] = sum(read(picture) == code.address for picture in spoiled)
    return found


def main() -> int:
    """Measure and print."""
    all_codes = codes()
    print("codes, 40 mm with the quiet zone:")
    for code in all_codes:
        version = (code.modules - 8 - 17) // 4
        print(f"  {code.name:30} version {version:2}, a module {WIDTH_MM / code.modules:.2f} mm")
    total = TRIALS * len(all_codes)
    print(f"\nread of {total} pictures each, %{'':17}{OURS:>18}{OPENCV:>10}{JSQR:>10}")
    sums = dict.fromkeys((OURS, OPENCV, JSQR), 0)
    with jsqr() as read_jsqr:
        readers: dict[str, Reader] = {OURS: read_ours, OPENCV: read_opencv, JSQR: read_jsqr}
        for trial in TRIALS_OF:
            read = {name: sum(share(reader, trial, all_codes).values()) for name, reader in readers.items()}
            print(
                f"  {trial.name:40}" + "".join(f"{100 * read[name] // total:>12}" for name in readers),
                flush=True,
            )
            for name, count in read.items():
                sums[name] += count
    everything = total * len(TRIALS_OF)
    print(f"  {'all':40}" + "".join(f"{100 * count // everything:>12}" for count in sums.values()))
    return 0 if sums[OURS] >= max(sums.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
