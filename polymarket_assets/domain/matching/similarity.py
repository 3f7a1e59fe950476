"""How alike two texts read: shares of words and cosines of letter groups, exact and fast.

Belongs here: measures between 0 and 1. Not here: what follows from them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Set


def token_set(a: Set[str], b: Set[str]) -> float:
    """Dice's coefficient of two sets of words: 2|a∩b| / (|a| + |b|); 0 when both are empty."""
    total = len(a) + len(b)
    return 2 * len(a & b) / total if total else 0.0


def letter_groups(text: str, size: int = 3) -> Mapping[str, int]:
    """How often each run of `size` letters occurs in a text, spaces included."""
    return Counter(text[i : i + size] for i in range(len(text) - size + 1))


def cosine(a: Mapping[str, int], b: Mapping[str, int]) -> float:
    """Cosine of two counted texts; 0 when either is empty."""
    if len(a) > len(b):
        a, b = b, a
    dot = sum(count * b[group] for group, count in a.items() if group in b)
    norm = math.sqrt(sum(n * n for n in a.values()) * sum(n * n for n in b.values()))
    return dot / norm if norm else 0.0
