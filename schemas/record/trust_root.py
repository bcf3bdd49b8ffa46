"""The trust root as data: whom a verifier believes, and until when (docs/formats/trust-root.md).

Its signatures, and how one version follows another, are `schemas.record.envelope`. Knows no clock: `expires_at`
is for those who do.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from schemas.canonical import check_text
from schemas.errors import SchemaError
from schemas.record.checkpoint import check_key_types
from schemas.record.fields import MAX_UNSIGNED, is_school_code
from schemas.record.signed_note import VerifierKey, decode_base64, parse_verifier_key
from schemas.signatures import PUBLIC_KEY_BYTES, key_id

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_HOST = re.compile(r"[0-9a-z]([0-9a-z.-]{0,251}[0-9a-z])?(:[1-9][0-9]{0,4})?")


def _time(value: str) -> str:
    try:
        time = dt.datetime.strptime(value, _TIME_FORMAT).replace(tzinfo=dt.UTC)
    except ValueError:
        raise ValueError("time-invalid") from None
    if time.strftime(_TIME_FORMAT) != value or time.year < 1970:
        raise ValueError("time-invalid")
    return value


@lru_cache(maxsize=256)
def parse_time(value: str) -> dt.datetime:
    """Return a time of the trust root in UTC."""
    return dt.datetime.strptime(value, _TIME_FORMAT).replace(tzinfo=dt.UTC)


def _base64_of(size: int | None) -> Callable[[str], str]:
    def check(value: str) -> str:
        raw = decode_base64(value, "trust-root")
        if not raw or (size is not None and len(raw) != size):
            raise ValueError("base64-length")
        return value

    return _refusing(check)


def _refusing(check: Callable[[str], object]) -> Callable[[str], str]:
    """Turn the refusal of a schema into one of pydantic, so that the path to the field is kept."""

    def checked(value: str) -> str:
        try:
            check(value)
        except SchemaError as error:
            raise ValueError(error.code) from error
        return value

    return checked


def _school_prefix(value: str) -> str:
    if value and not is_school_code(value):
        raise ValueError("school-prefix-invalid")
    return value


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError("host-invalid")
    return value


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) != len(values):
        raise ValueError("repeated")
    return values


Time = Annotated[str, AfterValidator(_time), Field(description="YYYY-MM-DDThh:mm:ssZ")]
KeyId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
PublicKey = Annotated[str, AfterValidator(_base64_of(PUBLIC_KEY_BYTES))]
Certificate = Annotated[str, AfterValidator(_base64_of(None)), Field(description="DER in base64")]
VerifierKeyText = Annotated[str, AfterValidator(_refusing(parse_verifier_key))]
Origin = Annotated[
    str, Field(min_length=1, max_length=200), AfterValidator(_refusing(lambda v: check_text(v, "origin")))
]
SchoolPrefix = Annotated[str, AfterValidator(_school_prefix)]
SchoolPrefixes = Annotated[tuple[SchoolPrefix, ...], Field(min_length=1), AfterValidator(_distinct)]
Host = Annotated[str, AfterValidator(_host)]
Positive = Annotated[int, Field(ge=1, le=MAX_UNSIGNED)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Key(_Part):
    key_id: KeyId
    key: PublicKey

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the Ed25519 key."""
        return base64.b64decode(self.key)

    @model_validator(mode="after")
    def _id_matches(self) -> Self:
        if key_id(self.public_key).hex() != self.key_id:
            raise ValueError("key-id-mismatch")
        return self


class RootKey(_Key):
    """A key that signs trust roots."""


class Registrar(_Key):
    """A key that signs issuer statements for the schools of its prefixes."""

    school_prefixes: SchoolPrefixes

    def covers(self, school: str) -> bool:
        """Say whether the registrar may speak for a school code, or for a prefix of codes."""
        return school.startswith(self.school_prefixes)


class Log(_Part):
    """A public record: its origin, its two keys, its schools, and how old it may be, in seconds."""

    origin: Origin
    log_key: VerifierKeyText
    clock_key: VerifierKeyText
    school_prefixes: SchoolPrefixes
    max_age: Positive

    @property
    def log_verifier(self) -> VerifierKey:
        """The parsed `log_key`."""
        return parse_verifier_key(self.log_key)

    @property
    def clock_verifier(self) -> VerifierKey:
        """The parsed `clock_key`."""
        return parse_verifier_key(self.clock_key)

    @model_validator(mode="after")
    def _keys_fit(self) -> Self:
        try:
            check_key_types(self.log_verifier, self.clock_verifier, "log")
        except SchemaError as error:
            raise ValueError(error.code) from error
        if self.log_verifier.name != self.origin:
            raise ValueError("log-key-name-mismatch")
        return self


class AnchorSet(_Part):
    """Certificates at which certificate paths may end."""

    set: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    certificates: Annotated[tuple[Certificate, ...], Field(min_length=1), AfterValidator(_distinct)]


class Algorithm(_Part):
    """A signature algorithm of the PDF, the smallest key it may have, until when it is accepted; null: no end."""

    name: Literal["rsa-pss", "rsa-pkcs1v15", "ecdsa-p256"]
    minimum_bits: Positive
    until: Time | None


class EndedCertificate(_Part):
    """A certificate of a time-stamp authority, or of who issued it, that is believed until a time only."""

    certificate: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the DER")]
    time: Time


class TimeStamps(_Part):
    """Whose time stamps are believed, and from when on ended certificates need one (docs/formats/trust-root.md)."""

    anchors: Annotated[tuple[Certificate, ...], Field(min_length=1), AfterValidator(_distinct)]
    ended: tuple[EndedCertificate, ...]
    required_from: Time

    @property
    def required_from_time(self) -> dt.datetime:
        """`required_from` in UTC."""
        return parse_time(self.required_from)

    def end_of(self, certificates: Iterable[str]) -> dt.datetime | None:
        """Return the first end that is laid down for any of these certificates, by SHA-256 in hexadecimal."""
        named = set(certificates)
        ends = [parse_time(one.time) for one in self.ended if one.certificate in named]
        return min(ends, default=None)

    @model_validator(mode="after")
    def _ends_once(self) -> Self:
        if len({one.certificate for one in self.ended}) != len(self.ended):
            raise ValueError("repeated")
        return self


class TrustRoot(_Part):
    """Whom a verifier believes."""

    schema_id: Literal["hocba/trust-root/v1"] = Field(alias="schema")
    version: Positive
    expires: Time
    test: bool
    root_keys: Annotated[tuple[RootKey, ...], Field(min_length=1)]
    threshold: Positive
    logs: tuple[Log, ...]
    registrars: tuple[Registrar, ...]
    anchors: tuple[AnchorSet, ...]
    hosts: Annotated[tuple[Host, ...], AfterValidator(_distinct)]
    algorithms: tuple[Algorithm, ...]
    time_stamps: TimeStamps | SkipJsonSchema[None] = None
    """Left out where no time-stamp authority is believed."""

    @property
    def expires_at(self) -> dt.datetime:
        """The time in UTC from which this version is no longer believed."""
        return parse_time(self.expires)

    def log_for(self, origin: str) -> Log | None:
        """Return the log of this origin."""
        return next((log for log in self.logs if log.origin == origin), None)

    def registrar(self, key_id: bytes) -> Registrar | None:
        """Return the registrar of this 8-byte key id."""
        return next((one for one in self.registrars if one.key_id == key_id.hex()), None)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.threshold > len(self.root_keys):
            raise ValueError("threshold-too-high")
        named = (
            [log.origin for log in self.logs],
            [one.set for one in self.anchors],
            [one.name for one in self.algorithms],
        )
        for names in (list(self._keys()), *named):
            repeated = [name for name, count in Counter(names).items() if count > 1]
            if repeated:
                raise ValueError("repeated")
        return self

    def _keys(self) -> Iterator[object]:
        """Yield every Ed25519 key, which has one purpose; only a clock may serve several logs."""
        yield from (one.public_key for one in (*self.root_keys, *self.registrars))
        yield from (log.log_verifier.public_key for log in self.logs)
        yield from {log.clock_verifier.public_key for log in self.logs}
