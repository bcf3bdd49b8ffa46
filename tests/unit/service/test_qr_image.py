"""The QR's modules."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp

from schemas.qr import QRAddress, format_qr
from service.errors import ServiceError
from service.pdf.qr_image import MAX_VERSION, QUIET_ZONE, hex_rows, qr_modules
from tests.support.transcripts import SERIAL, VERIFY_HOST, sample_qr, sample_transcript


def _decoded(address: QRAddress) -> zxingcpp.Barcode:
    dark = np.array(qr_modules(address), dtype=bool)
    pixels = np.where(dark, 0, 255).astype(np.uint8).repeat(3, axis=0).repeat(3, axis=1)
    (code,) = zxingcpp.read_barcodes(pixels)
    return code


@pytest.mark.parametrize("size", [1, 6, 7, 8, 250, 700])
def test_decodes_to_the_address(size: int) -> None:
    """A foreign decoder reads exactly the address, at level M."""
    address = QRAddress(VERIFY_HOST, SERIAL, bytes(range(256)) * 3 if size == 700 else bytes([255]) * size)
    code = _decoded(address)
    assert code.text == format_qr(address)
    assert code.ec_level == "M"


def test_digits_stand_in_a_numeric_segment() -> None:
    """Two segments keep the sample at version 15 or less; as bytes alone it would need 20 or more."""
    assert len(qr_modules(sample_qr(sample_transcript()))) <= 15 * 4 + 17 + 2 * QUIET_ZONE


def test_quiet_zone_is_four_light_modules() -> None:
    """Nothing dark stands within four modules of an edge, and the finder pattern begins right there."""
    modules = np.array(qr_modules(sample_qr(sample_transcript())))
    dark_rows, dark_columns = (np.unique(axis) for axis in modules.nonzero())
    assert (dark_rows[0], dark_columns[0]) == (QUIET_ZONE, QUIET_ZONE)
    assert len(modules) - dark_rows[-1] - 1 == len(modules) - dark_columns[-1] - 1 == QUIET_ZONE


def test_same_address_gives_same_modules() -> None:
    """The mask is fixed, so a page can be rendered again."""
    address = sample_qr(sample_transcript())
    assert qr_modules(address) == qr_modules(address)


def test_smallest_module_is_readable_from_paper() -> None:
    """At the largest version a module of the 40 mm code is not smaller than 0.33 mm."""
    assert 40 / (MAX_VERSION * 4 + 17 + 2 * QUIET_ZONE) >= 0.33


@pytest.mark.parametrize("size", [1000, 5000])
def test_too_much_data_is_refused(size: int) -> None:
    """A code above the largest version that phones read from paper is refused, not printed."""
    with pytest.raises(ServiceError) as refusal:
        qr_modules(QRAddress(VERIFY_HOST, SERIAL, bytes([255]) * size))
    assert refusal.value.code == "qr-too-dense"


def test_rows_as_hexadecimal_are_filled_up_on_the_right() -> None:
    """Four modules a digit; what is missing in the last digit is light."""
    assert hex_rows([[True, False, True, False, True], [False] * 5]) == ["a8", "00"]
