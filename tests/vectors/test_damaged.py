"""Damaged evidence ends in a verdict or in a refusal of ours: no exception of any library escapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import HocbaError
from schemas.verdict import Verdict
from tests.support.taken_away import GREEN, Held
from verify.sandbox import Sandbox
from verify.trust import load_trust_root

FILES = sorted((Path(__file__).parent / "record").glob("*.json"))
often = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
edits = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 40),
        st.one_of(st.binary(max_size=8), st.sampled_from((b"\xff" * 8, b"\0" * 40, b"{}", b"[", b"9" * 30))),
    ),
    min_size=1,
    max_size=5,
)
held = st.sampled_from(FILES).map(lambda path: Held.of_vector(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for everything: it keeps nothing between files."""
    made = Sandbox()
    yield made
    made.close()


def edited(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """Return the data with parts replaced, taken out or put in."""
    for share, length, instead in changes:
        at = int(share * len(data))
        data = data[:at] + instead + data[at + length :]
    return data


def concluded(verdict: Verdict) -> bool:
    """Whether a verdict is green; it says something in both languages and can be sent, whatever it is."""
    assert verdict.headline.vi
    assert verdict.headline.en
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict
    return verdict.verdict in GREEN


@often
@given(whole=held.filter(lambda one: one.record is not None), changes=edits, data=st.data())
def test_damaged_record_is_told(
    whole: Held, changes: list[tuple[float, int, bytes]], data: st.DataObject, sandbox: Sandbox
) -> None:
    """Whatever happens to a file of the record, there is a verdict, and it is green only where it was before."""
    files = dict(whole.record or {})
    path = data.draw(st.sampled_from(sorted(files)))
    files[path] = edited(files[path], changes)
    green = concluded(replace(whole, record=files).verdict(sandbox))
    assert not green or concluded(whole.verdict(sandbox))


@often
@given(whole=held.filter(lambda one: one.kind != "file"), changes=edits)
def test_damaged_code_is_told(whole: Held, changes: list[tuple[float, int, bytes]], sandbox: Sandbox) -> None:
    """Whatever text stands in a code or is typed as a serial, there is a verdict, and it is green only where it was."""
    text = edited(whole.subject, changes).decode("utf-8", "replace")
    green = concluded(whole.shown(text.encode()).verdict(sandbox))
    assert not green or concluded(whole.verdict(sandbox))


@often
@given(kind=st.sampled_from(("qr", "serial")), text=st.text(max_size=300))
def test_any_text_is_told(kind: str, text: str, sandbox: Sandbox) -> None:
    """No text breaks a look-up."""
    whole = Held.of_vector((FILES[0].parent / "serial.json").read_text(encoding="utf-8"))
    assert not concluded(
        replace(whole, kind=kind, subject=text.encode("utf-8", "surrogatepass")).verdict(sandbox)
    )


@often
@given(changes=edits)
def test_damaged_trust_root_is_refused(
    changes: list[tuple[float, int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A trust root in which anything was changed is refused by name, never believed."""
    whole = Held.of_vector(FILES[0].read_text(encoding="utf-8"))
    good = whole.signed_trust()
    file = tmp_path_factory.getbasetemp() / "damaged-trust-root.json"
    file.write_bytes(edited(good, changes))
    if file.read_bytes() != good:
        with pytest.raises(HocbaError):
            load_trust_root(file)
