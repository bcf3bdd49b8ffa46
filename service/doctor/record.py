"""What is examined of the public record: trust root, log, status list, and the copy that somebody else keeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from keys.root_holder import VALIDITY
from schemas.record.envelope import format_envelope
from schemas.record.tiles import trust_root_path
from service.doctor.findings import Finding, went_well
from service.installation import Installation
from service.installation_parts import TRUST_ROOT
from service.record.outside_record import newest_outside
from service.record.status import LIFETIME
from service.storage.log_store import LogStore
from service.storage.records import LIST_ID
from verify.trust import read_trust_root
from verify.trust_expiry import LAST_DAYS, days_left, expiry_warning

_STALE = dt.timedelta(hours=3)
"""The service publishes every hour."""


def trust_root(installation: Installation) -> Iterator[Finding]:
    """It holds for some time yet, enough holders stand behind it, and everybody is given the same."""
    envelope = read_trust_root(installation.folder(TRUST_ROOT))
    root, now = envelope.root, installation.now()
    installation.verifier.check_trust()
    signers = ", ".join(sorted(key.hex() for key in envelope.signatures))
    yield went_well(
        "trust-root",
        f"Gốc tin cậy bản {root.version}, hết hạn {root.expires}, ký bởi {signers} (cần {root.threshold})",
        f"trust root version {root.version}, until {root.expires}, signed by {signers} ({root.threshold} needed)",
    )
    warning = expiry_warning(root, now)
    if warning is not None:
        finding = Finding("trust-root-expires", warning.vi, warning.en)
        yield finding.as_fault() if days_left(root, now) <= LAST_DAYS else finding
    if root.threshold < 2 and not root.test:
        yield Finding(
            "root-key-single",
            "Chỉ một khoá gốc là đủ ký bản sau của gốc tin cậy. Hãy họp những người giữ khoá: docs/trust-root.md.",
            "One root key is enough to sign the next trust root. Hold the ceremony with more holders: "
            "docs/trust-root.md.",
        )
    if root.expires_at - now > 2 * VALIDITY:
        yield Finding(
            "trust-root-long",
            "Gốc tin cậy còn hạn hơn hai năm: khoá bị lộ cũng được tin chừng ấy. Hãy để hạn một năm ở bản sau.",
            "The trust root holds for more than two years yet, and so would a stolen key. Let the next hold for one.",
        )
    published = installation.folder("record") / trust_root_path(root.version)
    if not published.exists() or published.read_bytes() != format_envelope(envelope):
        yield Finding(
            "trust-root-unpublished",
            f"{published} không phải bản đang dùng. Hãy lấy lại tệp này từ một bản sao của sổ cấp.",
            f"{published} is not the version in use. Take the file back from a mirror.",
        ).as_fault()
    if installation.settings.qr_host not in root.hosts:
        yield Finding(
            "qr-host-unlisted",
            f"HOCBA_QR_HOST {installation.settings.qr_host} không có trong hosts của gốc tin cậy: người quét mã sẽ bị "
            "cảnh báo. Hãy thêm vào bản sau.",
            f"HOCBA_QR_HOST {installation.settings.qr_host} is not among the trust root's hosts: whoever scans is "
            "warned. Add it to the next version.",
        )


def log(installation: Installation) -> Iterator[Finding]:
    """The database holds what was signed, the folder what was published, and both are of today."""
    installation.sequencer.check_may_sign()
    installation.verifier.check_record()
    view, now = installation.verifier.view(), installation.now()
    clock_time = view.checkpoint.clock_time if view else None
    signed = dt.datetime.fromtimestamp(clock_time or 0, dt.UTC)
    if view is None or now - signed > _STALE:
        finding = Finding(
            "record-stale",
            f"Sổ cấp công bố lần cuối lúc {signed:%d/%m/%Y %H:%M} UTC. Hãy chạy hocba serve, hoặc hocba record publish "
            "mỗi giờ.",
            f"The record was last published at {signed:%Y-%m-%d %H:%M} UTC. Run hocba serve, or hocba record publish "
            "every hour.",
        )
        yield finding if view and view.is_fresh(now) else finding.as_fault()
    last = LogStore(installation.database).last_list(LIST_ID)
    if last is None or now.timestamp() - last.issued_at > LIFETIME.total_seconds():
        yield Finding(
            "status-list-old",
            "Danh sách trạng thái đã quá một ngày: nơi kiểm tra không biết học bạ nào còn hiệu lực. Hãy chạy: hocba "
            "record publish",
            "The status list is more than a day old: verifiers do not know which documents still stand. Run: hocba "
            "record publish",
        ).as_fault()


def mirror(installation: Installation) -> Iterator[Finding]:
    """Somebody else keeps a copy of the record, which is of today and continues the same past."""
    where, now = installation.settings.mirror, installation.now()
    if not where:
        yield Finding(
            "mirror-unset",
            "Chưa đặt HOCBA_MIRROR: không ai khác giữ bản sao của sổ cấp, nên sau sự cố không đối chiếu được. Xem "
            "docs/auditing.md.",
            "HOCBA_MIRROR is not set: nobody else keeps a copy of the record, and after a loss there is nothing to "
            "reconcile with. See docs/auditing.md.",
        )
        return
    outside = newest_outside(where, installation.log)
    signed = installation.sequencer.signed_checkpoint()
    if outside.checkpoint.size > signed.size:
        yield Finding(
            "mirror-ahead",
            "Bản sao của sổ cấp có nhiều mục hơn ở đây: dữ liệu ở đây đã cũ, hoặc hai máy cùng ký. Không cấp; xem "
            "docs/operations/backup.md.",
            "The mirror has more entries than this place: the data here are old, or two machines sign. Issue nothing; "
            "see docs/operations/backup.md.",
        ).as_fault()
    age = now - dt.datetime.fromtimestamp(outside.clock_time or 0, dt.UTC)
    if age > LIFETIME:
        yield Finding(
            "mirror-old",
            f"Bản sao của sổ cấp ở {where} cũ {int(age.total_seconds() // 3600)} giờ. Hãy báo nơi giữ bản sao.",
            f"The mirror at {where} is {int(age.total_seconds() // 3600)} hours old. Tell whoever keeps it.",
        )
