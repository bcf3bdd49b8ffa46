"""A school whose documents stand for fifteen minutes between signed and recorded."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from schemas.change_trail import Actor, ActorKind
from service.demo import SCHOOL_YEAR
from service.grace import GraceDesk, Which
from service.installation import Installation
from service.issuing import BatchReport
from service.sample import sample_class
from service.signers.school_signers import NOBODY, Operator
from service.storage.log_store import LogStore
from service.storage.records import Issuance
from tests.support.demonstration import SCHOOL, Demonstration

MINUTES = 15
CLASS = "6B"
WHOLE_CLASS = Which(SCHOOL, SCHOOL_YEAR, CLASS)
CLERK = Actor(ActorKind.PERSON, "van-thu", "Mai Văn Thư")
PRINCIPAL = Actor(ActorKind.PERSON, "hieu-truong", "Bà Hiệu Trưởng")
REASON = "Sai ngày sinh"


@dataclass
class GraceSchool:
    """A demonstration whose class 6B was issued, and stands."""

    demonstration: Demonstration

    @classmethod
    def of(
        cls,
        demonstration: Demonstration,
        monkeypatch: pytest.MonkeyPatch,
        *,
        students: int = 3,
        operator: Operator = NOBODY,
    ) -> GraceSchool:
        """Import and issue; the documents of before are released."""
        monkeypatch.setenv("HOCBA_GRACE_MINUTES", str(MINUTES))
        workbook = sample_class(students, class_name=CLASS, first_student=101)
        assert demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok
        made = cls(demonstration)
        # Approved before anything that a test does: its clock stands still.
        made.report = demonstration.installation.issue(
            SCHOOL, SCHOOL_YEAR, class_name=CLASS, operator=operator
        )
        demonstration.clock.forward(seconds=1)
        return made

    report: BatchReport | None = None

    @property
    def desk(self) -> GraceDesk:
        """What is done with what stands."""
        return self.demonstration.installation.grace

    def issue(self) -> BatchReport:
        """Issue for the class as it is approved now."""
        return Installation.issue(self.demonstration.installation, SCHOOL, SCHOOL_YEAR, class_name=CLASS)

    def documents(self) -> list[Issuance]:
        """Return every document of the class, those that were let go of too, by student and version."""
        found = self.demonstration.installation.register.all_issuances()
        mine = [one for one in found if one.class_name == CLASS]
        return sorted(mine, key=lambda one: (one.student_code, one.version))

    def end(self) -> None:
        """Let the window pass, and the running service come by."""
        self.demonstration.clock.forward(minutes=MINUTES)
        self.tend()

    def tend(self) -> str:
        """Have the running service come by; returns what it measures."""
        tending = self.demonstration.installation.tending
        tending.release()
        assert tending.health.failures == 0
        return tending.health.metrics()

    def log_size(self) -> int:
        """Return how many entries the log has."""
        return LogStore(self.demonstration.installation.database).size

    def work(self) -> set[str]:
        """Return the ids of documents that have files between preparation and release."""
        folder = self.demonstration.data / "work"
        return {path.name.lstrip(".").partition(".")[0] for path in folder.iterdir()}

    def differences(self) -> list[str]:
        """Return what the audit finds."""
        self.demonstration.installation.publish()
        return [one.code for one in self.demonstration.installation.audit().differences]
