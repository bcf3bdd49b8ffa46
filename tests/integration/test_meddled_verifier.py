"""What somebody may do around a verifier: another past of the record, its clock, names that are not what they seem."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.verdict import CheckId, CheckStatus, Verdict, VerdictCode
from tests.support.demonstration import Demonstration
from tests.support.indexed_record import DOCUMENT, TRUST, Place, indexed_record
from tests.support.record import NOW
from tests.support.record_server import put
from tests.support.sample_pdf import make_panel
from tests.support.whole_record import LATER, WholeRecord, filler
from verify.shown_text import shown_text
from verify.verifier import Verifier


class Clock:
    """The clock of the machine that verifies."""

    def __init__(self) -> None:
        self.seconds = LATER

    def __call__(self) -> dt.datetime:
        """Return the time."""
        return dt.datetime.fromtimestamp(self.seconds, dt.UTC)


@pytest.fixture
def clock() -> Clock:
    """A clock that a test sets."""
    return Clock()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A record with two documents."""
    return indexed_record(tmp_path / "record")


@pytest.fixture
def verifier(place: Place, clock: Clock) -> Iterator[Verifier]:
    """A verifier that runs on while the record changes."""
    made = Verifier(TRUST, place.folder, index=place.index, now=clock)
    yield made
    made.close()


def statuses(verdict: Verdict) -> dict[CheckId, CheckStatus]:
    """Return the checks of a verdict that did not pass."""
    return {one.id: one.status for one in verdict.checks if one.status is not CheckStatus.PASS}


@pytest.mark.parametrize("more", [0, 1, 300])
def test_another_past_signed_by_the_log_itself_is_refused_by_a_verifier_that_runs(
    place: Place, verifier: Verifier, more: int
) -> None:
    """A revocation is not undone by a record without it, as long or longer, whatever the log signs."""
    before = WholeRecord(entries=list(place.record.entries))
    place.revoke()
    assert verifier.known_file(DOCUMENT.pdf).verdict is VerdictCode.REVOKED
    missing = len(place.record.entries) - len(before.entries) - 1
    before.add(*filler(40 + more)[-(missing + more) :])
    before.publish_list()
    shutil.rmtree(place.folder)
    put(place.folder, before.files(time=NOW + 60))
    verdict = verifier.known_file(DOCUMENT.pdf)
    assert verdict.verdict is VerdictCode.REVOKED
    assert any("does not continue the one seen before" in note.en for note in verdict.notes)
    # The true record goes on, and so does the verifier.
    place.record.add(*filler(3))
    shutil.rmtree(place.folder)
    place.publish()
    verdict = verifier.known_file(DOCUMENT.pdf)
    assert verdict.verdict is VerdictCode.REVOKED
    assert not any("does not continue" in note.en for note in verdict.notes)


def test_an_older_checkpoint_of_the_same_record_is_refused_by_a_verifier_that_runs(
    place: Place, verifier: Verifier
) -> None:
    """A mirror that goes back to an older, consistent record does not bring a revoked document back."""
    older = {path: path.read_bytes() for path in place.folder.rglob("*") if path.is_file()}
    place.revoke()
    assert verifier.known_file(DOCUMENT.pdf).verdict is VerdictCode.REVOKED
    shutil.rmtree(place.folder)
    put(place.folder, {str(path.relative_to(place.folder)): data for path, data in older.items()})
    verdict = verifier.known_file(DOCUMENT.pdf)
    assert verdict.verdict is VerdictCode.REVOKED
    assert any("does not continue the one seen before" in note.en for note in verdict.notes)


def test_a_checkpoint_of_the_same_length_within_a_tick_of_the_clock_is_seen_within_a_second(
    place: Place, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where a file system says that nothing has changed, the checkpoint is read again."""
    monkeypatch.setattr("verify.record_reader.RecordReader._checkpoint_stamp", lambda _self: (1, 2, 3, 4))
    seconds = 1000.0
    monkeypatch.setattr("verify.record_reader.monotonic", lambda: seconds)
    assert verifier.known_file(DOCUMENT.pdf).verdict is VerdictCode.VALID
    place.revoke()
    seconds += 1
    assert verifier.known_file(DOCUMENT.pdf).verdict is VerdictCode.REVOKED


@pytest.mark.parametrize("back", [3600, 86_400, 20 * 365 * 86_400])
def test_a_clock_set_back_is_no_fault_of_the_document(verifier: Verifier, clock: Clock, back: int) -> None:
    """A machine whose clock is behind concludes nothing, and says that it is the clock."""
    clock.seconds -= back
    verdict = verifier.known_file(DOCUMENT.pdf)
    assert verdict.verdict is VerdictCode.UNCONFIRMED
    assert statuses(verdict) == {CheckId.SIGNATURES: CheckStatus.UNKNOWN, CheckId.STATUS: CheckStatus.UNKNOWN}
    assert all("clock" in one.detail.en for one in verdict.checks if one.status is CheckStatus.UNKNOWN)


def test_a_clock_set_back_is_told_on_a_serial_too(verifier: Verifier, clock: Clock) -> None:
    """A serial asked for under a wrong clock is not on record, and not absent either."""
    clock.seconds -= 86_400
    verdict = verifier.serial(DOCUMENT.serial)
    assert verdict.verdict is VerdictCode.UNCONFIRMED
    assert statuses(verdict) == {CheckId.STATUS: CheckStatus.UNKNOWN}


def test_a_clock_set_back_does_not_hide_a_revocation(place: Place, verifier: Verifier, clock: Clock) -> None:
    """What was revoked stays revoked, whatever the time here."""
    place.revoke()
    clock.seconds -= 86_400
    assert verifier.serial(DOCUMENT.serial).verdict is VerdictCode.REVOKED


@pytest.mark.parametrize("forward", [86_400 * 2, 86_400 * 300])
def test_a_clock_set_forward_concludes_nothing(verifier: Verifier, clock: Clock, forward: int) -> None:
    """A record that seems old tells nothing of today."""
    clock.seconds += forward
    assert verifier.known_file(DOCUMENT.pdf).verdict is VerdictCode.UNCONFIRMED


@pytest.mark.parametrize(
    ("claimed", "shown"),
    [
        ("Trường THCS Nguyễn Du", "Trường THCS Nguyễn Du"),
        ("Tr\u01b0\u01a1\u0300ng THCS", "Trường THCS"),
        ("THCS \u202euD n\u1ec5yugN", "THCS \N{REPLACEMENT CHARACTER}uD nễyugN"),
        ("Nguyễn\u200b Du", "Nguyễn\N{REPLACEMENT CHARACTER} Du"),
        ("Hiệu trưởng\nĐã kiểm tra: hợp lệ", "Hiệu trưởng\N{REPLACEMENT CHARACTER}Đã kiểm tra: hợp lệ"),
        ("a" * 1000, "a" * 199 + "…"),
    ],
)
def test_names_in_certificates_are_shown_as_they_are(claimed: str, shown: str) -> None:
    """A stranger's certificate cannot turn its name around, hide letters in it, or write lines of its own."""
    assert shown_text(claimed) == shown


def test_a_file_that_nobody_signed_has_no_layout_that_was_signed(verifier: Verifier) -> None:
    """A strange PDF is not said to be as it was when it was signed."""
    verdict = verifier.file(make_panel("Giấy mời họp"))
    assert verdict.verdict is VerdictCode.NOT_A_TRANSCRIPT
    assert statuses(verdict)[CheckId.STRUCTURE] is CheckStatus.UNKNOWN
    (said,) = [one.detail.en for one in verdict.checks if one.id is CheckId.STRUCTURE]
    assert "no digital signature" in said


def test_a_file_without_its_seal_says_what_is_missing(released: Demonstration) -> None:
    """Where every check but the record's passes, the reader is told which signature the verdict misses."""
    pdf = next((released.data / "issued").glob("*.pdf")).read_bytes()
    ends = [end for end in range(len(pdf)) if pdf.startswith(b"%%EOF", end)]
    verifier = released.verifier()
    verdicts = [verifier.file(file) for file in (pdf, pdf[: ends[-2] + 6])]
    notes = {one.verdict: [note.en for note in one.notes] for one in verdicts}
    verifier.close()
    assert not any("signature is missing" in note for note in notes[VerdictCode.VALID])
    assert any("signature is missing" in note for note in notes[VerdictCode.UNRECORDED])
