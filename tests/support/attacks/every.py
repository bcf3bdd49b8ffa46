"""All attacks by family, in the order of the table tests/vectors/pdf/attacks.tsv."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tests.support.attacks.changed_bytes import CUTS, FLIPS, GAPS, RANGES
from tests.support.attacks.forged_signatures import CERTIFICATES, CMS, FORGERIES
from tests.support.attacks.hostile_parsers import PARSERS, SAVED
from tests.support.attacks.idle_bytes import PROOFS, ROOMS, VALUES
from tests.support.attacks.later_revisions import ANNOTATIONS, INCREMENTS, SHADOWS
from tests.support.attacks.material import Attacks
from tests.support.attacks.mixed_tables import MIXED
from tests.support.attacks.pages import PAGES

FAMILIES: Final[Mapping[str, Attacks]] = MappingProxyType(
    {
        "flips": FLIPS,
        "byte-range": RANGES,
        "gap": GAPS,
        "cut-and-joined": CUTS,
        "incremental-and-wrapping": INCREMENTS,
        "shadow": SHADOWS,
        "annotations-and-forms": ANNOTATIONS,
        "mixed-tables": MIXED,
        "pages": PAGES,
        "certificates": CERTIFICATES,
        "cms": CMS,
        "rooms": ROOMS,
        "signature-values": VALUES,
        "proofs": PROOFS,
        "forgeries": FORGERIES,
        "saved-anew": SAVED,
        "parsers": PARSERS,
    }
)
