"""The trail of changes of a student's year: entries, and the chains that no entry can leave unnoticed.

Each entry says who changed what, when, from what to what and why. A chain of a student's year links its entries; its
head stands in the transcript (`change_trail`). A chain of the school numbers and links all entries of a school.
The chains are over digests, so that an entry whose words the law has erased still holds its place
(docs/formats/change-trail.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from schemas.canonical import JSONValue, canonical_bytes, parse_canonical
from schemas.errors import SchemaError

SCHEMA: Final = "hocba/trail/v1"
START: Final = bytes(32)
"""The head of a chain without entries."""
NONCE_BYTES: Final = 16
_ENTRY_DOMAIN: Final = b"hocba/trail/entry/v1\x00"
_YEAR_DOMAIN: Final = b"hocba/trail/year/v1\x00"
_SCHOOL_DOMAIN: Final = b"hocba/trail/school/v1\x00"


class ActorKind(StrEnum):
    """What somebody who changes data is known by."""

    PERSON = "person"
    TOKEN = "token"
    ACCOUNT = "account"
    """An account of the operating system: whoever works at the server itself."""


class Act(StrEnum):
    """What changed a student's year."""

    CARRIED = "carried"
    """It was there before there was a trail; its head is the one that it had."""
    IMPORT = "import"
    UNDO = "undo"
    TAKEOVER = "takeover"
    MANUAL = "manual"
    DECISION = "decision"
    CORRECTION = "correction"
    TAKEN_BACK = "taken-back"
    """The document of the year, signed and not recorded, was let go of."""
    RELEASED_EARLY = "released-early"
    """Somebody ended the grace window of the document of the year."""
    ERASURE = "erasure"
    """Of no student: it names the entries whose words were erased."""
    RESTORED = "restored"
    """Of no student: entries were lost with a database that a backup took the place of."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, by the name that they had then."""

    kind: ActorKind
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value before and after; None where there was, or is, nothing."""

    field: str
    """`year.subjects.toan.semester1`, `learner.address`, `class_name`: see `flat_fields`."""
    old: JSONValue
    new: JSONValue

    @property
    def is_mark(self) -> bool:
        """Whether it is something that teachers give, and not about the learner or who answers."""
        return self.field.startswith("year.") and self.field not in _NO_MARKS

    @property
    def is_sensitive(self) -> bool:
        """Whether it is sensitive personal data: ethnicity, health, policy category, the personal ID."""
        return self.field in SENSITIVE

    @property
    def subject(self) -> str | None:
        """The code of the subject that it is of, if of one."""
        parts = self.field.split(".")
        return parts[2] if parts[:2] == ["year", "subjects"] and len(parts) == 4 else None


SENSITIVE: Final = frozenset(
    {
        "learner.ethnicity",
        "learner.policy_category",
        "learner.personal_id",
        "year.height_cm",
        "year.weight_kg",
    }
)
"""The fields that the law calls sensitive, and the personal ID."""
_NO_MARKS = frozenset(
    f"year.{name}"
    for name in (
        "approved_on",
        "class_name",
        "entered_on",
        "grade",
        "homeroom_teacher",
        "place",
        "principal.name",
        "principal.on_behalf",
        "principal.title",
        "register_number",
        "ruleset",
        "school.code",
        "school.commune",
        "school.district",
        "school.name",
        "school.province",
        "school_year",
    )
)


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One change.

    `before` and `record` are the SHA-256 of learner and year before and after it, None where there was, or is, nothing:
    what was edited between two entries shows for ever.
    """

    school: str
    act: Act
    actor: Actor
    at: int
    nonce: str
    """16 random bytes in hexadecimal: without them the digest of an erased entry could be guessed again."""
    student: str = ""
    school_year: str = ""
    why: str | None = None
    reference: str | None = None
    """What it belongs to: the import, the request of a correction, the document."""
    before: str | None = None
    record: str | None = None
    changes: tuple[FieldChange, ...] = ()
    """None where the year was new: then everything in it was entered."""
    head: str | None = None
    """Of a carried one: the head that it had."""
    second: Actor | None = None
    """Who confirmed it, where it takes two."""
    numbers: tuple[int, ...] = field(default=())
    """Of an erasure: the entries that were erased. Of `restored`: the last number that was lost."""

    @property
    def enters_marks(self) -> bool:
        """Whether a mark came in by it."""
        if self.act in {Act.IMPORT, Act.TAKEOVER, Act.MANUAL, Act.CORRECTION, Act.UNDO}:
            return not self.changes or any(change.is_mark for change in self.changes)
        return False


def format_entry(entry: TrailEntry) -> bytes:
    """Return the canonical JSON of an entry; what is absent is left out.

    Raises:
        SchemaError: a text is not clean.
    """
    members: dict[str, JSONValue] = {
        "schema": SCHEMA,
        "school": entry.school,
        "act": entry.act.value,
        "actor": _actor_members(entry.actor),
        "at": entry.at,
        "nonce": entry.nonce,
    }
    optional: dict[str, JSONValue] = {
        "student": entry.student or None,
        "school_year": entry.school_year or None,
        "why": entry.why,
        "reference": entry.reference,
        "before": entry.before,
        "record": entry.record,
        "head": entry.head,
        "second": _actor_members(entry.second) if entry.second else None,
        "changes": [[one.field, one.old, one.new] for one in entry.changes] or None,
        "numbers": list(entry.numbers) or None,
    }
    return canonical_bytes(members | {name: value for name, value in optional.items() if value is not None})


def parse_entry(data: bytes) -> TrailEntry:
    """Parse an entry; it must be exactly what `format_entry` gives back.

    Raises:
        SchemaError: `trail-entry-invalid`, or a code of `schemas.canonical`.
    """
    members = parse_canonical(data)
    try:
        entry = _entry_of(members)
    except (KeyError, TypeError, ValueError) as error:
        raise _invalid() from error
    if format_entry(entry) != data:
        raise _invalid()
    return entry


def entry_digest(entry: bytes) -> bytes:
    """Return what the chains hold of an entry."""
    return sha256(_ENTRY_DOMAIN + entry).digest()


def next_head(previous: bytes, digest: bytes) -> bytes:
    """Return the head of a year's chain after the entry of this digest."""
    return sha256(_YEAR_DOMAIN + previous + digest).digest()


def next_school_head(previous: bytes, number: int, head: bytes, digest: bytes) -> bytes:
    """Return the head of a school's chain after its entry of this number (from 1): a year's new head and the digest."""
    return sha256(_SCHOOL_DOMAIN + previous + number.to_bytes(8, "big") + head + digest).digest()


def flat_fields(learner: Mapping[str, Any], year: Mapping[str, Any], class_name: str) -> dict[str, JSONValue]:
    """Return each value of a record by its path: rows of subjects by the subject's code, traits by theirs."""
    plain = dict(year)
    plain["subjects"] = {each["subject"]: each for each in plain.get("subjects", ())}
    return {"class_name": class_name} | dict((*_leaves("learner", learner), *_leaves("year", plain)))


def field_changes(before: Mapping[str, JSONValue], after: Mapping[str, JSONValue]) -> tuple[FieldChange, ...]:
    """Return what differs between two records, in their order."""
    return tuple(
        FieldChange(path, before.get(path), after.get(path))
        for path in dict.fromkeys((*before, *after))
        if before.get(path) != after.get(path)
    )


def _leaves(path: str, value: Any) -> Iterator[tuple[str, JSONValue]]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from _leaves(f"{path}.{key}", member)
    elif isinstance(value, list) and path.endswith(".results"):
        for each in value:
            yield f"{path.removesuffix('.results')}.{each['trait']}", each["level"]
    elif isinstance(value, list):
        yield path, json.dumps(value, ensure_ascii=False)
    else:
        yield path, value


def _entry_of(members: Any) -> TrailEntry:
    if members["schema"] != SCHEMA:
        raise ValueError("schema")
    if type(members["school"]) is not str or type(members["at"]) is not int:
        raise TypeError("member")
    return TrailEntry(
        school=members["school"],
        act=Act(members["act"]),
        actor=_actor_of(members["actor"]),
        at=members["at"],
        nonce=members["nonce"],
        student=members.get("student", ""),
        school_year=members.get("school_year", ""),
        why=members.get("why"),
        reference=members.get("reference"),
        before=members.get("before"),
        record=members.get("record"),
        changes=tuple(FieldChange(path, old, new) for path, old, new in members.get("changes", ())),
        head=members.get("head"),
        second=_actor_of(members["second"]) if "second" in members else None,
        numbers=tuple(members.get("numbers", ())),
    )


def _actor_members(actor: Actor) -> JSONValue:
    return {"kind": actor.kind.value, "id": actor.id, "name": actor.name}


def _actor_of(members: Any) -> Actor:
    return Actor(ActorKind(members["kind"]), members["id"], members["name"])


def _invalid() -> SchemaError:
    return SchemaError(
        "trail-entry-invalid",
        "$",
        "Mục trong vết thay đổi không đúng dạng.",
        "An entry of the trail of changes is malformed.",
    )
