"""The trust root as data."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.record.signed_note import SignatureType, VerifierKey, format_verifier_key
from schemas.record.trust_root import TrustRoot
from tests.support.record import CLOCK_KEY, LOG_KEY, ORIGIN, ed25519_key, log, root_key, trust_root
from tests.support.time_stamps import TSA_ROOT, ended, stamper, time_stamps

SECOND = "so.example.vn/record-2"


def _second_log(**changes: object) -> dict[str, Any]:
    key = VerifierKey(SECOND, SignatureType.ED25519, ed25519_key("second log").public_key)
    return log(origin=SECOND, log_key=format_verifier_key(key)).model_dump() | changes


def _fault(**changes: object) -> str:
    with pytest.raises(ValidationError) as caught:
        trust_root(**changes)
    return str(caught.value)


def test_finds_what_it_names() -> None:
    """Logs are found by origin, registrars by key id; what is not named is not found."""
    root = trust_root()
    assert root.log_for(ORIGIN) == log()
    assert root.log_for("other.example") is None
    registrar = root.registrar(ed25519_key("registrar").id)
    assert registrar is not None
    assert registrar.public_key == ed25519_key("registrar").public_key
    assert root.registrar(ed25519_key("root 1").id) is None
    assert (log().log_verifier, log().clock_verifier) == (LOG_KEY, CLOCK_KEY)
    assert root.expires_at == dt.datetime(2027, 11, 24, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("school", "covered"), [("HN-0001", True), ("HN-", True), ("HN", False), ("HCM-1", False), ("", False)]
)
def test_a_registrar_covers_its_prefixes(school: str, *, covered: bool) -> None:
    """A registrar speaks for schools, and prefixes of schools, that begin with one of its own."""
    assert trust_root().registrars[0].covers(school) is covered


def test_the_empty_prefix_covers_every_school() -> None:
    """A registrar with the empty prefix speaks for all."""
    members = trust_root().registrars[0].model_dump() | {"school_prefixes": ("",)}
    assert trust_root(registrars=(members,)).registrars[0].covers("HCM-1")


def test_one_clock_may_serve_several_logs() -> None:
    """Only a clock key may stand twice."""
    assert len(trust_root(logs=(log().model_dump(), _second_log())).logs) == 2


def _key(name: str) -> dict[str, str]:
    return root_key(name).model_dump()


REGISTRAR_KEY_IN_LOG = format_verifier_key(
    VerifierKey(SECOND, SignatureType.ED25519, ed25519_key("registrar").public_key)
)
ALGORITHM = {"name": "rsa-pss", "minimum_bits": 2048, "until": None}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"threshold": 4}, "threshold-too-high"),
        ({"threshold": 0}, "threshold"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"expires": "2027-11-24T00:00:00+00:00"}, "time-invalid"),
        ({"expires": "2027-11-24T7:00:00Z"}, "time-invalid"),
        ({"expires": "2027-02-29T00:00:00Z"}, "time-invalid"),
        ({"expires": "1969-12-31T23:59:59Z"}, "time-invalid"),
        ({"extra": 1}, "extra"),
        ({"root_keys": ()}, "root_keys"),
        ({"root_keys": (_key("root 1"), _key("root 1")), "threshold": 1}, "repeated"),
        ({"root_keys": (_key("registrar"),), "threshold": 1}, "repeated"),
        ({"root_keys": (_key("log"),), "threshold": 1}, "repeated"),
        ({"root_keys": (_key("clock"),), "threshold": 1}, "repeated"),
        ({"root_keys": (_key("root 1") | {"key_id": "0" * 16},), "threshold": 1}, "key-id-mismatch"),
        ({"root_keys": (_key("root 1") | {"key": "AAAA"},), "threshold": 1}, "base64-length"),
        ({"root_keys": (_key("root 1") | {"key": "AAA"},), "threshold": 1}, "base64-invalid"),
        ({"logs": (log().model_dump(), log().model_dump())}, "repeated"),
        ({"logs": (_second_log(log_key=REGISTRAR_KEY_IN_LOG),)}, "repeated"),
        ({"logs": (_second_log(origin=ORIGIN),)}, "log-key-name-mismatch"),
        ({"logs": (_second_log(log_key=format_verifier_key(CLOCK_KEY)),)}, "vkey-type-wrong"),
        ({"logs": (_second_log(clock_key=format_verifier_key(LOG_KEY)),)}, "vkey-type-wrong"),
        ({"logs": (_second_log(clock_key="clock"),)}, "vkey-invalid"),
        ({"logs": (_second_log(max_age=0),)}, "max_age"),
        ({"logs": (_second_log(school_prefixes=()),)}, "school_prefixes"),
        ({"logs": (_second_log(school_prefixes=("HN-", "HN-")),)}, "repeated"),
        ({"logs": (_second_log(school_prefixes=("hn-",)),)}, "school-prefix-invalid"),
        ({"anchors": ({"set": "Test", "certificates": ("AAAA",)},)}, "set"),
        ({"anchors": ({"set": "test", "certificates": ()},)}, "certificates"),
        ({"anchors": ({"set": "test", "certificates": ("AAAA", "AAAA")},)}, "repeated"),
        ({"anchors": ({"set": "test", "certificates": ("",)},)}, "base64-length"),
        ({"anchors": ({"set": "test", "certificates": ("AAAA",)},) * 2}, "repeated"),
        ({"hosts": ("Hocba.example.vn",)}, "host-invalid"),
        ({"hosts": ("https://hocba.example.vn",)}, "host-invalid"),
        ({"hosts": ("hocba.example.vn:0",)}, "host-invalid"),
        ({"hosts": ("a.vn", "a.vn")}, "repeated"),
        ({"algorithms": (ALGORITHM | {"name": "rsa-sha1"},)}, "name"),
        ({"algorithms": (ALGORITHM, ALGORITHM)}, "repeated"),
    ],
)
def test_refuses(changes: dict[str, object], fault: str) -> None:
    """Each fault of a member, and each key or name that stands twice, is refused."""
    assert fault in _fault(**changes)


def test_a_member_that_is_missing_is_refused() -> None:
    """Nothing but `time_stamps` has a default: a trust root says everything itself."""
    for name in trust_root().model_dump(by_alias=True, exclude={"time_stamps"}):
        members = {key: value for key, value in trust_root().model_dump(by_alias=True).items() if key != name}
        with pytest.raises(ValidationError, match="missing"):
            TrustRoot.model_validate(members)


def test_end_of_certificates() -> None:
    """The first end of those that are named counts; what is not named ends when its certificate says."""
    root, tsa = ended(TSA_ROOT, "2031-01-01T00:00:00Z"), ended(stamper(), "2029-01-01T00:00:00Z")
    trust = time_stamps(ended=[root, tsa])
    both = [root["certificate"], tsa["certificate"]]
    assert trust.end_of(both) == dt.datetime(2029, 1, 1, tzinfo=dt.UTC)
    assert trust.end_of(both[:1]) == dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
    assert trust.end_of(["0" * 64]) is None


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"anchors": ()}, "anchors"),
        ({"anchors": (TSA_ROOT.anchor,) * 2}, "repeated"),
        ({"ended": ({"certificate": "AB" * 32, "time": "2031-01-01T00:00:00Z"},)}, "certificate"),
        (
            {"ended": (ended(TSA_ROOT, "2031-01-01T00:00:00Z"), ended(TSA_ROOT, "2032-01-01T00:00:00Z"))},
            "repeated",
        ),
        ({"required_from": "2031-01-01"}, "time-invalid"),
        ({"required_from": None}, "required_from"),
    ],
)
def test_refuses_time_stamps(changes: dict[str, object], fault: str) -> None:
    """Whose time stamps are believed is said completely, once, in one spelling."""
    assert fault in _fault(time_stamps=time_stamps().model_dump() | changes)
