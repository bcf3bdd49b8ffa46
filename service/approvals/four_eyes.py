"""Four eyes: whoever entered or confirmed a mark of a class neither approves nor releases it.

A homeroom teacher who teaches the class is normal. Where the principal teaches it, or confirmed for an absent teacher,
a deputy approves; where nobody else could, the act names the exception. People are told apart by id and by name: a
second account does not make two people of one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from service.approvals.acts import Act, ActKind
from service.approvals.chains import LEADERS
from service.people.roles import Person


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who entered marks of a class, as the trail knows them."""

    id: str
    name: str
    by_import: bool = False
    """By a file that carried what others had written: each row of it is confirmed by its teacher afterwards."""


@dataclass(frozen=True, slots=True)
class Involved:
    """Everybody who has entered or confirmed marks of a class."""

    people: frozenset[str]
    """Ids, and names as `name_of` spells them."""

    def includes(self, person: Person) -> bool:
        """Return whether somebody is among them."""
        return person.id in self.people or spelled(person.name) in self.people

    def names(self, *who: str) -> bool:
        """Return whether one of these ids and names is among them."""
        return any(one in self.people or spelled(one) in self.people for one in who)

    def did(self, act: Act) -> bool:
        """Return whether somebody among them did an act."""
        return act.person_id in self.people or spelled(act.person_name) in self.people


NOBODY: Final = Involved(frozenset())


def involved_in(acts: Iterable[Act], authors: Iterable[Author], *, releasing: bool = False) -> Involved:
    """Return who may not approve a class, or `releasing` it, may not release it.

    Whoever imported files may release what was made of them, but not approve it.
    """
    found: set[str] = set()
    for act in acts:
        if act.kind is ActKind.CONFIRM:
            found |= {act.person_id, spelled(act.person_name)}
    for author in authors:
        if not (releasing and author.by_import):
            found |= {author.id, spelled(author.name)}
    return Involved(frozenset(found))


def is_barred(person: Person, school_year: str, class_name: str, involved: Involved) -> bool:
    """Return whether somebody may not approve a class: by what they did, or because they teach or lead it."""
    teaches = any(
        (one.school_year, one.class_name) == (school_year, class_name) for one in person.assignments
    )
    return teaches or involved.includes(person)


def others_who_may(
    person: Person, staff: Sequence[Person], school_year: str, class_name: str, involved: Involved
) -> tuple[Person, ...]:
    """Return the other leaders of the school who may approve a class."""
    return tuple(
        one
        for one in staff
        if one.has(*LEADERS)
        and spelled(one.name) != spelled(person.name)
        and not is_barred(one, school_year, class_name, involved)
    )


def spelled(name: str) -> str:
    """Return a name without what is only a manner of writing it."""
    return "name/" + " ".join(unicodedata.normalize("NFC", name).split()).casefold()
