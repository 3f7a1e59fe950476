"""The golden set: pairs of invented markets with their true relation, by topic.

Texts are made up in the manner of the venues. `HOLDOUT` was written before the matcher and is not
tuned on; its figures are printed apart.
"""

from __future__ import annotations

from tests.domain.matching.golden import (
    crypto,
    culture,
    economy,
    elections,
    holdout,
    holdout_traps,
    politics,
    sports,
)
from tests.domain.matching.golden.shape import Pair

TUNED: list[Pair] = [
    *crypto.PAIRS,
    *economy.PAIRS,
    *elections.PAIRS,
    *politics.PAIRS,
    *sports.PAIRS,
    *culture.PAIRS,
]
HOLDOUT: list[Pair] = [*holdout.PAIRS, *holdout_traps.PAIRS]
