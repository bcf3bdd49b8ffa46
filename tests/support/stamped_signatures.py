"""A demonstration whose signatures get time stamps: its trust root believes the suite's authority."""

from __future__ import annotations

import datetime as dt
import secrets

from schemas.record.trust_root import TimeStamps
from service.demo import SCHOOL_YEAR
from service.issuing import BatchReport, released_path
from service.sample import sample_class
from service.settings import SETTINGS_FILE, Settings
from tests.support.certificates import Party
from tests.support.demonstration import SCHOOL, ApprovingInstallation, Clock, Demonstration
from tests.support.time_stamps import stamper, time_stamps
from tests.support.trust_updates import update_trust_root

CLASS = "6B"
TSA: Party = stamper(not_after=dt.datetime(2060, 1, 1, tzinfo=dt.UTC))


class StampedSchool:
    """A school with a class to issue for."""

    def __init__(
        self,
        demonstration: Demonstration,
        address: str,
        *,
        roles: str = "principal seal",
        students: int = 1,
        believed: TimeStamps | None = None,
    ) -> None:
        self.demonstration = demonstration
        self.clock: Clock = demonstration.clock
        update_trust_root(demonstration, time_stamps=(believed or time_stamps()).model_dump())
        self.configure(TIME_STAMP_URLS=address, SIGNATURE_TIME_STAMPS=roles)
        workbook = sample_class(students, class_name=CLASS, first_student=101)
        assert self.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False).ok

    def configure(self, **settings: str) -> None:
        """Change settings, and start the service anew."""
        with (self.demonstration.data / SETTINGS_FILE).open("a") as file:
            file.writelines(f"HOCBA_{name}={value}\n" for name, value in settings.items())
        self.restart()

    def restart(self) -> None:
        """Start the service anew: what it remembered of authorities that failed is gone."""
        self.installation = ApprovingInstallation.open(
            Settings.load(self.demonstration.data), now=self.clock, token_bytes=secrets.token_bytes
        )

    def issue(self) -> BatchReport:
        """Issue for the class."""
        return self.installation.issue(SCHOOL, SCHOOL_YEAR, class_name=CLASS)

    def released(self) -> list[bytes]:
        """Issue for the class, all of it, and return the files."""
        report = self.issue()
        assert not report.failed, [one.failure for one in report.failed]
        return [
            released_path(self.demonstration.data / "issued", one).read_bytes() for one in report.released
        ]

    def work(self) -> set[str]:
        """Return what the files in the work folder end in."""
        return {path.suffix for path in (self.demonstration.data / "work").iterdir()}
