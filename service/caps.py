"""How many documents a school may issue at a time: a stolen session or a mistake stops before it is a whole province.

What is reserved already goes on to its end; a cap holds up only what would be new.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.vietnam_time import VIETNAM
from service.errors import ServiceError
from service.reserving import missing_documents
from service.storage.records import Batch, StudentYear
from service.storage.register import Register

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Caps:
    """The most documents of one request, and of one school within an hour."""

    per_batch: int
    per_hour: int


def check_caps(
    register: Register, batch: Batch, drafts: Sequence[StudentYear], caps: Caps, *, now: dt.datetime
) -> None:
    """Refuse a request that would issue too many documents.

    Raises:
        ServiceError: `batch-too-large`; `issuing-too-fast` with the time from which it is not.
    """
    wanted = len(missing_documents(register, batch, drafts))
    most = min(caps.per_batch, caps.per_hour)
    if wanted > most:
        raise ServiceError(
            "batch-too-large",
            f"Yêu cầu này cấp {wanted} học bạ, mỗi lần tối đa {most}; hãy cấp theo từng lớp, hoặc nhờ Sở nâng "
            "HOCBA_MAX_BATCH.",
            f"This request would issue {wanted} transcripts, at most {most} at a time; issue class by class, or have "
            "HOCBA_MAX_BATCH raised.",
        )
    seconds = int(now.timestamp())
    times = register.issuing_times(batch.school_code, since=seconds - _HOUR)
    over = len(times) + wanted - caps.per_hour
    if wanted and over > 0:
        free = dt.datetime.fromtimestamp(times[over - 1] + _HOUR + 1, VIETNAM)
        raise ServiceError(
            "issuing-too-fast",
            f"Trường đã cấp {len(times)} học bạ trong một giờ qua, tối đa {caps.per_hour}; hãy cấp tiếp từ "
            f"{free:%H:%M} ngày {free:%d/%m/%Y}.",
            f"The school issued {len(times)} transcripts within an hour, at most {caps.per_hour}; go on from "
            f"{free:%H:%M} on {free:%Y-%m-%d}.",
            retry_after=max(1, int(free.timestamp()) - seconds),
        )
