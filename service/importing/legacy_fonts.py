"""Names typed for fonts of before Unicode: "NguyÔn TuÊn Minh" looks right in .VnTime alone, "Nguyeãn" in VNI-Times.

Told by what no name has, of Việt Nam's peoples or from abroad; a name whose letters might be meant is left alone.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# TCVN3 (ABC) puts letters where Latin-1 has signs, and where it has capitals, which then stand within a word.
_TCVN3: Final = re.compile("[¡-©ª«¬®µ-¹»-¾×÷]|[a-zß-öø-ÿ][À-ÖØ-Þ]")
# VNI writes a letter and behind it its mark: "eã" for "ễ". Left out are pairs that names have: "oã", "aï", "oë", "eá".
_VNI: Final = re.compile(
    "a[áàåãäâêùøûõ]|(?<=[iuy])e[áàåãäâ]|e[åãäâùøûõ]|o[åäâùø]|u[ùøûõ]|öô|[öô][ùøûõï]|y[ùøûõ]", re.IGNORECASE
)


def is_of_legacy_font(name: str) -> bool:
    """Whether a name is text for a font of TCVN3 (ABC) or VNI, and not Unicode."""
    written = unicodedata.normalize("NFC", name)
    return bool(_TCVN3.search(written) or _VNI.search(written))
