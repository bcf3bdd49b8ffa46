"""The desk and what a verdict says beside itself: a genuine document may not be what an office needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.verdict import VerdictCode
from tests.support.taken_away import Held
from verify.desk.applicants import Applicant
from verify.desk.export import format_csv, format_xlsx
from verify.desk.grid import read_csv
from verify.desk.outcome import Outcome, mark_repeated, outcome_of
from verify.desk.results import Results, make_results
from verify.desk.xlsx_reader import read_xlsx
from verify.desk_cli import print_results
from verify.sandbox import Sandbox

VECTORS = Path(__file__).parent.parent / "vectors/record"
DOUBTFUL = [
    ("continued", "Xin thí sinh bản học bạ mới nhất", "newest transcript", "A later document adds"),
    (
        "extract-of-a-continued-transcript",
        "Xin thí sinh toàn bộ học bạ",
        "the whole transcript",
        "one school year",
    ),
    (
        "school-named-as-its-neighbour",
        "Hỏi nhà trường đã đăng ký",
        "the registered school",
        "the record knows",
    ),
    (
        "learner-with-a-cyrillic-letter",
        "So từng chữ của tên",
        "letter by letter",
        "another one than it looks",
    ),
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """The children that read files."""
    made = Sandbox()
    yield made
    made.close()


def outcome(sandbox: Sandbox, vector: str) -> Outcome:
    """Return what the desk keeps of a vector's file."""
    held = Held.of_vector((VECTORS / f"{vector}.json").read_text(encoding="utf-8"))
    return outcome_of(held.verdict(sandbox), f"{vector}.pdf")


def results_of(one: Outcome) -> Results:
    """Return the results of a document that the list agrees with."""
    return make_results([one], [Applicant(2, full_name=one.full_name or "", birth_date=one.birth_date)])


@pytest.mark.parametrize(("vector", "vi", "en", "note"), DOUBTFUL, ids=[row[0] for row in DOUBTFUL])
def test_valid_is_not_settled(sandbox: Sandbox, vector: str, vi: str, en: str, note: str) -> None:
    """Valid, and as the list has it: still it needs attention, and the row says why, and what to do."""
    one = outcome(sandbox, vector)
    (row,) = results_of(one).rows
    assert (one.verdict, row.needs_attention) == (VerdictCode.VALID, True)
    assert any(vi in said.vi and en in said.en for said in one.to_do)
    assert any(note in said.en for said in one.notes)


@pytest.mark.parametrize("vector", ["file", "file-with-proof", "continuing"])
def test_what_is_said_of_every_file_is_no_note(sandbox: Sandbox, vector: str) -> None:
    """The age of the record, and that nobody's identity is proved, stand on no row: it is settled."""
    one = outcome(sandbox, vector)
    (row,) = results_of(one).rows
    assert (one.verdict, one.notes, one.to_do, row.needs_attention) == (VerdictCode.VALID, (), (), False)


def test_note_that_asks_for_nothing(sandbox: Sandbox) -> None:
    """A key that was lost later is worth knowing, and no work."""
    one = outcome(sandbox, "seal-compromised-from-a-later-index")
    (row,) = results_of(one).rows
    assert [said.en for said in one.notes if "compromised later" in said.en]
    assert (one.to_do, row.needs_attention) == ((), False)


@pytest.mark.parametrize("english", [False, True])
def test_notes_are_exported(sandbox: Sandbox, *, english: bool) -> None:
    """Both kinds of file have a column for what to do and one for what to know."""
    one = outcome(sandbox, "continued")
    results = results_of(one)
    for rows in (
        read_csv(format_csv(results, english=english)),
        read_xlsx(format_xlsx(results, english=english))[0],
    ):
        row = dict(zip((cell.text for cell in rows[0]), (cell.text for cell in rows[1]), strict=False))
        to_do, note = ("To do", "Good to know") if english else ("Việc cần làm", "Nên biết")
        assert row[to_do] == (one.to_do[0].en if english else one.to_do[0].vi)
        assert row[note] == (one.notes[0].en if english else one.notes[0].vi)


def test_notes_are_counted_and_printed(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """On the command line a row has its notes in both languages, and the counters say how many there are."""
    one = outcome(sandbox, "continued")
    results = results_of(one)
    assert ("To do", 1) in [(text.en, count) for text, count in results.counts()]
    print_results(results)
    said = capsys.readouterr().out
    assert (
        f"    → {one.to_do[0].vi} / {one.to_do[0].en}\n    · {one.notes[0].vi} / {one.notes[0].en}\n" in said
    )


def test_same_transcript_in_other_bytes_is_named(sandbox: Sandbox) -> None:
    """A genuine file and its copy without the proof are one transcript: the second says so, and needs attention."""
    whole, stripped = (outcome(sandbox, vector) for vector in ("file-with-proof", "file"))
    first, second = mark_repeated([whole, stripped])
    assert whole.sha256 != stripped.sha256
    assert (first.same_serial_as, second.same_serial_as) == (None, "file-with-proof.pdf")
    assert (first.is_settled, second.is_settled, second.duplicate_of) == (True, False, None)
    table = read_csv(format_csv(make_results([first, second]), english=True))
    assert "The same transcript (one serial) in other bytes" in [row[3].text for row in table][1]


def test_same_bytes_and_papers_are_not_other_bytes(sandbox: Sandbox) -> None:
    """The same bytes are named as that; a code scanned from paper beside its file is no second transcript."""
    file, paper = (
        outcome(sandbox, "file"),
        outcome(sandbox, "file").model_copy(update={"subject": "qr", "sha256": None}),
    )
    marked = list(mark_repeated([paper, file, file]))
    assert [one.same_serial_as for one in marked] == [None] * 3
    assert [one.duplicate_of for one in marked] == [None, None, "file.pdf"]
