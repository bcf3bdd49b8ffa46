"""Tokens of institutions: who may ask more of the API than anybody, and how much.

The file holds digests only, so that whoever reads it can ask in nobody's name; a token has 256 random bits, so that a
plain digest suffices. The file is read again when it changes: a token that was taken out counts no more at once.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from verify.files import read_regular_file
from verify.findings import VerifyError

PREFIX = "hbv_"
MAX_BYTES = 1024 * 1024


class Institution(BaseModel):
    """One line of the file: who, the digest of the token, and how many documents or serials it may ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=200)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    per_minute: Annotated[int, Field(ge=1, le=1_000_000)]
    per_day: Annotated[int, Field(ge=1, le=1_000_000_000)]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    schema_: Literal["hocba/api-tokens/v1"] = Field(alias="schema")
    institutions: list[Institution]


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token, shown once, and the line of the file that knows it."""

    token: str
    institution: Institution


def new_token(name: str, *, per_minute: int, per_day: int, token_bytes: bytes) -> IssuedToken:
    """Return a token of these 32 random bytes for an institution."""
    token = PREFIX + token_bytes.hex()
    digest = sha256(token.encode()).hexdigest()
    return IssuedToken(token, Institution(name=name, sha256=digest, per_minute=per_minute, per_day=per_day))


def parse_tokens(data: bytes) -> Mapping[str, Institution]:
    """Return the institutions by the digest of their token.

    Raises:
        VerifyError: `api-tokens-invalid`.
    """
    try:
        institutions = _File.model_validate_json(data).institutions
    except ValidationError as error:
        raise tokens_invalid() from error
    found = {one.sha256: one for one in institutions}
    if len(found) != len(institutions):
        raise tokens_invalid()
    return found


def format_tokens(institutions: list[Institution]) -> bytes:
    """Return the file of these institutions."""
    body = {
        "schema": "hocba/api-tokens/v1",
        "institutions": [one.model_dump() for one in institutions],
    }
    return json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n"


class TokenFile:
    """The institutions of a file, as it stands. Safe to share between threads."""

    def __init__(self, path: Path | None) -> None:
        """Read the file; None knows nobody.

        Raises:
            VerifyError: `api-tokens-invalid`.
            OSError: it cannot be read.
        """
        self._path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._known: Mapping[str, Institution] = {}
        self.institution("")

    def institution(self, token: str) -> Institution | None:
        """Return whose token this is.

        Raises:
            VerifyError: `api-tokens-invalid`.
            OSError: the file cannot be read.
        """
        if self._path is None:
            return None
        with self._lock:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if stamp != self._stamp:
                self._known = parse_tokens(read_regular_file(self._path, MAX_BYTES))
                self._stamp = stamp
        return self._known.get(sha256(token.encode("utf-8", "replace")).hexdigest())


def tokens_invalid() -> VerifyError:
    """Return what is said where the file cannot be used: whose a token is, is then not known."""
    return VerifyError(
        "api-tokens-invalid",
        "Tệp mã truy cập API không đúng dạng; hãy dùng hocba-verify api-token để ghi tệp.",
        "The file of API tokens is malformed; let hocba-verify api-token write it.",
    )
