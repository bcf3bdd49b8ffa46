"""Batches that a worker carries out: asked for, taken in turns, paused, resumed; each act is kept for good."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from schemas.change_trail import Actor, ActorKind
from schemas.errors import Text
from service.storage.batch_records import ActKind, BatchAct, BatchItem, BatchJob, JobState
from service.storage.batch_tables import BatchActRow, BatchJobRow
from service.storage.changes import key_reused
from service.storage.database import reading, writing
from service.storage.extracts import IS_TRANSCRIPT
from service.storage.records import Batch, Standing, State
from service.storage.row_security import all_schools
from service.storage.rows import batch_of, fields
from service.storage.tables import BatchRow, IssuanceRow, StudentYearRow

_WORKER = Actor(ActorKind.ACCOUNT, "worker", "hocba")


class Batches:
    """The part of the register that remembers what is still to be issued."""

    _engine: Engine

    def put_job(self, batch: Batch, classes: Sequence[str], act: BatchAct) -> BatchJob:
        """Commit a batch as work to do; a repeated idempotency key returns the work of the first time.

        Raises:
            ServiceError: `idempotency-key-reused` where the key came with another request before.
        """
        mine = (
            BatchRow.school_code == batch.school_code,
            BatchRow.idempotency_key == batch.idempotency_key,
        )
        with writing(self._engine) as connection:
            row = connection.execute(select(BatchRow).where(*mine)).first()
            known = batch if row is None else batch_of(row)
            if _request(known) != _request(batch):
                raise key_reused()
            if row is None:
                connection.execute(insert(BatchRow).values(**fields(batch)))
            found = _job(connection, known.school_code, known.id)
            if found is None:
                values = {"classes": _names(classes), "todo": _names(classes), "state": JobState.QUEUED}
                counters = dict.fromkeys(("revision", "turn_at", "documents", "milliseconds"), 0)
                connection.execute(
                    insert(BatchJobRow).values(
                        batch_id=known.id, school_code=known.school_code, **values, **counters
                    )
                )
                _note(connection, known, act)
                found = BatchJob(known, tuple(classes), tuple(classes), JobState.QUEUED)
        if found.classes != tuple(classes):
            raise key_reused()
        return found

    def job(self, school: str, batch_id: str) -> BatchJob | None:
        """Return the work of a batch of this school; None where there is no such batch, or it was done at once."""
        with reading(self._engine) as connection:
            return _job(connection, school, batch_id)

    def jobs(self, school: str, *, limit: int) -> tuple[BatchJob, ...]:
        """Return the school's last batches, the newest first."""
        query = _JOBS.where(BatchJobRow.school_code == school)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(BatchRow.created_at.desc(), _ASKED.desc()).limit(limit))
            return tuple(_job_of(row) for row in rows)

    def batch_acts(self, school: str, batch_id: str) -> tuple[BatchAct, ...]:
        """Return what was done about a batch, the oldest first."""
        query = select(BatchActRow).where(BatchActRow.school_code == school, BatchActRow.batch_id == batch_id)
        with reading(self._engine) as connection:
            return tuple(map(_act_of, connection.execute(query.order_by(BatchActRow.number))))

    def pause_job(self, job: BatchJob, act: BatchAct) -> BatchJob:
        """Commit that nothing more of a batch is to be signed; one that is not to be done stays as it is."""
        return self._act(job, act, {JobState.QUEUED}, {"state": JobState.PAUSED})

    def resume_job(self, job: BatchJob, act: BatchAct) -> BatchJob:
        """Commit that a batch goes on; one that was neither paused nor stopped stays as it is."""
        return self._act(job, act, {JobState.PAUSED, JobState.STOPPED}, {"state": JobState.QUEUED} | _NO_STOP)

    def retry_job(self, job: BatchJob, act: BatchAct, classes: Sequence[str]) -> BatchJob:
        """Commit that these classes of a batch are done again, with what is to do; one being done stays as it is."""
        todo = [one for one in job.classes if one in {*classes, *job.todo}]
        if not todo:
            return job
        values = {"state": JobState.QUEUED, "todo": _names(todo), "ended_at": None} | _NO_STOP
        return self._act(job, act, set(JobState) - {JobState.QUEUED}, values)

    @all_schools()
    def begin_turn(self, *, at: int) -> tuple[BatchJob, BatchAct] | None:
        """Take the work whose last turn is longest ago, and who set it going; None where there is none.

        Where a turn is open, whoever was at it died: that is noted as an act.
        """
        query = _JOBS.where(BatchJobRow.state == JobState.QUEUED)
        if not self.active_jobs():
            return None  # an idle worker holds no writer up
        with writing(self._engine) as connection:
            row = connection.execute(
                query.order_by(BatchJobRow.turn_at, BatchRow.created_at, _ASKED).limit(1)
            ).first()
            if row is None:
                return None
            job = _job_of(row)
            if job.turn_open is not None:
                _note(connection, job.batch, BatchAct(ActKind.INTERRUPTED, _WORKER, "worker", at))
            # Never as early as the last: of several, each has its turn within a second too.
            turn_at = max(at, job.turn_at + 1)
            connection.execute(_update(job).values(turn_at=turn_at, turn_open=at))
            setting = [str(one) for one in ActKind if one.sets_going]
            acts = select(BatchActRow).where(
                BatchActRow.batch_id == job.batch.id, BatchActRow.kind.in_(setting)
            )
            last = connection.execute(acts.order_by(BatchActRow.number.desc()).limit(1)).one()
        return job, _act_of(last)

    @all_schools()
    def active_jobs(self) -> int:
        """Return how many batches of all schools a worker is to do; they are done in turns."""
        query = select(func.count()).select_from(BatchJobRow).where(BatchJobRow.state == JobState.QUEUED)
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    @all_schools()
    def note_turn(self, job: BatchJob, *, documents: int, milliseconds: int) -> bool:
        """Commit how long some documents took; returns whether the batch is still to be gone on with."""
        with writing(self._engine) as connection:
            connection.execute(
                _update(job).values(
                    documents=BatchJobRow.documents + documents,
                    milliseconds=BatchJobRow.milliseconds + milliseconds,
                )
            )
            state = select(BatchJobRow.state).where(BatchJobRow.batch_id == job.batch.id)
            return connection.execute(state).scalar_one() == JobState.QUEUED

    @all_schools()
    def end_turn(self, job: BatchJob, handled: str | None, *, at: int) -> BatchJob:
        """Commit that a turn ended, and which class it has done; the work is done with its last class."""
        with writing(self._engine) as connection:
            now = _job(connection, job.batch.school_code, job.batch.id)
            if now is None:
                raise LookupError(job.batch.id)
            values: dict[str, object] = {"turn_open": None}
            if handled is not None and now.revision == job.revision:
                todo = [one for one in now.todo if one != handled]
                values["todo"] = _names(todo)
                if not todo:
                    values |= {"state": JobState.DONE, "ended_at": at}
            connection.execute(_update(job).values(values))
            return _job(connection, job.batch.school_code, job.batch.id) or now

    @all_schools()
    def stop_job(self, job: BatchJob, code: str, text: Text) -> None:
        """Commit why a batch cannot go on; one that somebody paused meanwhile stays paused."""
        with writing(self._engine) as connection:
            connection.execute(_update(job).values(turn_open=None))
            connection.execute(
                _update(job)
                .where(BatchJobRow.state == JobState.QUEUED)
                .values(state=JobState.STOPPED, stop_code=code, stop_vi=text.vi, stop_en=text.en)
            )

    def batch_items(self, job: BatchJob) -> tuple[BatchItem, ...]:
        """Return the students of a batch, each with the newest document of the school year, without its data."""
        batch = job.batch
        drafts = select(
            StudentYearRow.student_code, StudentYearRow.full_name, StudentYearRow.class_name
        ).where(
            StudentYearRow.school_code == batch.school_code,
            StudentYearRow.school_year == batch.school_year,
            StudentYearRow.class_name.in_(job.classes),
        )
        documents = select(*_LIGHT).where(
            IssuanceRow.school_code == batch.school_code,
            IssuanceRow.school_year == batch.school_year,
            IssuanceRow.state != State.ABANDONED,
            IS_TRANSCRIPT,
        )
        if batch.student_code is not None:
            drafts = drafts.where(StudentYearRow.student_code == batch.student_code)
            documents = documents.where(IssuanceRow.student_code == batch.student_code)
        with reading(self._engine) as connection:
            newest = {
                row.student_code: row for row in connection.execute(documents.order_by(IssuanceRow.version))
            }
            students = connection.execute(drafts.order_by(StudentYearRow.id)).all()
        return tuple(_item(row, newest.get(row.student_code)) for row in students)

    def _act(
        self, job: BatchJob, act: BatchAct, before: set[JobState], values: dict[str, object]
    ) -> BatchJob:
        school, batch_id = job.batch.school_code, job.batch.id
        with writing(self._engine) as connection:
            allowed = BatchJobRow.state.in_([str(one) for one in before])
            changed = connection.execute(
                _update(job).where(allowed).values(values | {"revision": BatchJobRow.revision + 1})
            )
            if changed.rowcount:
                _note(connection, job.batch, act)
            return _job(connection, school, batch_id) or job


_JOBS = select(BatchJobRow, BatchRow).join(BatchRow, BatchRow.id == BatchJobRow.batch_id)
# Which of two batches was asked for first, within one second too: times are whole seconds, and ids are random.
_ASKED = (
    select(func.min(BatchActRow.number)).where(BatchActRow.batch_id == BatchJobRow.batch_id).scalar_subquery()
)
_NO_STOP: dict[str, object] = dict.fromkeys(("stop_code", "stop_vi", "stop_en"))
_LIGHT = (
    IssuanceRow.id,
    IssuanceRow.student_code,
    IssuanceRow.serial,
    IssuanceRow.state,
    IssuanceRow.standing,
    IssuanceRow.failure_code,
    IssuanceRow.failure_vi,
    IssuanceRow.failure_en,
    IssuanceRow.releases_at,
)


def _job(connection: Connection, school: str, batch_id: str) -> BatchJob | None:
    query = _JOBS.where(BatchJobRow.school_code == school, BatchJobRow.batch_id == batch_id)
    row = connection.execute(query).first()
    return None if row is None else _job_of(row)


def _job_of(row: Any) -> BatchJob:
    return BatchJob(
        batch=batch_of(row),
        classes=tuple(json.loads(row.classes)),
        todo=tuple(json.loads(row.todo)),
        state=JobState(row.state),
        stop=Text(row.stop_vi, row.stop_en) if row.stop_code else None,
        stop_code=row.stop_code,
        revision=row.revision,
        turn_at=row.turn_at,
        turn_open=row.turn_open,
        documents=row.documents,
        milliseconds=row.milliseconds,
        ended_at=row.ended_at,
    )


def _act_of(row: Row[Any]) -> BatchAct:
    actor = Actor(ActorKind(row.actor_kind), row.actor_id, row.actor_name)
    return BatchAct(ActKind(row.kind), actor, row.via, row.at)


def _note(connection: Connection, batch: Batch, act: BatchAct) -> None:
    connection.execute(
        insert(BatchActRow).values(
            batch_id=batch.id,
            school_code=batch.school_code,
            kind=act.kind,
            actor_kind=act.actor.kind,
            actor_id=act.actor.id,
            actor_name=act.actor.name,
            via=act.via,
            at=act.at,
        )
    )


def _update(job: BatchJob) -> Any:
    return update(BatchJobRow).where(
        BatchJobRow.school_code == job.batch.school_code, BatchJobRow.batch_id == job.batch.id
    )


def _item(student: Any, document: Any) -> BatchItem:
    whose = student.student_code, student.full_name, student.class_name
    if document is None:
        return BatchItem(*whose)
    return BatchItem(
        *whose,
        document.id,
        document.serial,
        State(document.state),
        Standing(document.standing),
        Text(document.failure_vi, document.failure_en) if document.failure_code else None,
        document.failure_code,
        document.releases_at,
    )


def _names(classes: Sequence[str]) -> str:
    return json.dumps(list(classes), ensure_ascii=False)


def _request(batch: Batch) -> tuple[str, str | None, str | None]:
    return batch.school_year, batch.class_name, batch.student_code
