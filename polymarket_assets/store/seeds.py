"""The warehouse's seeds, for code that must decide by the same list as SQL.

Belongs here: reading a seed's CSV, the one place that does. Not here: what a seed means (seeds.yml)
or the tables dbt makes of them.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from polymarket_assets.domain.universe import Keywords
from polymarket_assets.settings import project_root

SEEDS = project_root(Path(__file__).parent) / "dbt_project" / "seeds"


@cache
def crypto_keywords() -> Keywords:
    """The keywords of the seed crypto_keywords.

    Raises:
        ValueError: a keyword of the file can never be found; it names the keyword.
    """
    with (SEEDS / "crypto_keywords.csv").open(encoding="utf-8", newline="") as file:
        return Keywords.of(
            (row["keyword"], row["match_case"] == "true") for row in csv.DictReader(file)
        )


@cache
def strategy_parameters() -> tuple[dict[str, str], ...]:
    """The rows of the seed strategy_parameters: strategy, version, name, value, least, most, …."""
    with (SEEDS / "strategy_parameters.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def feature_units() -> dict[str, str]:
    """The unit of each feature, by name in the order of the seed feature_registry."""
    with (SEEDS / "feature_registry.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row["unit"] for row in csv.DictReader(file)}
