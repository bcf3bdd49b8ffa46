"""The people of a demonstration: one for each role, some teachers, two of the Sở. Nobody of them exists.

They share one password, made at random with the demonstration and kept in its folder, and need no authenticator: what
they sign is worth nothing. Whoever sets one up in the console is asked for it from then on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from service.installation import Installation
from service.people.accounts import OPERATOR
from service.people.administering import invitation_digest
from service.people.passwords import hash_password
from service.people.roles import Assignment, Role

PASSWORD_FILE: Final = "people-password"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the demonstration; without a school they are the Sở's."""

    sign_in_name: str
    name: str
    roles: tuple[Role, ...]
    subjects: tuple[str, ...] = ()
    """What they teach class 6A."""
    is_of_office: bool = False


PEOPLE: Final = (
    DemoPerson("van-thu", "Phạm Thị Văn (thử)", (Role.CLERK,)),
    DemoPerson("hieu-truong", "Nguyễn Thị Thử", (Role.PRINCIPAL,)),
    DemoPerson("pho-hieu-truong", "Đỗ Văn Phó (thử)", (Role.DEPUTY_PRINCIPAL,)),
    DemoPerson("quan-tri", "Lê Văn Trị (thử)", (Role.ADMINISTRATOR,)),
    DemoPerson("kiem-tra", "Hoàng Thị Kiểm (thử)", (Role.INSPECTOR,)),
    DemoPerson(
        "chu-nhiem",
        "Vũ Thị Nhiệm (thử)",
        (Role.HOMEROOM_TEACHER, Role.SUBJECT_TEACHER),
        ("ngu-van", "gdcd", "lich-su-dia-li", "hdtn-hn", "gd-dia-phuong"),
    ),
    DemoPerson(
        "giao-vien-toan",
        "Bùi Văn Toán (thử)",
        (Role.SUBJECT_TEACHER,),
        ("toan", "khtn", "tin-hoc", "cong-nghe"),
    ),
    DemoPerson(
        "giao-vien-anh", "Đặng Thị Anh (thử)", (Role.SUBJECT_TEACHER,), ("ngoai-ngu-1", "nghe-thuat", "gdtc")
    ),
    DemoPerson("so-quan-tri", "Trần Văn Sở (thử)", (Role.ADMINISTRATOR,), is_of_office=True),
    DemoPerson("so-kiem-tra", "Ngô Thị Thanh (thử)", (Role.INSPECTOR,), is_of_office=True),
)


def add_people(
    installation: Installation, school: str, school_year: str, class_name: str, *, password: str
) -> None:
    """Add whoever of them is missing, with the password of the demonstration; a crash is repaired by the next call."""
    missing = [one for one in PEOPLE if not _has_joined(installation, one)]
    kept = hash_password(password) if missing else ""
    for one in missing:
        account = installation.people.account_of_name(one.sign_in_name)
        if account is None:
            _, code = installation.administration.invite(
                None if one.is_of_office else school,
                one.name,
                one.sign_in_name,
                one.roles,
                _assignments(one, school_year, class_name),
                by=OPERATOR,
            )
        else:
            code = installation.administration.invite_again(account, by=OPERATOR)
        installation.people.join(
            invitation_digest(code),
            kept,
            session_id=installation.token_bytes(32).hex(),
            at=int(installation.now().timestamp()),
        )


def _has_joined(installation: Installation, one: DemoPerson) -> bool:
    account = installation.people.account_of_name(one.sign_in_name)
    return account is not None and (account.password is not None or not account.active)


def _assignments(one: DemoPerson, school_year: str, class_name: str) -> list[Assignment]:
    found = [Assignment(school_year, class_name, subject) for subject in one.subjects]
    leads = Role.HOMEROOM_TEACHER in one.roles
    return [*found, Assignment(school_year, class_name, None)] if leads else found
