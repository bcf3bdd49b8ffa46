"""What every operation of the issuing API declares, and how it is held to that: scope, repeating, answers, refusals.

A route is added by `IssuingAPI.looks` or `IssuingAPI.acts`, and by nothing else: one without scopes is closed to every
token, and fails the tests. An act takes an `Idempotency-Key`: the same key with the same request gets the answer of the
first time, word for word; with another request it is refused. A refused act changed nothing, and lets its key go.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, TypeVar

from flask import Response, g, make_response, request
from flask_openapi.blueprint import APIBlueprint
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from pydantic import BaseModel
from werkzeug.datastructures import FileStorage

from schemas.errors import HocbaError
from service.errors import DiskFullError, ServiceError
from service.installation import Installation
from service.scopes import Scope
from service.speaking import speaking_token
from service.storage.kept_answers import KeptAnswer, request_in_progress
from service.storage.records import Token
from service.storage.row_security import limit_to_school

_View = TypeVar("_View", bound=Callable[..., Any])
_MINUTE: Final = 60
REPLAYED: Final = "Idempotent-Replayed"
"""The header of an answer that was given before."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route of the API declares."""

    view: Callable[..., Any]
    scopes: tuple[Scope, ...]
    """Any of them opens it."""
    is_act: bool
    refusals: tuple[str, ...]
    """The codes with which it may refuse, beside those of every operation."""
    answers: Mapping[int, type[BaseModel] | str]
    """What it answers by status: a JSON document, or a file of a media type."""
    example: Mapping[str, Any] | None = None
    """A body, as a school would send it."""


class IssuingAPI(APIBlueprint):
    """The routes below `/api/v1` that a school's token opens."""

    def __init__(self, installation: Installation, *, described: bool) -> None:
        """Ask every request for a token that may do what its route declares.

        `described` has the library collect what `service.web.api.openapi` completes: some tenths of a second.
        """
        super().__init__(
            "api",
            "service.web.api.transcripts",
            url_prefix="/api/v1",
            abp_security=[{"token": []}],
            doc_ui=described,
        )
        self.operations: dict[str, Operation] = {}
        """By endpoint."""
        self._installation = installation
        self._counter = FixedWindowRateLimiter(MemoryStorage())
        self.before_request(self._hold)

    def looks(
        self,
        rule: str,
        *scopes: Scope,
        answers: Mapping[int, type[BaseModel] | str],
        refusals: Sequence[str] = (),
    ) -> Callable[[_View], _View]:
        """Add a route that changes nothing, for tokens of any of these scopes."""

        def decorate(view: _View) -> _View:
            self._declare(Operation(view, scopes, is_act=False, refusals=tuple(refusals), answers=answers))
            self.get(rule, responses=_responses(answers))(view)
            return view

        return decorate

    def acts(
        self,
        rule: str,
        *scopes: Scope,
        answers: Mapping[int, type[BaseModel] | str],
        refusals: Sequence[str] = (),
        example: Mapping[str, Any] | None = None,
        is_final: Callable[[Any], bool] = lambda _answer: True,
    ) -> Callable[[_View], _View]:
        """Add a route that does something, for tokens of any of these scopes.

        Where `is_final` says of its JSON that more is to come, asking again goes on with the act.
        """

        def decorate(view: _View) -> _View:
            self._declare(
                Operation(
                    view, scopes, is_act=True, refusals=tuple(refusals), answers=answers, example=example
                ),
            )

            @wraps(view)
            def once(*args: Any, **kwargs: Any) -> Response:
                return self._once(lambda: make_response(view(*args, **kwargs)), is_final)

            self.post(rule, responses=_responses(answers))(once)
            return view

        return decorate

    def _declare(self, operation: Operation) -> None:
        self.operations[f"{self.name}.{operation.view.__name__}"] = operation

    def _hold(self) -> None:
        """Find out whose token speaks, and hold it against the scopes of the route, before anything is read."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not secret:
            raise token_missing()
        operation = self.operations.get(request.endpoint or "")
        scopes = operation.scopes if operation else ()
        register, at = self._installation.register, int(self._installation.now().timestamp())
        token = speaking_token(register, secret, *scopes, at=at)
        self._count(token)
        g.token, g.school = token, token.school_code
        limit_to_school(token.school_code)
        if operation is not None and operation.is_act:
            idempotency_key()

    def _count(self, token: Token) -> None:
        """Refuse a token that asks too much of this process.

        Raises:
            ServiceError: `too-many-requests`.
        """
        most = self._installation.settings.api_per_minute
        if most and not self._counter.hit(RateLimitItemPerMinute(most), token.id):
            raise ServiceError(
                "too-many-requests",
                f"Mã truy cập này đã gửi quá {most} yêu cầu trong một phút; hãy chờ rồi gửi tiếp.",
                f"This access token sent more than {most} requests in a minute; wait, then go on.",
                retry_after=_MINUTE,
            )

    def _once(self, act: Callable[[], Response], is_final: Callable[[Any], bool]) -> Response:
        """Do an act, or repeat its answer.

        Raises:
            ServiceError: `idempotency-key-reused`, `request-in-progress`; those of the act.
        """
        register, token, key = self._installation.register, g.token, idempotency_key()
        at = int(self._installation.now().timestamp())
        with _alone(self._installation.folder("state"), f"{token.id} {key}"):
            known = register.begin_act(token, key, _request_digest(), at=at)
            if known is not None:
                answer = Response(known.body, status=known.status, mimetype="application/json")
                answer.headers[REPLAYED] = "true"
                return answer
            try:
                answer = act()
            except HocbaError:
                # What is no refusal of ours may have done something: its key stays with its request.
                register.drop_act(token, key)
                raise
            if answer.status_code >= 400:
                register.drop_act(token, key)
            elif is_final(answer.get_json()):
                register.end_act(token, key, KeptAnswer(answer.status_code, answer.get_data()))
            return answer


def idempotency_key() -> str:
    """Return the key that makes repeating the request safe.

    Raises:
        ServiceError: `idempotency-key-missing`.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key or len(key) > 200 or not key.isprintable():
        raise ServiceError(
            "idempotency-key-missing",
            "Cần Idempotency-Key (tối đa 200 ký tự), để gửi lại yêu cầu mà không làm hai lần.",
            "An Idempotency-Key (200 characters at most) is needed, so that repeating does nothing twice.",
        )
    return key


def token_missing() -> ServiceError:
    """Return the refusal of whoever brings no token."""
    return ServiceError(
        "token-missing",
        "Cần mã truy cập của trường: Authorization: Bearer …",
        "The school's access token is needed: Authorization: Bearer …",
    )


def _responses(answers: Mapping[int, type[BaseModel] | str]) -> dict[str | int | HTTPStatus, Any]:
    """Return answers as the library describes them: a model, or a file of a media type."""
    return {
        status: answer
        if not isinstance(answer, str)
        else {"description": "The file.", "content": {answer: {"schema": {"type": "string"}}}}
        for status, answer in answers.items()
    }


def _request_digest() -> str:
    """Return what tells whether a repeated key came with the same request, however it was packed."""
    parts: list[bytes] = [request.method.encode(), request.path.encode()]
    parts.append(json.dumps(sorted(request.args.items(multi=True))).encode())
    if request.is_json:
        parts.append(json.dumps(request.get_json(silent=True), sort_keys=True).encode())
    elif request.mimetype == "multipart/form-data":
        # A part whose name cannot be read has none.
        parts.append(
            json.dumps(sorted((str(name), each) for name, each in request.form.items(multi=True))).encode()
        )
        files = sorted(
            ((str(name), file) for name, file in request.files.items(multi=True)), key=itemgetter(0)
        )
        parts += [name.encode() + b"\n" + _read_again(file) for name, file in files]
    else:
        parts.append(request.get_data(cache=True))
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()


def _read_again(file: FileStorage) -> bytes:
    data: bytes = file.stream.read()
    file.stream.seek(0)
    return data


@contextmanager
def _alone(state: Path, name: str) -> Iterator[None]:
    """Hold a request so that no other process or thread works on it; whoever dies lets go.

    Raises:
        ServiceError: `request-in-progress`; `disk-full`.
    """
    path = state / f"request-{sha256(name.encode()).hexdigest()}.lock"
    try:
        file = path.open("w")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFullError from error
        raise
    with file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise request_in_progress() from error
        # Whoever held it before has taken its name away: another may hold a new file of this name.
        if not path.exists() or os.fstat(lock.fileno()).st_ino != path.stat().st_ino:
            raise request_in_progress()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
