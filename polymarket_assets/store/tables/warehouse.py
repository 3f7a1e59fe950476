"""Tables of the warehouse that Python derives between dbt's layers; dbt reads them as sources."""

from __future__ import annotations

from polymarket_assets.store.tables.shape import Column, Table

VENUE_PAIRS = Table(
    schema="core",
    name="venue_pairs",
    description=(
        "Open markets of two venues that ask related questions, with the relation proven by their "
        "texts; replaced as a whole when texts change."
    ),
    columns=(
        Column("pair_id", "VARCHAR", "First 16 hex digits of the SHA-256 of both markets.", True),
        Column("venue_a", "VARCHAR", "polymarket.", True),
        Column("market_a", "VARCHAR", "Condition id of the Polymarket market.", True),
        Column("venue_b", "VARCHAR", "kalshi.", True),
        Column("market_b", "VARCHAR", "Ticker of the Kalshi market.", True),
        Column(
            "relation",
            "VARCHAR",
            "How YES of a stands to YES of b: EQUIVALENT, SUBSET (a implies b), SUPERSET, "
            "COMPLEMENT or RELATED; only likely pairs of the last are kept.",
            True,
        ),
        Column("score", "DOUBLE", "Likeness of words and slots, 0 to 1; not a probability.", True),
        Column("title_a", "VARCHAR", "Question of a.", True),
        Column("title_b", "VARCHAR", "Title of b with the label of its YES.", True),
        Column(
            "evidence",
            "VARCHAR",
            "JSON: slots that agree, vetoes, and the differences in words.",
            True,
        ),
        Column("rules_sha256_a", "VARCHAR", "SHA-256 of title, label and rules text of a.", True),
        Column("rules_sha256_b", "VARCHAR", "SHA-256 of title, label and rules text of b.", True),
        Column("slots", "VARCHAR", "JSON: the typed slots read from a and from b.", True),
        Column("known_at", "TIMESTAMPTZ", "Since when both texts are known (UTC).", True),
        Column("matched_at", "TIMESTAMPTZ", "When the pair was judged (UTC).", True),
    ),
)

VENUE_TEXTS = Table(
    schema="core",
    name="venue_texts",
    description="Every open market whose words were read for matching, as last read.",
    columns=(
        Column("venue", "VARCHAR", "polymarket or kalshi.", True),
        Column("market_id", "VARCHAR", "Condition id or ticker.", True),
        Column("rules_sha256", "VARCHAR", "SHA-256 of title, label and rules text.", True),
        Column("closes_at", "TIMESTAMPTZ", "Listed end (UTC); null when the venue gives none."),
        Column("resolves_at", "TIMESTAMPTZ", "Expected result (UTC); null when not said."),
        Column("known_at", "TIMESTAMPTZ", "Since when these words are known (UTC).", True),
        Column("matcher_sha256", "VARCHAR", "SHA-256 of the code that read them.", True),
        Column("matched_whole_at", "TIMESTAMPTZ", "Last match of all with all (UTC).", True),
    ),
)
