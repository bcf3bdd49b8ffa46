"""People and their accounts: what is committed, what ends with it, and what stands in the events of an account."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from schemas.record.entry import RevocationClass
from service.errors import ServiceError
from service.people.accounts import OPERATOR, Account, EventKind, parse_sign_in_name
from service.people.administering import (
    INVITATION_TIME,
    Administration,
    invitation_digest,
    parse_assignment,
)
from service.people.roles import Assignment, Role
from service.revoking import confirm_revocation, request_revocation
from service.sample import DEMO_SCHOOL
from service.storage.database import open_database
from service.storage.migration import upgrade
from service.storage.people import People
from service.storage.records import Change, ChangeState, Token
from service.storage.register import Register
from tests.support.demonstration import SCHOOL, Clock, Demonstration, add_school

OTHER = DEMO_SCHOOL[0].model_copy(update={"code": "KHAC-01"})
MATHS = Assignment("2025-2026", "6A", "toan")
HOMEROOM = Assignment("2025-2026", "6A", None)


@pytest.fixture
def clock() -> Clock:
    """The time."""
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Administration]:
    """The administration of two schools."""
    engine = open_database(tmp_path / "a.sqlite3")
    upgrade(engine)
    register = Register(engine, secrets.token_bytes)
    for school in (DEMO_SCHOOL[0], OTHER):
        register.put_school(school, DEMO_SCHOOL[1])
    yield Administration(People(engine), register, clock, secrets.token_bytes)
    engine.dispose()


def invite(
    desk: Administration, *roles: Role, name: str = "Trần Thị Lan", school: str | None = SCHOOL
) -> tuple[Account, str]:
    """Invite somebody."""
    sign_in_name = f"{secrets.token_hex(4)}@truong.example"
    return desk.invite(school, name, sign_in_name, roles or (Role.CLERK,), by=OPERATOR)


def again(desk: Administration, account: Account) -> Account:
    """Return the account as it is now."""
    return desk.find_id(account.person.school_code, account.person.id)


def refusal(ask: Callable[[], object]) -> str:
    """Return the code with which something is refused."""
    with pytest.raises(ServiceError) as refused:
        ask()
    return refused.value.code


def test_an_invitation_is_used_once(desk: Administration, clock: Clock) -> None:
    """The code of an invitation sets a password once; the register keeps no code."""
    account, code = invite(desk)
    at = int(clock().timestamp())
    joined = desk.people.join(invitation_digest(code), "argon2", session_id="s" * 64, at=at)
    assert joined == account.person.id
    assert again(desk, account).password == "argon2"
    assert desk.people.join(invitation_digest(code), "other", session_id="t" * 64, at=at) is None
    assert again(desk, account).password == "argon2"


def test_an_invitation_grows_old(desk: Administration, clock: Clock) -> None:
    """To its last second an invitation is good, then no more."""
    (first, code), (_, late) = invite(desk), invite(desk)
    clock.time += INVITATION_TIME
    assert desk.people.join(invitation_digest(code), "a", session_id="s" * 64, at=int(clock().timestamp()))
    clock.time += dt.timedelta(seconds=1)
    assert not desk.people.join(
        invitation_digest(late), "a", session_id="t" * 64, at=int(clock().timestamp())
    )
    assert again(desk, first).password == "a"


def test_a_second_invitation_ends_the_first(desk: Administration, clock: Clock) -> None:
    """Whoever lost a link gets another one, and the lost one opens nothing; nobody disabled is invited."""
    account, code = invite(desk)
    newer = desk.invite_again(account, by=OPERATOR)
    at = int(clock().timestamp())
    assert desk.people.join(invitation_digest(code), "a", session_id="s" * 64, at=at) is None
    assert desk.people.join(invitation_digest(newer), "a", session_id="s" * 64, at=at) == account.person.id
    desk.set_active(account, active=False, by=OPERATOR)
    assert refusal(lambda: desk.invite_again(again(desk, account), by=OPERATOR)) == "person-disabled"


def test_who_is_disabled_cannot_use_an_invitation(desk: Administration, clock: Clock) -> None:
    """An invitation that is out is worth nothing once its person is disabled, also after being enabled again."""
    account, code = invite(desk)
    desk.set_active(account, active=False, by=OPERATOR)
    desk.set_active(account, active=True, by=OPERATOR)
    at = int(clock().timestamp())
    assert desk.people.join(invitation_digest(code), "a", session_id="s" * 64, at=at) is None


@pytest.mark.parametrize(
    "act",
    [
        lambda desk, account: desk.set_roles(account, [Role.PRINCIPAL], by=OPERATOR),
        lambda desk, account: desk.assign(account, [MATHS], by=OPERATOR),
        lambda desk, account: desk.set_active(account, active=False, by=OPERATOR),
        lambda desk, account: desk.reset_second_factor(account, by=OPERATOR),
    ],
)
def test_sessions_end_with_what_they_were_opened_for(
    desk: Administration, act: Callable[[Administration, Account], None]
) -> None:
    """Roles, classes, being disabled, a second factor that is taken away: no open session is found after it."""
    account, _ = invite(desk, Role.SUBJECT_TEACHER)
    assert desk.people.account_of_session(account.session_id) is not None
    act(desk, account)
    assert desk.people.account_of_session(account.session_id) is None


def test_every_change_of_an_account_is_an_event(desk: Administration) -> None:
    """Who did what to an account, when, and which roles and classes it had then, stays in the order of the acts."""
    account, _ = invite(desk, Role.SUBJECT_TEACHER)
    admin, _ = invite(desk, Role.ADMINISTRATOR)
    by = admin.person.id
    desk.assign(account, [MATHS], by=by)
    desk.set_roles(again(desk, account), [Role.CLERK], by=by)
    desk.set_active(account, active=False, by=by)
    desk.set_active(account, active=True, by=by)
    events = desk.people.events(account.person.id)
    assert [(one.kind, one.by, one.detail) for one in events] == [
        (EventKind.INVITED, OPERATOR, "subject-teacher"),
        (EventKind.ASSIGNMENTS, by, "2025-2026/6A/toan"),
        (EventKind.ASSIGNMENTS, by, ""),
        (EventKind.ROLES, by, "clerk"),
        (EventKind.DISABLED, by, ""),
        (EventKind.ENABLED, by, ""),
    ]
    assert again(desk, account).person.assignments == ()


@pytest.mark.parametrize(
    ("school", "roles", "code"),
    [
        (SCHOOL, (), "roles-missing"),
        (None, (Role.CLERK,), "role-not-of-office"),
        (None, (Role.PRINCIPAL, Role.INSPECTOR), "role-not-of-office"),
        (SCHOOL, (Role.ADMINISTRATOR, Role.PRINCIPAL), "roles-conflict"),
        (SCHOOL, (Role.INSPECTOR, Role.CLERK), "roles-conflict"),
    ],
)
def test_roles_that_nobody_may_have_together(
    desk: Administration, school: str | None, roles: tuple[Role, ...], code: str
) -> None:
    """Who gives rights uses none, who inspects changes nothing, and the Sở's people act for no school."""
    assert refusal(lambda: desk.invite(school, "Lan", "lan@x.example", roles, by=OPERATOR)) == code
    account, _ = invite(desk, Role.INSPECTOR, school=school)
    assert refusal(lambda: desk.set_roles(account, roles, by=OPERATOR)) == code


def test_a_class_goes_with_its_role(desk: Administration) -> None:
    """Only a subject teacher is given a subject, only a homeroom teacher a class."""
    account, _ = invite(desk, Role.SUBJECT_TEACHER)
    assert refusal(lambda: desk.assign(account, [HOMEROOM], by=OPERATOR)) == "assignment-without-role"
    desk.assign(account, [MATHS, MATHS], by=OPERATOR)
    person = again(desk, account).person
    assert person.assignments == (MATHS,)
    assert person.teaches("2025-2026", "6A", "toan")
    assert not person.leads("2025-2026", "6A")


@pytest.mark.parametrize("typed", ["2025/6A/toan", "2025-2026", "2025-2026/6A/khong-co", "2025-2026//toan"])
def test_assignments_have_one_spelling(typed: str) -> None:
    """What names no class or no subject is refused, and says how it is written."""
    assert refusal(lambda: parse_assignment(typed)) == "assignment-invalid"


def test_sign_in_names_have_one_spelling(desk: Administration) -> None:
    """Capitals and white space make no other name; a name is one person's in the whole installation."""
    desk.invite(SCHOOL, "Lan", " Lan@Truong.Example ", [Role.CLERK], by=OPERATOR)
    assert desk.find(SCHOOL, "LAN@truong.example").sign_in_name == "lan@truong.example"
    taken = "sign-in-name-taken"
    assert (
        refusal(lambda: desk.invite(OTHER.code, "L", "lan@truong.example", [Role.CLERK], by=OPERATOR))
        == taken
    )
    for typed in ("x", "lan hoa", "lần@x.vn", "<b>@x.vn"):
        assert refusal(partial(parse_sign_in_name, typed)) == "sign-in-name-invalid"


def test_people_of_another_school_are_not_found(desk: Administration) -> None:
    """A school's administration sees and finds its own people alone."""
    account, _ = invite(desk)
    assert [one.person.id for one in desk.people.accounts(SCHOOL)] == [account.person.id]
    for school in (OTHER.code, None):
        assert desk.people.accounts(school) == ()
        assert refusal(partial(desk.find, school, account.sign_in_name)) == "person-unknown"
        assert refusal(partial(desk.find_id, school, account.person.id)) == "person-unknown"


def test_the_tries_that_fail_lock_an_account(desk: Administration) -> None:
    """The last of some failed tries in a row locks for a while; an administrator ends it, and so does time."""
    account, _ = invite(desk)
    for _ in range(4):
        desk.people.count_try(account.person.id, limit=5, lock_until=1000, at=100)
    assert not again(desk, account).is_locked(100)
    desk.people.count_try(account.person.id, limit=5, lock_until=1000, at=100)
    assert again(desk, account).is_locked(999)
    assert not again(desk, account).is_locked(1000)
    desk.unlock(account, by=OPERATOR)
    assert not again(desk, account).is_locked(999)
    kinds = [event.kind for event in desk.people.events(account.person.id)]
    assert kinds == [EventKind.INVITED, EventKind.LOCKED, EventKind.UNLOCKED]


def test_a_code_is_taken_once(desk: Administration) -> None:
    """A time step of an authenticator counts once, and none before it counts after it."""
    account, _ = invite(desk)
    taken = [desk.people.advance_counter(account.person.id, step) for step in (7, 7, 6, 8)]
    assert taken == [True, False, False, True]


# ------------------------------------------------------------------------- acting for a school


def somebody(demonstration: Demonstration, name: str, *roles: Role) -> Token:
    """Return the row under which somebody new acts."""
    account, _ = invite(demonstration.installation.administration, *(roles or (Role.CLERK,)), name=name)
    actor = demonstration.installation.register.actor(SCHOOL, account.person.id)
    assert actor is not None
    return actor


def test_two_people_revoke(demonstration: Demonstration) -> None:
    """One person asks, another confirms; one of the very same name does not, who may be the same with two accounts."""
    tools = demonstration.installation.revoking
    first, same = (somebody(demonstration, "Nguyễn Thị Hoa") for _ in range(2))
    second = somebody(demonstration, "Trần Thị Lan")
    change = request(demonstration, first)
    assert refusal(lambda: confirm_revocation(tools, first, change.id)) == "confirmation-same-token"
    assert refusal(lambda: confirm_revocation(tools, same, change.id)) == "confirmation-same-holder"
    assert confirm_revocation(tools, second, change.id).state is ChangeState.DONE


def test_a_token_of_a_person_is_that_person(demonstration: Demonstration) -> None:
    """Whoever asked by signing in cannot confirm with a token that is theirs, whatever it is called."""
    tools, register = demonstration.installation.revoking, demonstration.installation.register
    first = somebody(demonstration, "Nguyễn Thị Hoa")
    own = register.put_token(Token("own", SCHOOL, "Máy văn phòng", 0, first.person_id), "own")
    change = request(demonstration, first)
    assert refusal(lambda: confirm_revocation(tools, own, change.id)) == "confirmation-same-holder"
    same_name = register.put_token(Token("name", SCHOOL, "nguyễn thị  hoa", 0), "name")
    assert refusal(lambda: confirm_revocation(tools, same_name, change.id)) == "confirmation-same-holder"


def request(demonstration: Demonstration, who: Token) -> Change:
    """Return somebody's request to revoke the first document."""
    return request_revocation(
        demonstration.installation.revoking,
        who,
        serial=demonstration.issuances()[0].serial,
        revocation_class=RevocationClass.ERROR,
        reason="Nhầm",
        idempotency_key=secrets.token_hex(8),
    )


def test_tokens_of_the_disabled_open_nothing(demonstration: Demonstration) -> None:
    """A token that belongs to somebody who was disabled speaks for nobody until they are enabled again."""
    installation = demonstration.installation
    actor = somebody(demonstration, "Lan")
    installation.register.put_token(Token("own", SCHOOL, "Lan", 0, actor.person_id), "own")
    account = installation.administration.find_id(SCHOOL, actor.id)
    installation.administration.set_active(account, active=False, by=OPERATOR)
    assert installation.register.token_of("own") is None
    installation.administration.set_active(account, active=True, by=OPERATOR)
    assert installation.register.token_of("own") is not None


def test_the_row_of_a_person_is_no_token(demonstration: Demonstration) -> None:
    """Nobody finds, lists or retires the row under which a person acts; another school does not see it."""
    register = demonstration.installation.register
    actor = somebody(demonstration, "Lan")
    add_school(register, OTHER)
    assert actor.id not in {one.id for one in register.tokens(SCHOOL)}
    assert register.token_of("") is None
    assert refusal(lambda: register.retire_token(SCHOOL, actor.id)) == "token-unknown"
    assert register.actor(OTHER.code, actor.id) is None
