"""QR codes as a person meets them: a photo, and what a camera sees."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from schemas.qr import parse_qr
from service.pdf.qr_image import pixels, qr_modules


def qr_picture(text: str, *, scale: int = 6, size: tuple[int, int] | None = None) -> Image.Image:
    """Return the code of an address, each module `scale` pixels wide, in the middle of a white picture of `size`."""
    modules = qr_modules(parse_qr(text))
    code = Image.frombytes("L", (len(modules), len(modules)), pixels(modules))
    code = code.resize((len(modules) * scale, len(modules) * scale), Image.Resampling.NEAREST)
    if size is None:
        return code
    picture = Image.new("L", size, 255)
    picture.paste(code, ((size[0] - code.width) // 2, (size[1] - code.height) // 2))
    return picture


def camera_file(path: Path, text: str) -> tuple[str, ...]:
    """Write a film (YUV4MPEG2) that shows a code; return the options with which Chromium takes it for its camera."""
    width, height = 1280, 960
    luma = qr_picture(text, scale=8, size=(width, height)).tobytes()
    frame = b"FRAME\n" + luma + bytes([128]) * (width * height // 2)
    path.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 2)
    return (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    )
