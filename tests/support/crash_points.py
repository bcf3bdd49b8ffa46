"""Issuing in a child process that is stopped before a chosen step, or has that step fail.

Every step that makes something durable, hands out a digest or acknowledges is a crash point: fsync, rename, unlink,
mkdir, commit, signature, acknowledgement. Nothing of it is in the product: the child puts itself around the calls.
What happens is written into `evidence`, outside the installation, before and while the child lives.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from sqlalchemy import Connection, Engine, event

from keys.signer import SignatureAlgorithm, Signer
from schemas.errors import HocbaError
from schemas.serial import display_serial
from service import installation as installation_module
from service.approvals.approved import Approval
from service.batch_keys import BatchKeys
from service.demo import SCHOOL_YEAR
from service.installation import Installation
from service.issuing import BatchReport, issue_transcripts
from service.issuing_tools import IssuingTools
from service.pdf.render import Renderer
from service.settings import Settings
from service.signers import school_signers
from service.signing import SchoolSigners
from service.storage.records import Batch, Issuance
from tests.support.demonstration import SCHOOL, Clock, Demonstration
from tests.support.power_cut import Disk, StepKind

KEY = "the-one-request"
Before = Callable[[StepKind, str], None]
"""Is told of each step before it is made."""
Plant = Callable[[IssuingTools], IssuingTools]
"""Puts a fault into the tools of a child, or into its modules."""
_SECONDS = 30
_FAILING = frozenset({StepKind.FSYNC, StepKind.RENAME, StepKind.UNLINK, StepKind.MKDIR})


@dataclass(frozen=True, slots=True)
class Warm:
    """What typst has set before: a child must not ask it, for no fork copies its threads."""

    renderer: Renderer
    signers: SchoolSigners

    @classmethod
    def by_issuing(cls, demonstration: Demonstration) -> Warm:
        """Issue for everybody once, in an installation that is not needed any more."""
        installation, known = demonstration.installation, list[SchoolSigners]()

        def issue(
            tools: IssuingTools, batch: Batch, approval: Approval, progress: Callable[[Issuance], None]
        ) -> BatchReport:
            known.append(tools.keys.signers(SCHOOL))
            return issue_transcripts(tools, batch, approval, progress)

        vars(installation_module)["issue_transcripts"] = issue
        try:
            installation.issue(SCHOOL, SCHOOL_YEAR)
        finally:
            vars(installation_module)["issue_transcripts"] = issue_transcripts
        installation.database.dispose()
        return cls(installation.renderer, known[0])


@dataclass(frozen=True, slots=True)
class Stage:
    """An installation to be broken, and what is known of it from outside."""

    data: Path
    aside: Path
    """The evidence, and what a power cut would take."""
    clock: Clock
    warm: Warm

    @contextmanager
    def opened(self) -> Iterator[Installation]:
        """Give the installation, and close its connections."""
        # Without the question after the schema's version, which takes a while: the child asks it each time.
        installation = Installation(Settings.load(self.data), self.clock, secrets.token_bytes)
        try:
            yield installation
        finally:
            installation.verifier.close()
            installation.database.dispose()

    def note(self, **what: object) -> None:
        """Add a line to the evidence, which no crash takes back."""
        descriptor = os.open(self.aside / "evidence", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(descriptor, json.dumps(what).encode() + b"\n")
        os.close(descriptor)

    def evidence(self, kind: str) -> list[Any]:
        """Return what was noted under a name, in its order."""
        file = self.aside / "evidence"
        lines = file.read_text().splitlines() if file.exists() else []
        return [line[kind] for line in map(json.loads, lines) if kind in line]


class Ending(StrEnum):
    """What a stop takes along."""

    KILLED = "the process is killed"
    POWERLESS = "the machine loses its power"


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a child stops: before a step, by its number from 1 or by its name; or where the step gives an error."""

    step: int | str
    ending: Ending = Ending.KILLED
    error: int | None = None


def issue_in_child(stage: Stage, stop: Stop | None = None, plant: Plant | None = None) -> str:
    """Ask for everybody's document in a child, always by the same key; returns how it ended.

    That is `done`, `killed`, `hung`, the code of a refusal, or the error that broke it. `stage.evidence("step")` then
    has the child's steps after those of earlier ones.
    """

    def issue(installation: Installation, before: Before) -> str:
        vars(installation_module)["issue_transcripts"] = _watched(stage, before, plant)
        report = installation.issue(SCHOOL, SCHOOL_YEAR, idempotency_key=KEY)
        stage.note(batch=report.batch.id)
        return ", ".join(str(one.failure_code) for one in report.failed) or "done"

    return act_in_child(stage, issue, stop)


def act_in_child(
    stage: Stage, act: Callable[[Installation, Before], str | None], stop: Stop | None = None
) -> str:
    """Do something to the installation in a child that is stopped; returns how it ended, as `issue_in_child`."""
    with warnings.catch_warnings():
        # Python 3.12 warns of threads that are not copied. The child needs none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        status = 1
        try:
            stage.note(ended=_disturbed(stage, stop, act))
            status = 0
        finally:
            os._exit(status)
    return _end(stage, child)


def _end(stage: Stage, child: int) -> str:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended and os.WIFSIGNALED(status):
            return "killed"
        if ended:
            return str(stage.evidence("ended")[-1]) if os.WEXITSTATUS(status) == 0 else "broke"
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "hung"


def _disturbed(stage: Stage, stop: Stop | None, act: Callable[[Installation, Before], str | None]) -> str:
    count = 0

    def before(kind: StepKind, what: str) -> None:
        nonlocal count
        count += 1
        if stop is not None and stop.step in {count, f"{kind} {what}"}:
            disk.save()
            if stop.error is None:
                os.kill(os.getpid(), signal.SIGKILL)
            elif kind in _FAILING:
                raise OSError(stop.error, os.strerror(stop.error), what)
        stage.note(step=f"{kind} {what}", kind=kind)

    def renamed(path: Path) -> None:
        if path.name == "checkpoint":
            stage.note(checkpoint=path.read_text())

    disk = Disk(stage.data, stage.aside, before=before, renamed=renamed)
    disk.install()
    event.listen(Engine, "commit", lambda connection: _before_commit(connection, before))
    installation = Demonstration(stage.data, stage.clock).installation
    vars(installation)["renderer"] = stage.warm.renderer
    panels = stage.warm.signers.principal_panel, stage.warm.signers.seal_panel
    for name, panel in zip(("principal_panel", "seal_panel"), panels, strict=True):
        vars(school_signers)[name] = lambda *_, panel=panel: panel
    try:
        return act(installation, before) or "done"
    except HocbaError as error:
        return error.code
    except Exception as error:  # noqa: BLE001 - whatever it is, the test shall name it
        return f"{type(error).__name__}: {error}"
    finally:
        disk.save()


def _before_commit(connection: Connection, before: Callable[[StepKind, str], None]) -> None:
    options = connection.get_execution_options()
    if options.get("hocba_begin") == "IMMEDIATE" or options.get("isolation_level") == "READ COMMITTED":
        before(StepKind.COMMIT, "database")


def _watched(
    stage: Stage, before: Callable[[StepKind, str], None], plant: Plant | None
) -> Callable[[IssuingTools, Batch, Approval, Callable[[Issuance], None]], BatchReport]:
    """Return the use case with a witness of each signature and each acknowledgement."""

    def issue(
        tools: IssuingTools, batch: Batch, approval: Approval, progress: Callable[[Issuance], None]
    ) -> BatchReport:
        def acknowledge(issuance: Issuance) -> None:
            before(StepKind.ACKNOWLEDGE, issuance.student_code)
            stage.note(acknowledged=display_serial(issuance.serial))
            progress(issuance)

        known = stage.warm.signers
        signers = replace(
            known,
            principal=_Witnessed(known.principal, stage, before),
            seal=_Witnessed(known.seal, stage, before),
        )
        watched = replace(tools, keys=BatchKeys(lambda _: signers, tools.keys.credential))
        return issue_transcripts(plant(watched) if plant else watched, batch, approval, acknowledge)

    return issue


@dataclass(frozen=True, slots=True)
class _Witnessed:
    """A signer; what it is asked to sign is known from then on."""

    signer: Signer
    stage: Stage
    before: Callable[[StepKind, str], None]

    @property
    def certificate(self) -> x509.Certificate:
        return self.signer.certificate

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        return self.signer.chain

    @property
    def algorithm(self) -> SignatureAlgorithm:
        return self.signer.algorithm

    def sign(self, signed_attributes_der: bytes) -> bytes:
        self.stage.note(signed=sha256(signed_attributes_der).hexdigest())
        self.before(StepKind.SIGN, "digest")
        return self.signer.sign(signed_attributes_der)
