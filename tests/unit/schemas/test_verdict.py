"""Verdicts: codes, headlines, exit codes and JSON."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from pydantic import ValidationError

from schemas.profiles import DocumentForm
from schemas.verdict import Check, CheckId, CheckStatus, Sentence, Source, Verdict, VerdictCode

EXIT_CODES = {
    "valid": 0,
    "recorded": 10,
    "superseded": 11,
    "revoked": 12,
    "altered": 13,
    "untrusted_issuer": 14,
    "unrecorded": 15,
    "unconfirmed": 16,
    "not_found": 17,
    "not_a_transcript": 18,
    "unreadable": 19,
    "service_error": 20,
}
CHECKS = ["readable", "structure", "signatures", "issuer", "content", "recorded", "status"]


def _verdict() -> Verdict:
    code = VerdictCode.UNREADABLE
    sentence = Sentence(vi="Không đọc được.", en="Could not be read.")
    return Verdict(
        verdict=code,
        headline=Sentence.of(code.headline),
        subject="file",
        source=Source(name="học bạ.pdf", sha256="ab" * 32, bytes=3),
        test=True,
        checks=(Check(id=CheckId.READABLE, status=CheckStatus.FAIL, detail=sentence),),
        document=None,
        signatures=(),
        record=None,
        checked_at=dt.datetime(2026, 11, 24, 3, tzinfo=dt.UTC),
    )


def test_exit_codes_are_fixed() -> None:
    """Each code has its exit code; 0 is `valid` alone."""
    assert {code.value: code.exit_code for code in VerdictCode} == EXIT_CODES


def test_checks_are_fixed() -> None:
    """The seven checks, in their order."""
    assert [check.value for check in CheckId] == CHECKS


@pytest.mark.parametrize("form", DocumentForm)
@pytest.mark.parametrize("code", VerdictCode)
def test_headlines_are_short_and_in_both_languages(code: VerdictCode, form: DocumentForm) -> None:
    """A headline fits one line of a phone and does not end like a sentence."""
    headline = code.headline_of(form)
    assert all(0 < len(text) <= 45 and not text.endswith(".") for text in (headline.vi, headline.en))
    assert re.search(r"[ạ-ỹđ]", headline.vi)


def test_what_is_taken_from_a_transcript_is_never_called_one() -> None:
    """Where a verdict speaks well of a document, or of what it was, extract and summary have words of their own."""
    codes = (VerdictCode.VALID, VerdictCode.RECORDED, VerdictCode.SUPERSEDED, VerdictCode.REVOKED)
    said = [code.headline_of(form) for code in codes for form in DocumentForm]
    assert len({one.vi for one in said}) == len({one.en for one in said}) == len(said) == 12
    assert VerdictCode.VALID.headline_of(None) == VerdictCode.VALID.headline_of(DocumentForm.TRANSCRIPT)


def test_only_valid_says_genuine_and_current() -> None:
    """No two codes share a headline in either language."""
    assert (
        len({code.headline.vi for code in VerdictCode})
        == len({code.headline.en for code in VerdictCode})
        == 12
    )


def test_json_has_every_member() -> None:
    """Every member stands in the JSON, null where there is nothing to say; letters stay letters."""
    assert json.loads(_verdict().to_json()) == {
        "verdict": "unreadable",
        "headline": {"vi": "Không đọc được tệp hoặc mã", "en": "Could not be read"},
        "subject": "file",
        "source": {"name": "học bạ.pdf", "sha256": "ab" * 32, "bytes": 3},
        "form": None,
        "test": True,
        "checks": [
            {
                "id": "readable",
                "status": "fail",
                "detail": {"vi": "Không đọc được.", "en": "Could not be read."},
            }
        ],
        "notes": [],
        "document": None,
        "signatures": [],
        "record": None,
        "checked_at": "2026-11-24T03:00:00Z",
    }
    assert "\n" not in _verdict().to_json()
    assert "học bạ" in _verdict().to_json()


def test_json_comes_back() -> None:
    """A client reads the verdict with the same model."""
    assert Verdict.model_validate_json(_verdict().to_json()) == _verdict()


def test_unknown_members_are_refused() -> None:
    """A verdict holds nothing that the format does not name."""
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Verdict.model_validate_json(_verdict().to_json()[:-1] + ',"score":1}')
