"""From findings to one relation with its score and its evidence; deterministic.

Belongs here: the algebra of findings. A pair is EQUIVALENT only when every slot agrees, SUBSET or
SUPERSET when all that differ differ in one direction, COMPLEMENT when exactly one is opposite; any
veto leaves RELATED or DIFFERENT.
"""

from __future__ import annotations

from dataclasses import dataclass

from polymarket_assets.domain.matching.compare import Finding, Verdict, compare
from polymarket_assets.domain.matching.market import Relation
from polymarket_assets.domain.matching.similarity import cosine, token_set
from polymarket_assets.domain.matching.slots import Slots

LEAST_SCORE = 0.5
"""Below this no texts are called EQUIVALENT or COMPLEMENT, whatever their slots say."""
RELATED_WORDS = 0.6
"""Share of words in common from which texts without a common subject count as RELATED."""
_WEIGHTS = (0.35, 0.25, 0.40)


@dataclass(frozen=True)
class Judgement:
    """The relation from a to b, its score (0 to 1) and what was found slot by slot."""

    relation: Relation
    score: float
    findings: tuple[Finding, ...]

    @property
    def vetoes(self) -> list[str]:
        """Slots that rule out every implication."""
        return [finding.slot for finding in self.findings if finding.is_veto]

    def as_json(self) -> dict[str, object]:
        """Evidence as plain values: slots that agree, vetoes, and the differences in words."""
        return {
            "agree": [f.slot for f in self.findings if f.verdict is Verdict.SAME],
            "vetoes": self.vetoes,
            "differences": [f.words for f in self.findings if f.verdict is not Verdict.SAME],
        }


def judge(a: Slots, b: Slots) -> Judgement:
    """The relation of two markets from their slots."""
    findings = tuple(compare(a, b))
    score = _score(a, b, findings)
    verdicts = [finding.verdict for finding in findings if finding.verdict is not Verdict.SAME]
    if any(finding.is_veto for finding in findings):
        return Judgement(_loose(a, b, findings), score, findings)
    relation = _strict(verdicts, is_negative=a.is_negative and b.is_negative)
    if relation in {Relation.EQUIVALENT, Relation.COMPLEMENT} and score < LEAST_SCORE:
        relation = Relation.RELATED
    return Judgement(relation, score, findings)


def _strict(verdicts: list[Verdict], *, is_negative: bool) -> Relation:
    kinds = set(verdicts)
    if not kinds:
        return Relation.EQUIVALENT
    if kinds == {Verdict.OPPOSITE}:
        return Relation.COMPLEMENT if len(verdicts) == 1 else Relation.RELATED
    if kinds in ({Verdict.NARROWER}, {Verdict.WIDER}):
        # What denies more implies what denies less: the order turns round.
        narrower = (kinds == {Verdict.NARROWER}) != is_negative
        return Relation.SUBSET if narrower else Relation.SUPERSET
    return Relation.RELATED


def _loose(a: Slots, b: Slots, findings: tuple[Finding, ...]) -> Relation:
    by_slot = {finding.slot: finding for finding in findings}
    subject = by_slot["subject"].verdict
    foreign = by_slot["wording"]
    if subject is Verdict.CONFLICT:
        measured = a.interval is not None and b.interval is not None
        own = set(a.subject) | set(b.subject)
        elsewhere = [w for w in (*foreign.a.split(), *foreign.b.split()) if w not in own]
        if foreign.verdict is Verdict.SAME:
            elsewhere = []
        contest = not elsewhere and not measured
        shared = bool(set(a.subject) & set(b.subject))
        alike = not measured and token_set(_about(a) - own, _about(b) - own) >= RELATED_WORDS
        return Relation.RELATED if contest or shared or alike else Relation.DIFFERENT
    names = a.names | b.names
    apart = set(foreign.a.split()) & names and set(foreign.b.split()) & names
    if foreign.verdict is Verdict.CONFLICT and apart and a.interval and b.interval:
        # The same measure of two places, firms or coins.
        return Relation.DIFFERENT
    if set(a.subject) & set(b.subject):
        return Relation.RELATED
    alike = token_set(_about(a), _about(b)) >= RELATED_WORDS
    return Relation.RELATED if alike else Relation.DIFFERENT


def _about(slots: Slots) -> frozenset[str]:
    return slots.title_words.union(slots.told)


def _score(a: Slots, b: Slots, findings: tuple[Finding, ...]) -> float:
    tokens = token_set(set(a.told), set(b.told))
    letters = cosine(a.letters, b.letters)
    agreed = sum(finding.verdict is Verdict.SAME for finding in findings) / len(findings)
    return round(_WEIGHTS[0] * tokens + _WEIGHTS[1] * letters + _WEIGHTS[2] * agreed, 4)
