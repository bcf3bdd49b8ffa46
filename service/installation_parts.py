"""The parts of one data folder, each opened when it is first used."""

from __future__ import annotations

import datetime as dt
import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

from keys.data_key import DataKeys
from keys.keyring import Keyring, RecordRole
from schemas.change_trail import Act
from schemas.record.trust_root import Log, TrustRoot
from service.approvals.board import BoardTools
from service.approvals.desk import ApprovalDesk
from service.approvals.four_eyes import Author
from service.errors import ServiceError
from service.evidence.revocation_client import RevocationClient
from service.evidence.revocation_evidence import RevocationEvidence
from service.families.contact_file import ContactTools
from service.families.links import LinkTools
from service.families.notices import NoticeTools, Outbox, notice_tools, tend_outbox
from service.families.requests import RequestTools
from service.files import disk_refusals
from service.pdf.render import Renderer
from service.people.administering import Administration
from service.people.invitation_mail import InvitationTools, send_invitations
from service.people.roles import Person
from service.record.publisher import Publisher
from service.record.sequencer import INDEX_FOLDER, Sequencer, SequencerKeys
from service.settings import Settings
from service.storage.database import Database, is_set_up, open_database, open_server
from service.storage.imports import Imports
from service.storage.invitation_mails import InvitationMails
from service.storage.log_store import LogStore
from service.storage.migration import check_schema, upgrade
from service.storage.people import People
from service.storage.register import Register
from service.storage.row_security import all_schools
from service.storage.sealed import use_data_keys
from service.trail.heads import NotedHeads
from service.trust import log_of
from verify.trust import follow_trust_root, read_trust_root
from verify.verifier import Verifier

DATABASE = "hocba.sqlite3"
TRUST_ROOT = "trust-root.json"
_ISSUING_LOCK = "issuing.lock"
_SENDING_LOCK = "notices.lock"
_BY_FILE = frozenset({Act.IMPORT, Act.UNDO, Act.TAKEOVER})
"""What carries in what others wrote."""


class IssuingBusyError(ServiceError):
    """Somebody is issuing, and it was not to be waited for."""


@dataclass(frozen=True)
class InstallationParts:
    """The parts of one data folder, each opened when it is first used."""

    settings: Settings
    now: Callable[[], dt.datetime]
    token_bytes: Callable[[int], bytes]

    @classmethod
    def open(
        cls, settings: Settings, *, now: Callable[[], dt.datetime], token_bytes: Callable[[int], bytes]
    ) -> Self:
        """Open an installation that has been set up.

        Raises:
            ServiceError: the database is missing or of another version.
        """
        installation = cls(settings, now, token_bytes)
        server = settings.database_url
        if not (is_set_up(installation.database) if server else installation.folder(DATABASE).exists()):
            what = "PostgreSQL" if server else str(installation.folder(DATABASE))
            raise ServiceError(
                "database-missing",
                f"Không thấy dữ liệu ở {what}. Hãy khôi phục từ bản sao lưu; không tạo mới.",
                f"There are no data in {what}. Restore them from a backup; do not make new ones.",
            )
        check_schema(installation.database)
        return installation

    def folder(self, name: str) -> Path:
        """Return a path in the data folder."""
        return self.settings.data / name

    @cached_property
    def database(self) -> Database:
        """The database."""
        url = self.settings.database_url
        keys = DataKeys.load(self.settings.data / self.settings.data_key_file)
        return use_data_keys(open_server(url) if url else open_database(self.folder(DATABASE)), keys)

    @cached_property
    def register(self) -> Register:
        """The register of schools, imports and issuances."""
        return Register(self.database, self.token_bytes)

    @cached_property
    def people(self) -> People:
        """Everybody who may sign in."""
        return People(self.database)

    @cached_property
    def administration(self) -> Administration:
        """What is done about people's accounts."""
        return Administration(self.people, self.register, self.now, self.token_bytes)

    @cached_property
    def approvals(self) -> ApprovalDesk:
        """Where people confirm, approve and return."""
        register = self.register

        def staff(school: str) -> tuple[Person, ...]:
            return tuple(one.person for one in self.people.accounts(school) if one.active)

        def authors(school: str, school_year: str, class_name: str) -> tuple[Author, ...]:
            found = register.mark_authors(school, school_year, class_name)
            return tuple(Author(one.actor.id, one.actor.name, one.act in _BY_FILE) for one in found)

        return ApprovalDesk(BoardTools(register, staff, authors), self.now, self.token_bytes)

    @cached_property
    def imports(self) -> Imports:
        """The imports on record, and the columns that schools have confirmed."""
        return Imports(self.database, self.register)

    @cached_property
    def noted_heads(self) -> NotedHeads:
        """The heads of the schools' trails that are noted outside the database."""
        return NotedHeads(self.folder("state"))

    @cached_property
    def keyring(self) -> Keyring:
        """The software keys."""
        passphrase_file = self.settings.data / self.settings.passphrase_file
        return Keyring.open(self.folder("keys"), passphrase_file=passphrase_file)

    @cached_property
    def newest_trust(self) -> Callable[[], TrustRoot]:
        """What gives the trust root in use; a process that runs on takes the next version as soon as it is there."""
        path = self.folder(TRUST_ROOT)
        return follow_trust_root(path, read_trust_root(path).root)

    @property
    def trust(self) -> TrustRoot:
        """The trust root that verifiers of this installation are given."""
        return self.newest_trust()

    @property
    def log(self) -> Log:
        """The log that this installation writes.

        Raises:
            ServiceError: `origin-unknown`.
        """
        return log_of(self.trust, self.settings.origin)

    @cached_property
    def verifier(self) -> Verifier:
        """A verifier like everybody's: trust root and public files, nothing else."""
        record, index = self.folder("record"), self.folder("state") / INDEX_FOLDER
        return Verifier(self.trust, record, index=index, now=self.now, newest=self.newest_trust)

    @cached_property
    def renderer(self) -> Renderer:
        """The renderer, which keeps its compiler and fonts."""
        return Renderer()

    @cached_property
    def sequencer(self) -> Sequencer:
        """The writing side of the public record."""
        return Sequencer(
            store=LogStore(self.database),
            publisher=Publisher(self.folder("record")),
            state=self.folder("state"),
            keys=SequencerKeys(
                log=self.keyring.record_key(RecordRole.LOG),
                clock=self.keyring.record_key(RecordRole.CLOCK),
                status=self.keyring.record_key(RecordRole.STATUS),
            ),
            trust=self.newest_trust,
            log=self.log,
            now=self.now,
        )

    @property
    def linking(self) -> LinkTools:
        """What making and opening links for families needs."""
        return LinkTools(self.register, self.settings.family_url, self.now, self.token_bytes)

    @property
    def requesting(self) -> RequestTools:
        """What receiving and answering requests of families needs."""
        return RequestTools(self.register, self.now, self.token_bytes)

    @property
    def noticing(self) -> NoticeTools:
        """What sending notices to families needs."""
        return notice_tools(self.settings, self.register, self.now)

    @property
    def contacts(self) -> ContactTools:
        """What importing families' addresses needs."""
        return ContactTools(self.register, self.now, self.token_bytes)

    @property
    def inviting(self) -> InvitationTools:
        """What inviting people by mail needs."""
        mails, address = InvitationMails(self.database), self.settings.console_url
        return InvitationTools(self.people, mails, self.noticing, address, self.token_bytes)

    def tend_outbox(self) -> Outbox:
        """Send what is due where a mail server is named, while nobody else does, and count what is left.

        Raises:
            ServiceError: `mail-server-unavailable`.
        """
        with self._alone(_SENDING_LOCK):
            # People first, who wait at their desks.
            invitations = send_invitations(self.inviting)
            return replace(tend_outbox(self.noticing), invitations=invitations)

    @cached_property
    def revocation(self) -> RevocationEvidence:
        """What asks whether certificates were revoked.

        Raises:
            ServiceError: `revocation-address`.
        """
        settings = self.settings
        client = RevocationClient(
            ocsp_urls=tuple(settings.ocsp_urls.split()),
            crl_urls=tuple(settings.crl_urls.split()),
            now=self.now,
            token_bytes=self.token_bytes,
        )
        return RevocationEvidence(client, self.newest_trust, self.now)

    def upgrade_database(self) -> None:
        """Bring the database to this version of the software, making it where there is none."""
        upgrade(self.database)

    @contextmanager
    def _alone(self, lock_file: str = _ISSUING_LOCK, *, wait: bool = True) -> Iterator[None]:
        """Let one process issue at a time; another one waits, or is refused. A disk that is full or fails is a refusal.

        Raises:
            IssuingBusyError: `issuing-busy`, where it is not to be waited for.
        """
        with disk_refusals(), all_schools(), (self.folder("state") / lock_file).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise IssuingBusyError(
                    "issuing-busy",
                    "Đang có người cấp học bạ; hãy thử lại sau ít phút.",
                    "Somebody is issuing; try again in some minutes.",
                ) from error
            yield
