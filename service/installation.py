"""One installation put together: database, record, keys, renderer and verifier of a data folder.

This is where the real parts are chosen, once, for the command line and the web alike. The data folder:

    hocba.env          settings                     record/     the public record, served as it is
    hocba.sqlite3      register and log             issued/     released transcripts
    trust-root.json    what verifiers trust         work/       documents between preparation and release
    keys/              see keys.keyring             state/      the last signed checkpoint, the issuing lock
"""

from __future__ import annotations

import datetime as dt
import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine

from keys.appearance import Appearance
from keys.keyring import DocumentRole, Keyring, RecordRole
from schemas.verdict import Verdict
from service.approving import Approval, approve_for_demonstration
from service.errors import ServiceError
from service.importing.reader import ImportResult, read_class
from service.issuing import BatchReport, IssuingTools, issue_transcripts
from service.pdf.panels import principal_panel, seal_panel
from service.pdf.render import Renderer
from service.record.sequencer import Sequencer
from service.self_check import check_document
from service.settings import Settings
from service.signing import SchoolSigners, WorkFolder
from service.storage.database import open_database
from service.storage.migration import check_schema
from service.storage.register import Batch, Issuance, Register, StudentYear

DATABASE = "hocba.sqlite3"
TRUST_ROOT = "trust-root.json"
FOLDERS = ("record", "issued", "work", "state", "workbooks")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Installation:
    """The parts of one data folder, each opened when it is first used."""

    settings: Settings
    now: Callable[[], dt.datetime]
    token_bytes: Callable[[int], bytes]

    @classmethod
    def open(
        cls, settings: Settings, *, now: Callable[[], dt.datetime], token_bytes: Callable[[int], bytes]
    ) -> Installation:
        """Open an installation that has been set up.

        Raises:
            ServiceError: the database is missing or of another version.
        """
        installation = cls(settings, now, token_bytes)
        if not installation.folder(DATABASE).exists():
            raise ServiceError(
                "database-missing",
                f"Không thấy {installation.folder(DATABASE)}. Hãy khôi phục từ bản sao lưu; không tạo mới.",
                f"{installation.folder(DATABASE)} is missing. Restore it from a backup; do not make a new one.",
            )
        check_schema(installation.engine)
        return installation

    def folder(self, name: str) -> Path:
        """Return a path in the data folder."""
        return self.settings.data / name

    @cached_property
    def engine(self) -> Engine:
        """The database."""
        return open_database(self.folder(DATABASE))

    @cached_property
    def register(self) -> Register:
        """The register of schools, imports and issuances."""
        return Register(self.engine)

    @cached_property
    def keyring(self) -> Keyring:
        """The software keys."""
        return Keyring.open(self.folder("keys"), passphrase_file=self.settings.passphrase_file)

    @cached_property
    def trust(self) -> TrustRoot:
        """The trust root that verifiers of this installation are given."""
        return load_trust_root(self.folder(TRUST_ROOT))

    @cached_property
    def verifier(self) -> Verifier:
        """A verifier like everybody's: trust root and public files, nothing else."""
        return Verifier(self.trust, self.folder("record"), now=self.now)
