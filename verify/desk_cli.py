"""The desk on the command line: folders and archives verified with a progress bar, matched, listed, and exported."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from schemas.errors import Text
from verify.desk.applicants import Applicant, read_applicants
from verify.desk.batch import verify_batch
from verify.desk.export import ALL, ATTENTION, format_csv, format_xlsx
from verify.desk.grid import MAX_LIST_BYTES
from verify.desk.intake import MAX_FILES, count_documents, list_files, read_submitted
from verify.desk.outcome import Outcome
from verify.desk.results import Result, Results, make_results, match_words, reason_words, verdict_words
from verify.desk.submitted import Submitted
from verify.files import read_regular_file, replace_file
from verify.verifier import Verifier

_FORMATS = {".xlsx": format_xlsx, ".csv": format_csv}


def check_out(_context: click.Context, _parameter: click.Parameter, out: Path | None) -> Path | None:
    """Refuse a file of results whose name does not say how to write it."""
    if out is not None and out.suffix.lower() not in _FORMATS:
        raise click.BadParameter("The file of results must be named .xlsx or .csv.")
    return out


def load_applicants(path: Path | None) -> tuple[Applicant, ...] | None:
    """Return the applicants of a list, None where there is no list.

    Raises:
        VerifyError: `list-…` named after what is wrong with it.
        OSError: it cannot be read.
    """
    return None if path is None else read_applicants(read_regular_file(path, MAX_LIST_BYTES))


def run_desk(
    verifier: Verifier,
    paths: Sequence[Path],
    applicants: Sequence[Applicant] | None,
    *,
    out: Path | None,
    as_json: bool,
) -> int:
    """Verify everything at these paths, say what came out, write it where asked, and return the exit code.

    Raises:
        OSError: the results cannot be written.
        VerifyError: no verdict can be given at all.
    """
    results = make_results(list(_verified(verifier, paths)), applicants)
    if out is not None:
        replace_file(out.resolve(), _FORMATS[out.suffix.lower()](results))
    print_results(results, as_json=as_json)
    if out is not None:
        click.echo(f"Đã ghi / written: {out}", err=True)
    return 1 if results.attention or not results.rows else 0


def _verified(verifier: Verifier, paths: Sequence[Path]) -> Iterator[Outcome]:
    files, has_more = list_files(paths)
    is_hidden = not sys.stderr.isatty()
    length = len(files) if is_hidden else sum(count_documents(path) for path, _ in files)
    documents = (document for path, name in files for document in read_submitted(path, name))
    with click.progressbar(
        length=length, label="Đang kiểm tra / verifying", file=sys.stderr, hidden=is_hidden, show_pos=True
    ) as bar:
        # One more than there are processors: one reads and one writes while the children of the sandbox compute.
        for outcome in verify_batch(verifier, documents, workers=(os.cpu_count() or 1) + 1):
            bar.update(1)
            yield outcome
        if has_more:
            rest = Submitted("…", refusal=_TOO_MANY_FILES)
            yield from verify_batch(verifier, [rest], workers=1)


def print_results(results: Results, *, as_json: bool = False) -> None:
    """Say what came out, those that need attention first."""
    for line in _json_lines(results) if as_json else _lines(results):
        click.echo(line)


def _json_lines(results: Results) -> Iterator[str]:
    for row in results.rows:
        value = {
            "needs_attention": row.needs_attention,
            "outcome": None if row.outcome is None else row.outcome.model_dump(mode="json"),
            "match": None if row.match is None else row.match.code,
            "applicants": [] if row.match is None else [_members(one) for one in row.match.applicants],
        }
        yield json.dumps(value, ensure_ascii=False)


def _members(applicant: Applicant) -> dict[str, object]:
    born = applicant.birth_date
    return {
        "row": applicant.row,
        "label": applicant.label,
        "full_name": applicant.full_name,
        "birth_date": born.isoformat() if born else None,
    }


def _lines(results: Results) -> Iterator[str]:
    if any(row.outcome is not None and row.outcome.test for row in results.rows):
        yield "BẢN THỬ / TEST"
    for row in results.rows:
        yield from _row_lines(row)
    yield ""
    for text, count in [(ALL, len(results.rows)), (ATTENTION, results.attention), *results.counts()]:
        yield f"{count:>6}  {text.vi} / {text.en}"


def _row_lines(row: Result) -> Iterator[str]:
    words, outcome = verdict_words(row), row.outcome
    code = f" [{'unchecked' if outcome.unchecked else outcome.verdict}]" if outcome else ""
    yield f"{'!' if row.needs_attention else '✓'} {words.vi} / {words.en}{code}"
    if outcome is not None:
        who = [outcome.full_name or "", f"{outcome.birth_date:%d/%m/%Y}" if outcome.birth_date else ""]
        yield "    " + ", ".join(filter(None, [outcome.name, *who, outcome.school or ""]))
        reason = reason_words(outcome)
        if reason is not None:
            yield f"    {reason.vi} / {reason.en}"
        yield from (f"    → {one.vi} / {one.en}" for one in outcome.to_do)
        yield from (f"    · {one.vi} / {one.en}" for one in outcome.notes)
    matched = match_words(row)
    if matched is not None and row.needs_attention:
        yield f"    {matched.vi} / {matched.en}"
    if row.match is not None and row.needs_attention:
        for one in row.match.applicants:
            born = f"{one.birth_date:%d/%m/%Y}" if one.birth_date else ""
            said = ", ".join(filter(None, [one.label, one.full_name, born, one.student_code]))
            yield f"    Dòng / row {one.row}: {said}"


_TOO_MANY_FILES = Text(
    f"Có hơn {MAX_FILES} tệp: phần còn lại chưa được kiểm. Hãy chia nhỏ thư mục.",
    f"There are more than {MAX_FILES} files: the rest was not checked. Split the folder.",
)
