"""Time stamps of signatures (RFC 3161): which signatures get one, and how each is kept while its document is made.

A token is over one signature value. Both are on disk before the document is completed, so that a document that waits
for its time stamp, or that a crash stopped, needs neither another signature nor another token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from schemas.errors import SchemaError
from schemas.pdf_profile import SignatureField
from schemas.time_stamp import parse_time_stamp
from service.files import PRIVATE, replace_file


@dataclass(frozen=True, slots=True)
class SignatureStamps:
    """What an installation has stamped, and by whom."""

    fields: frozenset[SignatureField]
    ask: Callable[[bytes], bytes]
    """Returns a checked token over a SHA-256; raises `AwaitedProofError` where none can be got now."""

    def are_wanted(self, field: str) -> bool:
        """Whether the signature in this field gets a time stamp."""
        return field in self.fields

    def token(self, kept: Path, value: bytes) -> bytes:
        """Return a token over a signature value, durable in `kept` when this returns; one that is there is taken.

        Raises:
            AwaitedProofError: `awaiting-time-stamp`.
        """
        imprint = sha256(value).digest()
        if (found := _kept(kept, imprint)) is not None:
            return found
        token = self.ask(imprint)
        replace_file(kept, token, mode=PRIVATE)
        return token


def _kept(path: Path, imprint: bytes) -> bytes | None:
    try:
        token = path.read_bytes()
        return token if parse_time_stamp(token).imprint == imprint else None
    except (FileNotFoundError, SchemaError):
        return None


def _nobody(_imprint: bytes) -> bytes:
    raise RuntimeError("nothing is stamped here")


NO_STAMPS = SignatureStamps(frozenset(), _nobody)
