"""The QR's modules: two segments (bytes for the link, numeric for the digits), level M, a fixed mask, quiet zone 4."""

from __future__ import annotations

from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode
from qrcode.util import QRData

from schemas.qr import QRAddress
from service.errors import ServiceError

Modules = list[list[bool]]
QUIET_ZONE = 4
# Any mask reads as well in practice; searching for the best one takes four times as long.
_MASK = 2
# Beyond it a module of the code is smaller than 0.33 mm on the page, which phones no longer tell apart.
MAX_VERSION = 24


def qr_modules(address: QRAddress) -> Modules:
    """Return the rows of the code, quiet zone included; True is dark.

    Raises:
        ServiceError: `qr-too-dense`.
    """
    # QRData chooses the mode by itself: bytes for the link with its small letters, numeric for the digits.
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE, mask_pattern=_MASK)
    code.add_data(QRData(address.link))
    code.add_data(QRData(address.digits))
    try:
        dense = code.best_fit() > MAX_VERSION
    except (DataOverflowError, ValueError):  # which of the two depends on how far beyond version 40 it is
        dense = True
    if dense:
        raise ServiceError(
            "qr-too-dense",
            "Học bạ có quá nhiều dữ liệu cho một mã QR in được. Hãy báo người quản trị hệ thống.",
            "The transcript holds more data than a printed QR code can carry. Tell the operator.",
        )
    code.make(fit=False)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def hex_rows(modules: Modules) -> list[str]:
    """Return each row as hexadecimal digits, four modules a digit, the last one filled up with light ones."""
    rows = []
    for row in modules:
        bits = "".join("1" if dark else "0" for dark in row)
        bits += "0" * (-len(bits) % 4)
        rows.append(f"{int(bits, 2):0{len(bits) // 4}x}")
    return rows


def pixels(modules: Modules) -> bytes:
    """Return the modules as typst embeds them: a byte each, light ones 255."""
    return b"".join(bytes(0 if dark else 255 for dark in row) for row in modules)
