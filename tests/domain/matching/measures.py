"""What the golden tests measure: precision with its Wilson bound, recall, coverage, veto hits."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from polymarket_assets.domain.matching.judge import Judgement, judge
from polymarket_assets.domain.matching.market import Relation
from polymarket_assets.domain.matching.slots import read_slots
from tests.domain.matching.golden.shape import Pair

Z95 = 1.959964


@dataclass(frozen=True)
class Measured:
    """Figures over one set of pairs. Coverage is the share of pairs given a strict relation."""

    judged: list[tuple[Pair, Judgement]]

    @property
    def claimed(self) -> list[Pair]:
        return [pair for pair, made in self.judged if made.relation is Relation.EQUIVALENT]

    @property
    def wrong(self) -> list[Pair]:
        return [pair for pair in self.claimed if pair.relation is not Relation.EQUIVALENT]

    @property
    def precision(self) -> float:
        return 1 - len(self.wrong) / len(self.claimed)

    @property
    def recall(self) -> float:
        true = [pair for pair, _ in self.judged if pair.relation is Relation.EQUIVALENT]
        return (len(self.claimed) - len(self.wrong)) / len(true)

    @property
    def exact(self) -> float:
        return sum(p.relation is made.relation for p, made in self.judged) / len(self.judged)

    @property
    def coverage(self) -> float:
        loose = {Relation.RELATED, Relation.DIFFERENT}
        return sum(made.relation not in loose for _, made in self.judged) / len(self.judged)

    @property
    def vetoes(self) -> Counter[str]:
        return Counter(slot for _, made in self.judged for slot in set(made.vetoes))

    def __str__(self) -> str:
        low = wilson_low(len(self.claimed) - len(self.wrong), len(self.claimed))
        hits = ", ".join(f"{slot} {n}" for slot, n in self.vetoes.most_common())
        return (
            f"{len(self.judged)} pairs: precision at EQUIVALENT {self.precision:.4f} "
            f"({len(self.claimed)} claimed, {len(self.wrong)} wrong, 95% Wilson bound {low:.4f}), "
            f"recall {self.recall:.4f}, exact relation {self.exact:.4f}, "
            f"coverage {self.coverage:.4f}; veto hits: {hits}"
        )


def measure(pairs: Sequence[Pair]) -> Measured:
    return Measured([(pair, judge(read_slots(pair.a), read_slots(pair.b))) for pair in pairs])


def wilson_low(hits: int, of: int, z: float = Z95) -> float:
    """Lower end of the Wilson score interval of a share."""
    share = hits / of
    middle = share + z * z / (2 * of)
    width = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - width) / (1 + z * z / of)
