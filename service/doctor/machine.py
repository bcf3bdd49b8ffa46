"""What is examined of the machine: files of keys, clock, disk, fonts, servers that are asked, the last backup."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator

from keys.keyring import RecordRole
from keys.secret_files import read_passphrase
from schemas.errors import HocbaError
from service.backup.last import last_backup
from service.doctor.findings import Finding
from service.evidence.time_server import clock_ahead
from service.installation import Installation
from service.pdf.render import Renderer
from service.signers.before_signing import check_clock, check_clock_against_record

_LITTLE_SPACE, _NO_SPACE = 2 * 2**30, 200 * 2**20
_BACKUP_EVERY = dt.timedelta(hours=48)


def key_files(installation: Installation) -> Iterator[Finding]:
    """Nobody else reads a secret file; the record's keys open, and are those of the trust root."""
    keyring, settings = installation.keyring, installation.settings
    read_passphrase(settings.data / settings.session_key_file)
    for error in keyring.exposed_files():
        yield Finding(error.code, error.text.vi, error.text.en).as_fault()
    log = installation.log
    for role, named in ((RecordRole.LOG, log.log_verifier), (RecordRole.CLOCK, log.clock_verifier)):
        if keyring.record_key(role).public_key != named.public_key:
            yield Finding(
                "record-key-other",
                f"Khoá {role} trong keys/record không phải khoá mà gốc tin cậy nêu: không ai tin được sổ ký bằng khoá "
                "này. Hãy lấy lại khoá đúng từ bản giữ riêng.",
                f"The {role} key in keys/record is not the one that the trust root names: nobody would believe what "
                "it signs. Take the right one from its own copy.",
            ).as_fault()
    for role in (RecordRole.STATUS, RecordRole.CREDENTIAL):
        keyring.record_key(role)
    if not installation.trust.test and any(role.is_offline for role in keyring.record_roles()):
        yield Finding(
            "offline-keys-here",
            "Khoá gốc và khoá nơi đăng ký còn trên máy này. Hãy mang keys/offline đi, giữ hai bản ở hai nơi.",
            "The root's and the registrar's keys are still on this machine. Take keys/offline away, in two copies in "
            "two places.",
        )


def clock(installation: Installation) -> Iterator[Finding]:
    """The clock is not behind the record, nor five minutes off by the time server."""
    view = installation.verifier.view()
    if view is not None:
        check_clock_against_record(view, installation.now())
    server = installation.settings.time_server
    if server:
        check_clock(clock_ahead(server, now=installation.now, token_bytes=installation.token_bytes))
    else:
        yield Finding(
            "time-server-unset",
            "Chưa đặt HOCBA_TIME_SERVER: đồng hồ chạy nhanh thì không ai biết. Hãy đặt một máy chủ giờ.",
            "HOCBA_TIME_SERVER is not set: nobody notices a clock that is fast. Name a time server.",
        )


def disk(installation: Installation) -> Iterator[Finding]:
    """There is room for the next batches."""
    free = shutil.disk_usage(installation.settings.data).free
    if free < _LITTLE_SPACE:
        finding = Finding(
            "disk-low",
            f"Đĩa chỉ còn trống {free // 2**20} MB. Hãy giải phóng hoặc thêm chỗ trước lần cấp sau.",
            f"The disk has {free // 2**20} MB left. Make room before the next batch.",
        )
        yield finding.as_fault() if free < _NO_SPACE else finding


def fonts(_: Installation) -> Iterator[Finding]:
    """The fonts of the forms have every letter that a page may need."""
    Renderer().glyphs  # noqa: B018 - sets all letters, and refuses what is missing
    yield from ()


def time_stamps(installation: Installation) -> Iterator[Finding]:
    """A time-stamp authority answers with what verifiers believe, if the settings name one."""
    client, trust = installation.stamping.client, installation.trust.time_stamps
    if client is None or trust is None:
        yield Finding(
            "time-stamps-unset",
            "Chưa có dấu thời gian (HOCBA_TIME_STAMP_URLS, time_stamps trong gốc tin cậy): học bạ khó kiểm tra sau khi "
            "chứng thư hết hạn. Xem docs/long-term.md.",
            "There are no time stamps (HOCBA_TIME_STAMP_URLS, `time_stamps` of the trust root): documents are hard to "
            "verify once certificates have ended. See docs/long-term.md.",
        )
        return
    client.stamp(installation.token_bytes(32), trust)


def backup(installation: Installation) -> Iterator[Finding]:
    """The last backup is not two days old."""
    try:
        last = last_backup(installation.folder("state"))
    except HocbaError:
        last = None
    if last is None:
        yield Finding(
            "backup-missing",
            "Chưa có bản sao lưu nào. Hãy chạy hằng ngày: hocba backup … (docs/operations/backup.md).",
            "There is no backup yet. Run daily: hocba backup … (docs/operations/backup.md).",
        )
    elif installation.now() - last > _BACKUP_EVERY:
        yield Finding(
            "backup-old",
            f"Bản sao lưu cuối đã từ {last:%d/%m/%Y %H:%M} UTC. Hãy xem vì sao việc sao lưu hằng ngày đã ngừng.",
            f"The last backup is of {last:%Y-%m-%d %H:%M} UTC. Find out why the daily backup has stopped.",
        )
