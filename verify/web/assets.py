"""The static files: read once, compressed once, and named by what they are, so that a browser may keep them for ever.

All lie under `/static/RELEASE/`, where RELEASE is a digest over every file: relative addresses inside style sheets and
scripts keep working, and a file that changed has another address.
"""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, abort, request, url_for

FOLDER = Path(__file__).parent / "static"
_IMMUTABLE = "public, max-age=31536000, immutable"
# Of another release, asked for by a page that an older or newer process wrote: right for now, never to be kept.
_OTHER_RELEASE = "no-store"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".wasm": "application/wasm"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    data: bytes
    compressed: bytes | None
    """The same by gzip; None where that gains nothing."""
    mimetype: str


class Assets:
    """The static files of the portal."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read and compress every file of a folder."""
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        self.files: Mapping[str, Asset] = {
            path.relative_to(folder).as_posix(): _asset(path) for path in paths
        }
        digest = sha256()
        for name, asset in self.files.items():
            digest.update(f"{name}\0{len(asset.data)}\0".encode() + asset.data)
        self.release = digest.hexdigest()[:16]

    def url(self, name: str) -> str:
        """Return the address of a file.

        Raises:
            KeyError: there is no such file.
        """
        if name not in self.files:
            raise KeyError(name)
        return url_for("assets.show", release=self.release, name=name)

    def blueprint(self) -> Blueprint:
        """Return the route."""
        assets = Blueprint("assets", __name__)

        @assets.get("/static/<release>/<path:name>")
        def show(release: str, name: str) -> Response:
            """Give out a file; the compressed form to whoever takes it."""
            asset = self.files.get(name) or abort(404)
            packed = asset.compressed if request.accept_encodings.quality("gzip") else None
            answer = Response(packed or asset.data, mimetype=asset.mimetype)
            if packed:
                answer.content_encoding = "gzip"
            if asset.compressed:
                answer.vary.add("Accept-Encoding")
            answer.headers["Cache-Control"] = _IMMUTABLE if release == self.release else _OTHER_RELEASE
            return answer

        return assets


def _asset(path: Path) -> Asset:
    data = path.read_bytes()
    compressed = gzip.compress(data, 9, mtime=0)
    mimetype = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(data, compressed if len(compressed) < 0.9 * len(data) else None, mimetype)
