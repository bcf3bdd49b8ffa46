"""Who acts where nobody has signed in: the account that the process runs as, whoever works at the server itself."""

from __future__ import annotations

import os
import pwd
import unicodedata
from pathlib import Path

from schemas.change_trail import Actor, ActorKind

_LOGIN_UID = Path("/proc/self/loginuid")
_UNSET = 2**32 - 1


def account_here() -> Actor:
    """Return the operating system's account of this process, and that of whoever signed in and became it.

    The latter is the kernel's word (Linux): sudo and su leave it as it was, and no program can set it back.
    """
    uid = os.getuid()
    name, login = _name(uid), _login_uid()
    shown = name if login in {None, uid} else f"{_name(login)} ({name})"
    return Actor(ActorKind.ACCOUNT, str(uid), shown)


def _login_uid() -> int | None:
    try:
        uid = int(_LOGIN_UID.read_text())
    except (OSError, ValueError):
        return None
    return None if uid == _UNSET else uid


def _name(uid: int | None) -> str:
    try:
        name = pwd.getpwuid(uid or 0).pw_name
    except KeyError:
        name = str(uid)
    # It must be able to stand in an entry, whatever the machine calls it.
    composed = unicodedata.normalize("NFC", name)
    return "".join(character for character in composed if character.isprintable())[:100] or "?"
