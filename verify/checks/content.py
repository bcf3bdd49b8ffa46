"""`content`: the attached data are well formed and are the ones on record."""

from __future__ import annotations

from hashlib import sha256

from schemas.errors import SchemaError, Text
from schemas.pdf_profile import PROFILES
from schemas.record.entry import Issued, Relation
from schemas.serial import sid
from schemas.transcript.model import Transcript, parse_transcript
from verify.findings import CheckFailedError, CheckUnknownError


def parse_content(data: bytes) -> Transcript:
    """Return the transcript of the attached bytes.

    Raises:
        CheckFailedError: they are not a canonical transcript.
    """
    try:
        return parse_transcript(data)
    except SchemaError as error:
        raise CheckFailedError(
            Text(
                "Dữ liệu học bạ trong tệp không đúng dạng.", "The transcript data in the file are malformed."
            )
        ) from error


def check_content(transcript: Transcript | None, data: bytes | None, entry: Issued | None) -> None:
    """Compare the attached data with the document's entry.

    For bytes that the record knows by their seal, an unread attachment is no reason to doubt them.

    Raises:
        CheckFailedError: they are other data.
        CheckUnknownError: there is no entry to compare with, or it has a profile that is not known here.
    """
    if entry is None:
        raise CheckUnknownError(
            Text(
                "Chưa đối chiếu được dữ liệu vì chưa thấy học bạ trong sổ cấp.",
                "The data could not be compared, since no entry was found.",
            )
        )
    if entry.profile not in PROFILES:
        raise CheckUnknownError(
            Text(
                "Học bạ theo một mẫu mới hơn phần mềm này; hãy cập nhật phần mềm rồi kiểm lại.",
                "The transcript has a profile newer than this software; update it and check again.",
            )
        )
    if data is not None and (
        sha256(data).digest() != entry.data
        or transcript is None
        or sid(transcript.serial) != entry.sid
        or transcript.issuer.code != entry.school
        or transcript.profile != entry.profile
        or Relation[transcript.relation.kind.name] is not entry.relation
    ):
        raise CheckFailedError(
            Text(
                "Dữ liệu trong tệp khác với dữ liệu đã ghi sổ.",
                "The data in the file are not the ones on record.",
            )
        )
