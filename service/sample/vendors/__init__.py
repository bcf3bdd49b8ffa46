"""The workbooks of an invented school as other systems export them: four shapes of docs/workbook.md, one folder each.

The names say whose exports they are like; none of them is a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

from service.sample.school import SampleSchool
from service.sample.vendors.misa import misa
from service.sample.vendors.sector import sector
from service.sample.vendors.smas import smas
from service.sample.vendors.vnedu import vnedu

Files = dict[str, bytes]


class Vendor(StrEnum):
    """Whose exports a folder is like."""

    VNEDU = "vnedu"
    SMAS = "smas"
    MISA = "misa"
    SECTOR = "csdl-nganh"


def vendor_files(school: SampleSchool, vendor: Vendor) -> Files:
    """Return the files of a school by name, as a system of this kind exports them."""
    return dict(_MAKERS[vendor](school))


_MAKERS: dict[Vendor, Callable[[SampleSchool], Iterator[tuple[str, bytes]]]] = {
    Vendor.VNEDU: vnedu,
    Vendor.SMAS: smas,
    Vendor.MISA: misa,
    Vendor.SECTOR: sector,
}
