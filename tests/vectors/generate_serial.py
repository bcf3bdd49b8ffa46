"""Makes serial/vectors.json: serials as they stand in signed data."""

from __future__ import annotations

from schemas.serial import serial_from_bytes, serial_value, sid
from tests.support.vectors import Vector, failure, file_text, sound, write

GOOD = "0123456789ABCDEFK"


def _sound(name: str, serial: str) -> Vector:
    bits = serial_value(serial).to_bytes(10)
    return sound(name, serial, {"bits": bits, "sid": sid(serial)})


def text() -> str:
    """Return the text of the file."""
    vectors = [
        _sound("every-digit", GOOD),
        _sound("lowest", serial_from_bytes(bytes(10))),
        _sound("highest", serial_from_bytes((2**80 - 3).to_bytes(10))),
        failure("empty", "", "serial-invalid"),
        failure("check-symbol-missing", GOOD[:16], "serial-invalid"),
        failure("check-symbol-wrong", GOOD[:16] + "J", "serial-invalid"),
        failure("check-symbol-not-base-32", "0000000000000010*", "serial-invalid"),
        failure("neighbours-swapped", "1023456789ABCDEFK", "serial-invalid"),
        failure("lower-case", GOOD.lower(), "serial-invalid"),
        failure("hyphens", "0123-4567-89AB-CDEF-K", "serial-invalid"),
        failure("symbol-u", "U123456789ABCDEFK", "serial-invalid"),
        failure("newline-after", GOOD + "\n", "serial-invalid"),
    ]
    return file_text("docs/formats/qr.md#serial", "text", vectors)


if __name__ == "__main__":
    write("serial", text())
