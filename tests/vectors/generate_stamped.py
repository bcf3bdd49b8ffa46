"""Makes stamped/vectors.json: what the time stamps over the record are over."""

from __future__ import annotations

from schemas.record.token_chain import MAX_TOKENS, StampedCheckpoint, format_stamped
from tests.support.record import digest, sample_log
from tests.support.vectors import Vector, failure, file_text, sound, write

NOTE = sample_log([b"an entry"]).note()
SECOND = StampedCheckpoint(2, digest("the first token"), NOTE)
GOOD = format_stamped(SECOND).decode()


def _sound(name: str, stamped: StampedCheckpoint) -> Vector:
    value = {
        "number": stamped.number,
        "previous": stamped.previous,
        "size": stamped.checkpoint.size,
        "root": stamped.checkpoint.root,
    }
    return sound(name, format_stamped(stamped).decode(), value)


def _changed(old: str, new: str) -> str:
    return GOOD.replace(old, new, 1)


def text() -> str:
    """Return the text of the file."""
    vectors = [
        _sound("first", StampedCheckpoint(1, None, NOTE)),
        _sound("second", SECOND),
        _sound("last", StampedCheckpoint(MAX_TOKENS, digest("the token before"), NOTE)),
        failure("version-unknown", _changed("/v1", "/v2"), "stamped-checkpoint-invalid"),
        failure("number-zero", _changed("number 2", "number 0"), "stamped-checkpoint-invalid"),
        failure("number-padded", _changed("number 2", "number 02"), "stamped-checkpoint-invalid"),
        failure("number-too-large", _changed("number 2", "number 16385"), "stamped-checkpoint-invalid"),
        failure("first-with-a-previous", _changed("number 2", "number 1"), "stamped-checkpoint-invalid"),
        failure(
            "second-without-a-previous",
            _changed(digest("the first token").hex(), "none"),
            "stamped-checkpoint-invalid",
        ),
        failure(
            "previous-in-upper-case",
            _changed(digest("the first token").hex(), digest("the first token").hex().upper()),
            "stamped-checkpoint-invalid",
        ),
        failure("empty-line-missing", _changed("\n\n", "\n"), "stamped-checkpoint-invalid"),
        failure("carriage-return", _changed("number 2\n", "number 2\r\n"), "stamped-checkpoint-invalid"),
        failure("checkpoint-missing", _changed(NOTE.decode(), ""), "note-invalid"),
        failure("checkpoint-without-signatures", GOOD.rpartition("\n\n")[0] + "\n", "note-invalid"),
        failure(
            "checkpoint-of-an-empty-log",
            _changed(NOTE.decode(), sample_log([]).note().decode()),
            "stamped-checkpoint-invalid",
        ),
    ]
    return file_text("docs/formats/record.md#time-stamp-tokens", "text", vectors)


if __name__ == "__main__":
    write("stamped", text())
