"""Acts of confirming and approving are stored once, never changed, and read back as they were; on both databases."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from keys.data_key import DataKeys
from schemas.transcript.model import Signatory
from schemas.vietnam_time import day_in_vietnam
from service.approvals.acts import Act, ActKind
from service.approvals.board import BoardTools, ClassBoard, load_board
from service.approvals.chains import Step
from service.approvals.confirming import Wish, approve, confirm
from service.approvals.states import ApprovalState
from service.errors import ServiceError
from service.people.accounts import OPERATOR
from service.people.administering import Administration
from service.people.roles import Role
from service.storage.database import Database, open_database, reading, writing
from service.storage.delegations import ON_BEHALF
from service.storage.migration import upgrade
from service.storage.people import People
from service.storage.records import Delegation
from service.storage.register import Register
from service.storage.sealed import use_data_keys
from tests.support.approvals import (
    CLASS,
    DEPUTY,
    REASON,
    TEACHERS,
    YEAR,
    actor,
    approved,
    board_of,
    draft,
    returned,
    with_row,
)
from tests.support.postgresql import closing_engines, running_server
from tests.support.trail import AN_IMPORT, BY, SOMEBODY
from tests.support.transcripts import PRINCIPAL, SCHOOL

NOW = dt.datetime(2026, 6, 1, 8, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def server_address() -> Iterator[str]:
    """An empty database on a server, for all tests of this process."""
    with running_server() as server:
        yield server.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """A database with the tables of now and one school."""
    with closing_engines(monkeypatch) as opening:
        if request.param == "sqlite":
            engine = open_database(tmp_path / "hocba.sqlite3")
        else:
            address = request.getfixturevalue("server_address")
            engine = opening(address)
            with engine.begin() as connection:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
        use_data_keys(engine, DataKeys([bytes(32)]))
        use_data_keys(engine, DataKeys([bytes(32)]))
        upgrade(engine)
        register_of(engine).put_school(SCHOOL, PRINCIPAL)
        yield engine
        engine.dispose()


def register_of(database: Database) -> Register:
    """Return the register on a database."""
    return Register(database, secrets.token_bytes)


def stored(database: Database) -> ClassBoard:
    """Read the class."""
    tools = BoardTools(register_of(database), staff=lambda _: (), authors=lambda *_: ())
    return load_board(tools, SCHOOL.code, YEAR, CLASS)


def put_approved(database: Database) -> tuple[Act, ...]:
    """Import two students and store the acts of the whole chain."""
    register = register_of(database)
    register.put_student_years([draft(1), draft(2)], cause=AN_IMPORT)
    return register.put_acts(approved(draft(1), draft(2)).acts)


def test_a_year_that_comes_twice_is_written_twice(database: Database) -> None:
    """The second is compared with the first, among more years than are looked up at once; a third like it is left."""
    register = register_of(database)
    second = with_row(draft(1), "toan", semester2="8.9")
    many = [draft(number) for number in range(1, 131)]
    assert register.put_student_years([*many, second, second, *many[1:]], cause=AN_IMPORT) == 131
    years = {row.learner.student_code: row.year for row in register.student_years(SCHOOL.code, YEAR)}
    assert (len(years), years["S001"]) == (130, second.year)


def test_what_was_approved_is_approved_when_it_is_read_again(database: Database) -> None:
    """Acts come back as they were, in their order; a change of a row in the database voids what stands on it."""
    acts = put_approved(database)
    board = stored(database)
    assert board.acts == acts
    assert [state.state for state in board.states.values()] == [ApprovalState.APPROVED] * 2
    register_of(database).put_student_years([with_row(draft(1), "toan", semester2="8.9")], cause=AN_IMPORT)
    states = stored(database).states
    assert (states["S001"].missing, states["S002"].is_approved) == (("toan",), True)


def test_the_same_key_is_the_same_act(database: Database) -> None:
    """A repeated request adds nothing; the key of another request is refused."""
    (act, *_) = put_approved(database)
    register = register_of(database)
    assert register.put_acts([act]) == (act,)
    assert register.act_of_key(SCHOOL.code, act.idempotency_key, act.request_digest) == act
    assert len(stored(database).acts) == 14
    with pytest.raises(ServiceError) as refused:
        register.put_acts([replace(act, request_digest="00" * 32)])
    assert refused.value.code == "idempotency-key-reused"


def test_reasons_and_exceptions_are_read_back(database: Database) -> None:
    """Why something was returned, and why an exception stands."""
    register = register_of(database)
    jump = with_row(draft(1), "toan", semester1="6.5", year="8.2")
    register.put_student_years([jump], cause=AN_IMPORT)
    wish = Wish(Step.SUBJECTS, "toan", reason_for_all=REASON)
    act = confirm(board_of(jump), actor(TEACHERS["toan"]), wish)
    assert act is not None
    register.put_acts([act])
    assert stored(database).acts[0].rows == act.rows
    assert list(stored(database).states["S001"].acknowledged.values()) == [REASON]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM approval_rows",
        "DELETE FROM approval_acts",
        "UPDATE approval_acts SET person_id = 'another'",
        "UPDATE approval_rows SET digest = 'another'",
        "UPDATE approval_rows SET student_code = 'erased/1'",
    ],
)
def test_the_database_refuses_to_change_an_act(database: Database, statement: str) -> None:
    """Not even with the service's own account."""
    put_approved(database)
    with pytest.raises(DatabaseError, match="append-only"), writing(database) as connection:
        connection.execute(text(statement))
    assert stored(database).states["S001"].is_approved


@pytest.mark.parametrize("statement", ["DELETE FROM person_events", "UPDATE person_events SET detail = ''"])
def test_the_database_refuses_to_change_an_event_of_an_account(database: Database, statement: str) -> None:
    """Who gave whom which right stays, whatever a client of the database asks for."""
    desk = Administration(People(database), register_of(database), lambda: NOW, secrets.token_bytes)
    account, _ = desk.invite(SCHOOL.code, "Trần Thị Lan", secrets.token_hex(8), [Role.CLERK], by=OPERATOR)
    with pytest.raises(DatabaseError, match="append-only"), writing(database) as connection:
        connection.execute(text(statement))
    assert [one.detail for one in desk.people.events(account.person.id)] == ["clerk"]


def test_the_delegation_of_an_act_is_stored(database: Database) -> None:
    """A deputy who approves while a delegation counts leaves its id with the act."""
    register, day = register_of(database), day_in_vietnam(NOW)
    deputy = Signatory(name=DEPUTY.name, title="Phó Hiệu trưởng", on_behalf=ON_BEHALF)
    register.put_delegation(Delegation("d" * 16, SCHOOL.code, deputy, "12/QĐ-BM", day, day), by=BY)
    register.put_student_years([draft(1)], cause=AN_IMPORT)
    acts = approved(draft(1)).acts
    register.put_acts(acts[:-1])
    doer = replace(actor(DEPUTY), at=int(NOW.timestamp()))
    act = approve(stored(database), doer, Wish(Step.APPROVAL, reason_for_all=REASON))
    assert act
    register.put_acts([act])
    assert [one.delegation for one in stored(database).acts][-2:] == [None, "d" * 16]


def test_an_erasure_takes_digests_and_words_and_leaves_the_act(database: Database) -> None:
    """Of the student alone; the act stays as one of somebody on a class."""
    put_approved(database)
    register = register_of(database)
    register.erase(SCHOOL.code, "S001", at=1, actor=SOMEBODY)
    with reading(database) as connection:
        left = connection.execute(text("SELECT * FROM approval_rows WHERE student_code NOT LIKE 'S%'")).all()
    assert {(row.student_code, row.digest, row.words) for row in left} == {("erased/1", "", None)}
    assert len(left) == 14
    assert stored(database).states["S002"].is_approved
    register.put_student_years([draft(1)], cause=AN_IMPORT)
    assert stored(database).states["S001"].state is ApprovalState.DRAFT


def test_a_return_is_another_act(database: Database) -> None:
    """Nothing is deleted by it."""
    put_approved(database)
    back = returned(stored(database), DEPUTY, Step.SUBJECTS, "toan", "S001").acts[-1]
    assert back.kind is ActKind.RETURN
    register_of(database).put_acts([back])
    board = stored(database)
    assert len(board.acts) == 15
    assert (board.states["S001"].state, board.states["S001"].why_returned) == (
        ApprovalState.RETURNED,
        "Xem lại điểm thi.",
    )
