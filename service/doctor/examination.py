"""`hocba doctor`: everything that an installation needs to work, looked at once; writes nothing of its own.

A check that cannot be made is a fault with the refusal's own code and sentence: what stops issuing says the same here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schemas.errors import HocbaError
from service.doctor import machine, record, schools
from service.doctor.findings import Finding, went_well
from service.installation import Installation
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at, and what is said where it is well."""

    name: str
    vi: str
    en: str
    look: Callable[[Installation], Iterator[Finding]]


CHECKS: Final = (
    Check("trust-root", "Gốc tin cậy", "trust root", record.trust_root),
    Check("keys", "Khoá và quyền đọc tệp", "keys and rights of their files", machine.key_files),
    Check("record", "Sổ cấp và cơ sở dữ liệu", "record and database", record.log),
    Check("clock", "Đồng hồ", "clock", machine.clock),
    Check("signers", "Người ký và chứng thư", "signers and certificates", schools.signers),
    Check("waiting", "Học bạ đang chờ", "waiting documents", schools.waiting),
    Check("batches", "Đợt cấp", "batches", schools.batches),
    Check("mirror", "Bản sao của sổ cấp", "mirror of the record", record.mirror),
    Check("backup", "Sao lưu", "backup", machine.backup),
    Check("time-stamps", "Dấu thời gian", "time stamps", machine.time_stamps),
    Check("disk", "Chỗ trống trên đĩa", "free disk", machine.disk),
    Check("fonts", "Phông chữ", "fonts", machine.fonts),
)


def examine(
    data: Path, *, now: Callable[[], dt.datetime], token_bytes: Callable[[int], bytes]
) -> Iterator[Finding]:
    """Look at the installation in a data folder, and say what is found, check by check."""
    try:
        installation = Installation.open(Settings.load(data), now=now, token_bytes=token_bytes)
    except (HocbaError, OSError) as error:
        yield _refused(error)
        return
    yield went_well("settings", "Thiết lập và phiên bản cơ sở dữ liệu", "settings and schema of the database")
    for check in CHECKS:
        yield from _looked(check, installation)


def _looked(check: Check, installation: Installation) -> Iterator[Finding]:
    found: list[Finding] = []
    try:
        for finding in check.look(installation):
            found.append(finding)  # noqa: PERF402 - what was found before it breaks off counts
    except (HocbaError, OSError, ValueError) as error:
        found.append(_refused(error).about(check.vi, check.en))
    if not found:
        found.append(went_well(check.name, check.vi, check.en))
    yield from found


def _refused(error: HocbaError | OSError | ValueError) -> Finding:
    if isinstance(error, HocbaError):
        return Finding(error.code, error.text.vi, error.text.en).as_fault()
    if isinstance(error, OSError):
        return Finding(
            "file-error",
            f"Không đọc hoặc ghi được {error.filename}: {error.strerror}. Hãy xem quyền và chỗ trống trên đĩa.",
            f"Cannot read or write {error.filename}: {error.strerror}. Check permissions and free space.",
        ).as_fault()
    raise error
