"""A record in a folder that grows, and the index beside it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from schemas.record.entry import format_entry
from schemas.record.trust_root import TrustRoot
from schemas.verdict import VerdictCode
from tests.support.record import revoked
from tests.support.record_server import put
from tests.support.whole_record import (
    LATER,
    WholeRecord,
    document,
    vector_trust_root,
)
from verify.record_index import INDEX_FILE, index_beside
from verify.verifier import Verifier

TRUST = vector_trust_root()
DOCUMENT = document("one that is revoked")
OTHER = document("one that stands")
AT = 4
"""The index of `DOCUMENT`."""


@dataclass
class Place:
    """A record in a folder that grows, and the folder of its index."""

    folder: Path
    record: WholeRecord = field(default_factory=WholeRecord)

    @property
    def index(self) -> Path:
        """The folder of the index."""
        return index_beside(self.folder)

    @property
    def file(self) -> Path:
        """The index."""
        return self.index / INDEX_FILE

    def publish(self) -> None:
        """Publish a status list and a checkpoint over all entries."""
        self.record.publish_list()
        put(self.folder, self.record.files())

    def revoke(self) -> None:
        """Revoke `DOCUMENT`, and publish."""
        self.record.add(format_entry(revoked(AT)))
        self.publish()

    def verdict(self, pdf: bytes = DOCUMENT.pdf, *, trust: TrustRoot = TRUST) -> VerdictCode:
        """Return what a process that has just started says of a file."""
        verifier = Verifier(
            trust, self.folder, index=self.index, now=lambda: dt.datetime.fromtimestamp(LATER, dt.UTC)
        )
        try:
            return verifier.known_file(pdf).verdict
        finally:
            verifier.close()

    def index_size(self) -> int:
        """Return how far the index reaches."""
        with closing(sqlite3.connect(self.file)) as database:
            return int(database.execute("SELECT size FROM tip").fetchone()[0])

    def edit(self, *statements: str) -> None:
        """Change the index as somebody who may write it would."""
        with closing(sqlite3.connect(self.file)) as database, database:
            for statement in statements:
                database.execute(statement)


def indexed_record(folder: Path) -> Place:
    """Return a record with two documents, and its index."""
    found = Place(folder)
    found.record.issue(DOCUMENT, OTHER)
    found.publish()
    if found.verdict() is not VerdictCode.VALID:
        raise RuntimeError("the record is not what these tests begin with")
    return found
