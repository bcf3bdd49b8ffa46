"""Who changes data in tests."""

from __future__ import annotations

from schemas.change_trail import Act, Actor, ActorKind
from service.storage.school_records import ChangedBy
from service.storage.trail_writing import Cause

SOMEBODY = Actor(ActorKind.ACCOUNT, "1000", "Người nhập")
AN_IMPORT = Cause(Act.IMPORT, SOMEBODY, 1_780_000_000)
BY = ChangedBy(SOMEBODY, 1_780_000_000)
"""Who changes something of a school, and when."""
