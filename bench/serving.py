"""`python -m bench.serving`: look-ups and known files by HTTP, beside a bare WSGI handler and Flask + ORM + pyHanko.

Every contender is a WSGI application that is called in this process, one request at a time, in turns: no server and
no network, which cost all of them the same. The peer keeps its documents in PostgreSQL, reads them by SQLAlchemy's ORM,
and validates both signatures of a file by pyHanko; it has no record, no sandbox, no limits and one language.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from pyhanko_certvalidator import ValidationContext
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship

from bench.checks import OutputRefusedError, validate_with_pyhanko, validation_context
from bench.school import CODE, School
from service.demo import SCHOOL_YEAR
from service.issuing import released_path
from service.sample import DEMO_SCHOOL
from service.storage.records import Issuance
from tests.support.postgresql import running_server
from verify.settings import Settings
from verify.web.app import create_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

STUDENTS, FILES = 60, 4
LOOK_UP_ROUNDS, FILE_ROUNDS = 100, 20
MOST = 10_000_000
LOOK_UP_GOAL, FILE_GOAL = 4.0, 10.0
BARE, OURS, PEER = "bare WSGI", "hocba", "Flask + ORM + pyHanko"


class _Base(DeclarativeBase):
    pass


class _School(_Base):
    __tablename__ = "schools"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class _Document(_Base):
    __tablename__ = "documents"
    number: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(unique=True)
    issued_at: Mapped[int]
    status: Mapped[str]
    school_code: Mapped[str] = mapped_column(ForeignKey("schools.code"))
    school: Mapped[_School] = relationship()


def make_peer(address: str, documents: Sequence[tuple[Issuance, bytes]], roots: Sequence[bytes]) -> Flask:
    """Return what one would build from libraries, its documents stored."""
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    _Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(_School(code=CODE, name=DEMO_SCHOOL[0].name))
        session.flush()
        session.add_all(
            _Document(
                serial=one.serial,
                digest=sha256(pdf).hexdigest(),
                issued_at=one.issued_at,
                status="valid",
                school_code=CODE,
            )
            for one, pdf in documents
        )
        session.commit()
    context: ValidationContext = validation_context(roots)
    app = Flask("peer")

    def answer(**asked: str) -> Response:
        with Session(engine) as session:
            query = select(_Document).filter_by(**asked).options(joinedload(_Document.school))
            found = session.scalars(query).one()
            said = {
                "serial": found.serial,
                "issued_at": found.issued_at,
                "status": found.status,
                "school": found.school.name,
            }
        return Response(json.dumps(said, ensure_ascii=False), mimetype="application/json")

    @app.get("/api/v1/serials/<serial>")
    def look_up(serial: str) -> Response:
        return answer(serial=serial)

    @app.post("/api/v1/verify")
    def verify() -> Response:
        pdf = request.get_data()
        if not validate_with_pyhanko(pdf, context):
            return Response(status=400)
        return answer(digest=sha256(pdf).hexdigest())

    return app


def bare(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Read what is sent, and say the same whatever was asked."""
    environ["wsgi.input"].read()
    body = json.dumps({"school": DEMO_SCHOOL[0].name, "verdict": "valid"}, ensure_ascii=False).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def ask(app: WSGIApplication, method: str, path: str, body: bytes = b"") -> bytes:
    """Return the body of an answer.

    Raises:
        OutputRefusedError: the answer is not the right one.
    """
    status: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/pdf" if body else "",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }

    def start(line: str, _headers: object, _error: object = None) -> Callable[[bytes], object]:
        status.append(line)
        return lambda _written: None

    answer = b"".join(app(environ, start))
    if status != ["200 OK"] or DEMO_SCHOOL[0].name.encode() not in answer:
        raise OutputRefusedError(f"{method} was answered with {status}")
    return answer


def measure(
    apps: Mapping[str, WSGIApplication],
    requests: Sequence[tuple[str, str, bytes]],
    others: Sequence[int],
    *,
    rounds: int,
) -> dict[str, float]:
    """Return the CPU milliseconds of a request for each contender: the median of the rounds, one to warm up apart.

    Of this process, of its children, the sandbox's, and of the processes `others` with theirs: seconds of a clock say
    little on a machine that others use.
    """
    spent: dict[str, list[float]] = {name: [] for name in apps}
    order = list(apps)
    for number in range(rounds + 1):
        order = [*order[1:], order[0]]
        for name in order:
            before = _cpu(others)
            for each in requests:
                ask(apps[name], *each)
            spent[name] += [_cpu(others) - before] if number else []
    return {name: 1000 * median(seconds) / len(requests) for name, seconds in spent.items()}


def _cpu(others: Sequence[int]) -> float:
    pids = {pid for root in (os.getpid(), *others) for pid in _tree(root)} - {os.getpid()}
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return process_time() + ticks / os.sysconf("SC_CLK_TCK")


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split():
        yield from _tree(int(child))


def main() -> int:
    """Measure and print; 1 where an answer was wrong, and then no number stands."""
    with tempfile.TemporaryDirectory(prefix="hocba-bench-") as name, running_server() as server:
        folder = Path(name)
        school = School.make(folder / "school", classes=1, students=STUDENTS)
        school.issue()
        issuances = school.installation.register.issuances(CODE, SCHOOL_YEAR)
        issued = school.installation.folder("issued")
        documents = [(one, released_path(issued, one).read_bytes()) for one in issuances]
        # What an address may ask is counted, and never reached.
        settings = Settings(trust=folder, record=folder, uploads_per_minute=MOST, lookups_per_minute=MOST)
        apps: dict[str, WSGIApplication] = {
            BARE: bare,
            OURS: create_app(school.installation.verifier, settings),
            PEER: make_peer(
                server.new_database().replace("postgresql://", "postgresql+psycopg://"),
                documents,
                school.trust_roots(),
            ),
        }
        try:
            look_ups = [("GET", f"/api/v1/serials/{one.serial}", b"") for one, _ in documents]
            uploads = [("POST", "/api/v1/verify", pdf) for _, pdf in documents[:FILES]]
            kinds = {
                "a look-up by serial": (
                    measure(apps, look_ups, [server.pid], rounds=LOOK_UP_ROUNDS),
                    LOOK_UP_GOAL,
                ),
                "a known file": (measure(apps, uploads, [server.pid], rounds=FILE_ROUNDS), FILE_GOAL),
            }
        except OutputRefusedError as refusal:
            print(f"No numbers: {refusal}", file=sys.stderr)
            return 1
        finally:
            school.installation.verifier.close()
    for kind, (times, goal) in kinds.items():
        print(f"{kind:24}   CPU ms  each second   to ours")
        for contender, milliseconds in times.items():
            ratio = milliseconds / times[OURS]
            print(f"  {contender:24} {milliseconds:7.3f} {1000 / milliseconds:10.0f} {ratio:9.2f} x")
        reached = times[PEER] / times[OURS]
        print(f"  {'met' if reached >= goal else 'missed'}: {reached:.1f} x (goal {goal:.0f} x)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
