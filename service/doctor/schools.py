"""What is examined of each school: may its signers sign, for how long yet, and does anything wait?"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Iterator

from keys.keyring import DocumentRole
from keys.signer_address import TokenAddress
from schemas.errors import HocbaError, Text
from service.batches.worker import is_anybody_at_work
from service.doctor.findings import Finding
from service.installation import Installation
from service.signers.school_signers import Operator, SignerDesk, opened
from service.storage.batch_records import JobState

_LONG = dt.timedelta(hours=24)
_LAST_BATCHES = 100


def signers(installation: Installation) -> Iterator[Finding]:
    """The signers of every school may sign, and will for some time yet."""
    # The clock is examined by itself; here it would be asked for again for each school.
    settings = installation.settings.model_copy(update={"time_server": ""})
    tools = dataclasses.replace(installation.signer_tools, settings=settings)
    warnings: list[Text] = []
    with opened(tools, Operator(warn=warnings.append)) as desk:
        for school in installation.register.schools():
            yield from (_of_error(installation, desk, school.code))
            for text in warnings:
                yield Finding("certificate-expires", text.vi, text.en).about(school.code)
            warnings.clear()


def waiting(installation: Installation) -> Iterator[Finding]:
    """No document has waited for a day between its reservation and its release."""
    since = int((installation.now() - _LONG).timestamp())
    for school in installation.register.schools():
        late = [one for one in installation.register.unfinished(school.code) if one.issued_at < since]
        if not late:
            continue
        reasons = Counter(one.failure_code or one.state.value for one in late)
        told = ", ".join(f"{reason}: {count}" for reason, count in reasons.most_common())
        yield Finding(
            "documents-waiting",
            f"{len(late)} học bạ chờ hơn một ngày chưa phát hành ({told}). Hãy xem lý do ở trang lớp, rồi cấp lại.",
            f"{len(late)} documents have waited for more than a day ({told}). See why on the class page, then issue "
            "again.",
        ).about(school.code)


def batches(installation: Installation) -> Iterator[Finding]:
    """Somebody is at work where batches are to be done, and none has stopped for a reason that nobody mended."""
    waiting = installation.register.active_jobs()
    if waiting and not is_anybody_at_work(installation.folder("state")):
        yield Finding(
            "batches-idle",
            f"{waiting} đợt cấp đang chờ mà không có tiến trình nào làm. Hãy chạy hocba serve hoặc hocba worker.",
            f"{waiting} batches wait and nobody is at work. Run hocba serve or hocba worker.",
        )
    for school in installation.register.schools():
        jobs = installation.register.jobs(school.code, limit=_LAST_BATCHES)
        stopped = [one.stop_code for one in jobs if one.state is JobState.STOPPED]
        if stopped:
            told = ", ".join(f"{code}: {count}" for code, count in Counter(stopped).most_common())
            yield Finding(
                "batches-stopped",
                f"{len(stopped)} đợt cấp đã dừng ({told}). Xem lí do bằng hocba batches list, sửa rồi hocba batches "
                "resume.",
                f"{len(stopped)} batches have stopped ({told}). See why with hocba batches list, mend it, then hocba "
                "batches resume.",
            ).about(school.code)


def _of_error(installation: Installation, desk: SignerDesk, code: str) -> Iterator[Finding]:
    try:
        desk.checked(*desk.today(code))
    except HocbaError as error:
        finding = Finding(error.code, error.text.vi, error.text.en).about(code)
        # A token that is not plugged in is what tokens are like between two batches.
        on_token = any(
            isinstance(installation.keyring.address(role, code), TokenAddress) for role in DocumentRole
        )
        yield finding if on_token else finding.as_fault()
