"""What must be said of names: letters that only look Latin, and a school that calls itself otherwise than registered.

A name never decides a verdict: keys and codes do. But people read names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import sha256

from schemas.errors import Text
from schemas.letters import strange_letter
from schemas.transcript.model import Transcript
from schemas.verdict import Sentence, Verdict
from verify.checks.structure import FoundSignature
from verify.record_reader import RecordView
from verify.shown_text import shown_text


def notes_on_letters(names: Iterable[str | None]) -> list[Text]:
    """Return a note for each name that may be another one than it looks."""
    seen = dict.fromkeys(name for name in names if name)
    return [_look_alike(name, strange) for name in seen if (strange := strange_letter(name))]


def notes_on_school(
    transcript: Transcript, signatures: Sequence[FoundSignature], view: RecordView | None
) -> list[Text]:
    """Return the note on a document that names its school otherwise than the registrar ever named its signers'."""
    code, printed = transcript.issuer.code, transcript.issuer.name
    if view is None:
        return []
    issuers = view.ledger.issuers
    said = [issuers.last_statement(sha256(one.cms.certificates[0]).digest()) for one in signatures]
    registered = [one.name for one in said if one is not None and one.school == code]
    newest = issuers.school_name(code)
    known = {_folded(name) for name in (*registered, newest) if name is not None}
    if newest is None or _folded(printed) in known:
        return []
    return [_named_otherwise(printed, code, newest)]


def has_strange_letters(verdict: Verdict) -> bool:
    """Say whether a name that a verdict shows may be another one than it looks."""
    document = verdict.document
    names = [document.full_name, document.school] if document else []
    signers = [name for one in verdict.signatures for name in (one.signer, one.managing_unit, one.issuer)]
    return bool(notes_on_letters([*names, *signers]))


def names_school_otherwise(verdict: Verdict) -> bool:
    """Say whether a verdict has the note that its document names its school otherwise than registered."""
    document, newest = verdict.document, verdict.record.school_name if verdict.record else None
    if document is None or newest is None:
        return False
    return Sentence.of(_named_otherwise(document.school, document.school_code, newest)) in verdict.notes


def _named_otherwise(printed: str, code: str, newest: str) -> Text:
    return Text(
        f"Học bạ ghi tên trường là “{shown_text(printed)}”, còn sổ cấp đăng ký mã {code} là “{shown_text(newest)}”.",
        f"The document names its school “{shown_text(printed)}”; the record knows the code {code} as "
        f"“{shown_text(newest)}”.",
    )


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _look_alike(name: str, strange: Text) -> Text:
    shown = shown_text(name)
    return Text(
        f"Tên “{shown}” có thể không phải tên mà mắt đọc thấy. {strange.vi.partition(';')[0]}.",
        f"The name “{shown}” may be another one than it looks. {strange.en.partition(';')[0]}.",
    )
