"""What words for an expression can be asked for: options of cron-descriptor, by their names."""

from __future__ import annotations

import dataclasses
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

LOCALES: Final = (
    *("en_US", "de_DE", "fr_FR", "es_ES", "nl_NL", "it_IT", "ja_JP", "ko_KR", "zh_CN", "zh_TW"),
    *("ru_RU", "pl_PL", "pt_PT", "ro_RO", "sv_SE", "tr_TR", "uk_UA", "vi_VN", "cs_CZ", "da_DK"),
    *("el_GR", "es_MX", "fa_IR", "fi_FI", "he_IL", "hu_HU", "kk_KZ", "nb_NO", "sk_SK", "sl_SI"),
    *("ta_IN", "th_TH", "pt_BR", "xx_XX"),
)
"""Those that are shipped, or were, and one that never was: then English is spoken."""
PARTS: Final = (
    *(
        "FULL",
        "TIMEOFDAY",
        "SECONDS",
        "MINUTES",
        "HOURS",
        "DAYOFWEEK",
        "MONTH",
        "DAYOFMONTH",
        "YEAR",
    ),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Wording:
    """How an expression is to be described."""

    part: str = "FULL"
    locale_code: str = "en_US"
    use_24hour_time_format: bool = True
    verbose: bool = False
    casing_type: str = "Sentence"
    day_of_week_start_index_zero: bool = True


def wordings() -> SearchStrategy[Wording]:
    """All options, each a draw of its own."""
    return st.builds(
        Wording,
        part=st.sampled_from(("FULL", "FULL", "FULL", *PARTS[1:])),
        locale_code=st.one_of(st.just("en_US"), st.just("en_US"), st.sampled_from(LOCALES)),
        use_24hour_time_format=st.booleans(),
        verbose=st.booleans(),
        casing_type=st.sampled_from(("Sentence", "Title", "LowerCase")),
        day_of_week_start_index_zero=st.sampled_from((True, True, True, False)),
    )
