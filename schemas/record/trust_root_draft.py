"""What the holders of root keys are asked to sign: a trust root as JSON that people edit (docs/trust-root.md).

A draft is never believed. It has no spelling of its own: what counts is its canonical form, whose digest each holder is
shown and compares with the others.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, NoReturn

from schemas.canonical import JSONValue, canonical_bytes
from schemas.errors import SchemaError
from schemas.record.envelope import MAX_ENVELOPE_BYTES, dump_root, parse_root
from schemas.record.trust_root import TrustRoot

FIRST: dict[str, JSONValue] = {
    "schema": "hocba/trust-root/v1",
    "version": 1,
    "expires": "",
    "test": False,
    "root_keys": [],
    "threshold": 2,
    "logs": [],
    "registrars": [],
    "anchors": [],
    "hosts": [],
    "algorithms": [],
}
"""What a first version is written into."""


def format_draft(signed: JSONValue) -> bytes:
    """Return `signed` as text that people edit."""
    return (json.dumps(signed, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def parse_draft(data: bytes) -> TrustRoot:
    """Parse an edited draft, whatever its white space and the order of its members.

    Raises:
        SchemaError: `trust-root-draft-invalid`: no JSON object, a member twice, too large; what `parse_root` finds.
    """
    if len(data) > MAX_ENVELOPE_BYTES:
        raise _invalid()
    try:
        signed = json.loads(data.decode("utf-8"), object_pairs_hook=_members, parse_float=_refuse)
    except (ValueError, RecursionError) as error:
        raise _invalid() from error
    if not isinstance(signed, dict):
        raise _invalid()
    return parse_root(signed)


def content_digest(root: TrustRoot) -> str:
    """Return the SHA-256 of what is signed, in hexadecimal: the same for everybody who signs the same."""
    return sha256(canonical_bytes(dump_root(root))).hexdigest()


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member twice")
    return members


def _refuse(literal: str) -> NoReturn:
    raise ValueError(literal)


def _invalid() -> SchemaError:
    return SchemaError(
        "trust-root-draft-invalid",
        "$",
        "Bản thảo gốc tin cậy không phải JSON hợp lệ, hoặc có mục ghi hai lần; hãy sửa lại bản thảo.",
        "The draft of the trust root is no valid JSON, or has a member twice; mend the draft.",
    )
