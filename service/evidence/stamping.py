"""Time stamps over record and signatures for one installation: whom its settings ask, and its trust root believes."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING, Final

from schemas.pdf_profile import MAX_STAMP_BYTES, SignatureField
from schemas.record.trust_root import TimeStamps
from schemas.time_stamp import bare_time_stamp
from service.errors import AwaitedProofError, ServiceError
from service.evidence.signature_stamps import SignatureStamps
from service.evidence.time_stamp_client import TimeStampClient
from service.record.publisher import Publisher
from service.record.time_stamping import NewestToken, TimeStampingTools, stamp_checkpoint, stamp_if_due
from service.storage.log_store import LogStore

if TYPE_CHECKING:
    from service.installation import Installation

_FIELDS: Final = {"principal": SignatureField.PRINCIPAL, "seal": SignatureField.SEAL}


class Stamping:
    """Has checkpoints stamped, at once or when it is time; says which signatures are, and by whom."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def at_once(self) -> NewestToken:
        """Publish, and have the checkpoint stamped.

        Raises:
            ServiceError: `time-stamp-unset`, `time-stamp-untrusted`, `time-stamp-address`, and those of
                `service.record.time_stamping.stamp_checkpoint`.
        """
        tools = self._tools()
        if tools is None:
            raise _unset()
        self._installation.publish()
        return stamp_checkpoint(tools)

    def if_due(self) -> NewestToken | None:
        """Have the last checkpoint stamped where it is time, and return the newest token; None without authorities.

        Raises:
            ServiceError: as `at_once`.
        """
        tools = self._tools()
        return None if tools is None else stamp_if_due(tools)

    @cached_property
    def client(self) -> TimeStampClient | None:
        """Whom time stamps are asked of; None where the settings name nobody.

        Raises:
            ServiceError: `time-stamp-address`.
        """
        installation = self._installation
        addresses = tuple(installation.settings.time_stamp_urls.split())
        if not addresses:
            return None
        return TimeStampClient(addresses, now=installation.now, token_bytes=installation.token_bytes)

    def signature_stamps(self) -> SignatureStamps:
        """Which signatures get a time stamp, and whom it is asked of.

        Raises:
            ServiceError: `time-stamp-roles`, `time-stamp-unset`, `time-stamp-untrusted`, `time-stamp-address`.
        """
        roles = self._installation.settings.signature_time_stamps.split()
        unknown = [role for role in roles if role not in _FIELDS]
        if unknown:
            raise ServiceError(
                "time-stamp-roles",
                f"HOCBA_SIGNATURE_TIME_STAMPS chỉ nhận principal, seal hoặc cả hai, không nhận: {unknown[0]}.",
                f"HOCBA_SIGNATURE_TIME_STAMPS takes principal, seal or both, and not: {unknown[0]}.",
            )
        if roles:
            self._asked()
        return SignatureStamps(frozenset(_FIELDS[role] for role in roles), self._stamp_signature)

    def _stamp_signature(self, imprint: bytes) -> bytes:
        client, trust = self._asked()
        try:
            token, _ = client.stamp(imprint, trust)
            token = bare_time_stamp(token)
        except ServiceError as error:
            raise _awaiting(error.text.vi, error.text.en) from error
        if len(token) > MAX_STAMP_BYTES:
            raise _awaiting(
                f"Dấu thời gian dài {len(token)} byte, quá {MAX_STAMP_BYTES} byte tệp dành cho nó.",
                f"The time stamp has {len(token)} bytes, more than the {MAX_STAMP_BYTES} that files reserve for it.",
            )
        return token

    def _asked(self) -> tuple[TimeStampClient, TimeStamps]:
        """Return whom to ask, and whom verifiers will believe."""
        if self.client is None:
            raise _unset()
        return self.client, self._trust()

    def _tools(self) -> TimeStampingTools | None:
        installation, client = self._installation, self.client
        if client is None:
            return None
        trust = self._trust()
        store = LogStore(installation.database)
        return TimeStampingTools(
            publisher=Publisher(installation.folder("record")),
            state=installation.folder("state"),
            client=client,
            trust=trust,
            every=dt.timedelta(hours=installation.settings.time_stamp_hours),
            signed_note=installation.sequencer.signed_note,
            entries_from=lambda first: store.entries(first, store.size),
            now=installation.now,
        )

    def _trust(self) -> TimeStamps:
        # Asked each time: the trust root may have a new version.
        trust = self._installation.trust.time_stamps
        if trust is None:
            raise ServiceError(
                "time-stamp-untrusted",
                "Gốc tin cậy không tin tổ chức cấp dấu thời gian nào (time_stamps), nên dấu thời gian sẽ vô ích. Hãy "
                "ban hành bản gốc tin cậy mới, hoặc bỏ HOCBA_TIME_STAMP_URLS.",
                "The trust root believes no time-stamp authority (time_stamps), so time stamps would be of no use. "
                "Issue a new version of it, or remove HOCBA_TIME_STAMP_URLS.",
            )
        return trust


def _unset() -> ServiceError:
    return ServiceError(
        "time-stamp-unset",
        "Chưa đặt HOCBA_TIME_STAMP_URLS nên chưa có nơi cấp dấu thời gian; xem docs/settings.md.",
        "HOCBA_TIME_STAMP_URLS is not set, so nobody can be asked for a time stamp; see docs/settings.md.",
    )


def _awaiting(vi: str, en: str) -> AwaitedProofError:
    return AwaitedProofError(
        "awaiting-time-stamp",
        f"Đang chờ dấu thời gian; chữ ký đã có được giữ lại và sẽ thử lại ở lần cấp sau. {vi}",
        f"Awaiting a time stamp; the signature is kept, and the next issuing tries again. {en}",
    )
