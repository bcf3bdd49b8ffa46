"""Released and taken back at the same moment, by two threads on a real PostgreSQL server: each document one of both."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from schemas.record.entry import Issued, parse_entry
from service import issuing
from service.errors import ServiceError
from service.storage.log_store import LogStore
from service.storage.records import State
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.grace import CLERK, MINUTES, REASON, GraceSchool
from tests.support.postgresql import closing_engines, running_server

STUDENTS = 8


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GraceSchool]:
    """A class that stands on a server, where each document is recorded by itself."""
    with running_server() as server, closing_engines(monkeypatch):
        monkeypatch.setenv("HOCBA_DATABASE_URL", server.new_database())
        monkeypatch.setattr(issuing, "CHUNK", 1)
        yield GraceSchool.of(
            Demonstration.make(tmp_path / "data", students=1), monkeypatch, students=STUDENTS
        )


def test_each_document_is_released_or_taken_back(school: GraceSchool) -> None:
    """One thread releases from the first on, another takes back from the last on: they meet, and nothing is both."""
    demonstration = school.demonstration
    size, documents = school.log_size(), school.documents()
    demonstration.clock.forward(minutes=MINUTES)
    refusals: list[str] = []
    begun = threading.Event()

    def take_back() -> None:
        desk = school.desk
        begun.set()
        last = monotonic() + 60
        while school.log_size() == size and monotonic() < last:  # until the first is recorded
            pass
        for one in reversed(documents):
            try:
                desk.take_back(SCHOOL, one.id, CLERK, REASON)
            except ServiceError as refusal:
                refusals.append(refusal.code)

    taking = threading.Thread(target=take_back, daemon=True)
    taking.start()
    begun.wait()
    school.tend()
    taking.join()
    school.tend()

    after = school.documents()
    released = {one.serial for one in after if one.state is State.RELEASED}
    taken = {one.id for one in after if one.state is State.ABANDONED}
    assert len(released) + len(taken) == STUDENTS
    assert released
    assert taken
    assert refusals == ["already-recorded"] * len(released)
    log = LogStore(demonstration.installation.database)
    entries = [parse_entry(one) for one in log.entries(size, log.size)]
    assert len([one for one in entries if isinstance(one, Issued)]) == len(released)
    assert [log.find(one) for one in taken] == [None] * len(taken)
    assert school.work() == set()
    assert school.differences() == []
