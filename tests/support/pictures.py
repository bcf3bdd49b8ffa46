"""Pictures as a school hands them in: a bar of ink on a background, as PNG files."""

from __future__ import annotations

import io

from PIL import Image

BLUE, RED, WHITE, CLEAR = (26, 63, 168, 255), (200, 16, 46, 255), (255, 255, 255, 255), (0, 0, 0, 0)
Pixel = tuple[int, int, int, int]


def picture(
    pixel: Pixel = BLUE, background: Pixel = CLEAR, size: tuple[int, int] = (150, 100), mode: str = "RGBA"
) -> Image.Image:
    """Return a picture with a bar over its middle."""
    made = Image.new("RGBA", size, background)
    made.paste(pixel, (size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4))
    return made if mode == "RGBA" else made.convert(mode)


def png(image: Image.Image, **options: object) -> bytes:
    """Return a picture as a file."""
    target = io.BytesIO()
    image.save(target, "PNG", **options)
    return target.getvalue()
