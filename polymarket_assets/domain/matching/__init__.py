"""Do two markets of two venues ask the same question? Read texts into slots, compare, judge.

Belongs here: normalising, the typed slots, blocking, similarity, vetoes, the relation with its
evidence. Not here: where texts come from and where pairs are written
(polymarket_assets/warehouse/venue_pairs.py), or who approves a pair (executor/pairs.py).

The order of reading: `market.py` (what goes in), `slots.py` (what is read from a text), `judge.py`
(what comes out), `blocking.py` (which pairs are judged at all).
"""
