"""Seeded chance: named streams, hashes of coordinates and invented identifiers.

Belongs here: every source of randomness of the world. A stream is named, never shared, so that
adding a draw in one place moves nothing elsewhere; a hash gives the same number for the same
coordinates in any process, at any time and in any order of asking.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def digest(seed: int, *names: object) -> bytes:
    """32 bytes that depend on the seed and the names alone."""
    return hashlib.sha256("/".join(map(str, (seed, *names))).encode()).digest()


def stream(seed: int, *names: object) -> np.random.Generator:
    """The random stream of that name."""
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest(seed, *names)[:16], "big")))


def hex_id(size: int, seed: int, *names: object) -> str:
    """0x and `size` bytes in hexadecimal; `size` at most 32."""
    return "0x" + digest(seed, *names)[:size].hex()


def token_id(seed: int, *names: object) -> str:
    """A token id: 77 or 78 decimal digits, as the venue's are."""
    number = int.from_bytes(digest(seed, *names), "big")
    return str(number if number >= 10**76 else number + 10**76)


def hash_unit(*coordinates: object) -> Floats:
    """Uniform numbers in (0, 1) from broadcast integer coordinates (splitmix64 finaliser)."""
    state = np.zeros(1, np.uint64)
    for coordinate in coordinates:
        part = np.asarray(coordinate, dtype=np.int64).astype(np.uint64)
        state = (state ^ part) + np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state = state ^ (state >> np.uint64(31))
    return ((state >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53


def pick(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """`count` indexes drawn with probability proportional to `weights`."""
    edges = np.cumsum(weights)
    return np.searchsorted(edges, rng.random(count) * edges[-1], side="right").astype(np.int64)
