"""Whose access token speaks, and whether it may: known, not ended, and given out for this very act."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from service.errors import DiskFullError, ServiceError
from service.scopes import Scope
from service.storage.records import Token
from service.storage.register import Register

MAX_DAYS: Final = 366
"""The longest that a token is given out for: a school year, and the holiday after it."""


def speaking_token(register: Register, secret: str, *scopes: Scope, at: int) -> Token:
    """Return the token that a secret is, where it may do what one of these scopes opens; its use is noted.

    `at` is the present time in seconds.

    Raises:
        ServiceError: `token-wrong`, `token-expired`, `scope-missing`.
    """
    token = register.token_of(secret)
    if token is None:
        raise token_wrong()
    if token.expires_at is not None and token.expires_at <= at:
        raise ServiceError(
            "token-expired",
            "Mã truy cập đã hết hạn; hãy nhờ người quản trị cấp mã mới (hocba token add).",
            "The access token has expired; have the operator make a new one (hocba token add).",
        )
    with suppress(DiskFullError):  # whoever only reads is answered on a full disk too
        register.note_use(token, at=at)
    if token.scopes.isdisjoint(scopes):
        needed = ", ".join(scopes)
        raise ServiceError(
            "scope-missing",
            f"Mã truy cập này không được cấp cho việc này ({needed}); hãy nhờ người quản trị cấp mã có quyền đó.",
            f"This access token was not given out for this ({needed}); have the operator make one that was.",
        )
    return token


def token_wrong() -> ServiceError:
    """Return the refusal of a token that is not known here."""
    return ServiceError(
        "token-wrong",
        "Mã truy cập không đúng hoặc đã bị thu lại; hãy hỏi người quản trị.",
        "The access token is wrong or was taken back; ask the operator.",
    )
