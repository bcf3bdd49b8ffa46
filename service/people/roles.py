"""Who acts in the console: people, their roles, and the rows that are theirs (domain: who signs, in which order).

Nothing here signs anybody in, reads or writes: it is what sign-in, approvals and pages agree on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.errors import Text


class Role(StrEnum):
    """What somebody is at a school, or at the Sở."""

    ADMINISTRATOR = "administrator"
    """Invites people and gives roles; may neither confirm, approve nor release."""
    SUBJECT_TEACHER = "subject-teacher"
    HOMEROOM_TEACHER = "homeroom-teacher"
    PRINCIPAL = "principal"
    DEPUTY_PRINCIPAL = "deputy-principal"
    CLERK = "clerk"
    """Văn thư: imports, keeps the seal, issues what is approved, answers families."""
    INSPECTOR = "inspector"
    """Reads; changes nothing."""


ROLE_WORDS: Final = {
    Role.ADMINISTRATOR: Text("Quản trị", "Administrator"),
    Role.SUBJECT_TEACHER: Text("Giáo viên bộ môn", "Subject teacher"),
    Role.HOMEROOM_TEACHER: Text("Giáo viên chủ nhiệm", "Homeroom teacher"),
    Role.PRINCIPAL: Text("Hiệu trưởng", "Principal"),
    Role.DEPUTY_PRINCIPAL: Text("Phó hiệu trưởng", "Deputy principal"),
    Role.CLERK: Text("Văn thư", "School clerk"),
    Role.INSPECTOR: Text("Kiểm tra", "Inspector"),
}


@dataclass(frozen=True, slots=True)
class Assignment:
    """A class that somebody answers for in a school year: one subject of it, or all of it as homeroom teacher."""

    school_year: str
    class_name: str
    subject: str | None
    """A key of `schemas.transcript.subjects`; None for the homeroom teacher."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in, as the rest of the service sees them."""

    id: str
    school_code: str | None
    """None for people of the Sở, who belong to every school of the installation and to none."""
    name: str
    roles: frozenset[Role]
    assignments: tuple[Assignment, ...] = ()

    def has(self, *roles: Role) -> bool:
        """Return whether the person has one of these roles."""
        return not self.roles.isdisjoint(roles)

    def teaches(self, school_year: str, class_name: str, subject: str) -> bool:
        """Return whether the rows of a subject of a class are the person's."""
        return Assignment(school_year, class_name, subject) in self.assignments

    def leads(self, school_year: str, class_name: str) -> bool:
        """Return whether the person is the homeroom teacher of a class."""
        return Assignment(school_year, class_name, None) in self.assignments
