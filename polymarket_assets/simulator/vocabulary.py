"""Words the invented world is made of. People, teams and works are fictional.

Belongs here: word lists and the two functions that turn words into slugs and dates.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

COINS = (
    ("Bitcoin", "BTC", 98_000.0, 0.028),
    ("Ethereum", "ETH", 3_900.0, 0.036),
    ("Solana", "SOL", 190.0, 0.042),
    ("XRP", "XRP", 2.4, 0.045),
)
"""Name, symbol, price level in USD, standard deviation of a day's log return."""

CITIES = ("New York City", "London", "Chicago", "Seoul", "Toronto", "Paris", "Dallas", "Ankara")
US_TEAMS = (
    "Harbors", "Comets", "Ironworks", "Mesas", "Lanterns", "Tides", "Summits", "Freighters",
    "Cyclones", "Redwoods", "Drifters", "Beacons", "Prairie", "Monarchs", "Anvils", "Falls",
)  # fmt: skip
LEAGUES = (("nba", "NBA"), ("nhl", "NHL"), ("nfl", "NFL"))
CLUBS = (
    "Atletico Norte", "Rovers", "Sporting Vale", "Union Hafen", "Olympique Sud", "Dynamo Est",
    "Kingsbridge", "Real Costa", "Fortuna 04", "Racing Lago", "Albion Park", "Estrela",
)  # fmt: skip
COUNTRIES = (
    "Norway", "Chile", "Kenya", "Portugal", "Japan", "Canada", "Czechia", "Peru", "Ghana",
    "Ireland", "Nepal", "Iceland",
)  # fmt: skip
OFFICES = (
    "prime minister",
    "president",
    "speaker of parliament",
    "party leader",
    "mayor of the capital",
)
FIRST_NAMES = (
    "Amara", "Ben", "Carla", "Daniel", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kemi",
    "Lena", "Mateo", "Nadia", "Oskar", "Priya", "Quinn", "Rosa", "Stefan", "Tova",
)  # fmt: skip
LAST_NAMES = (
    "Abara", "Brandt", "Castell", "Dorval", "Eriksen", "Fontaine", "Grimaldi", "Hollis", "Ibarra",
    "Jansen", "Kowal", "Lindqvist", "Moreau", "Novak", "Okafor", "Pereira", "Quist", "Rahimi",
    "Sorensen", "Takeda",
)  # fmt: skip
BILLS = (
    "the transport budget",
    "the data act",
    "the housing bill",
    "the pension reform",
    "the grid law",
)
INDICATORS = (
    ("CPI year over year", "%", 3.0, 0.1),
    ("Unemployment rate", "%", 4.2, 0.1),
    ("Payrolls", "k", 150.0, 25.0),
    ("Mortgage rate", "%", 6.4, 0.05),
)
"""Name, unit, middle of the expected range, width of one bucket."""
WORKS = (
    "Salt Meridian", "The Ninth Orchard", "Paper Comet", "Low Tide", "Glass Republic",
    "Northern Line", "Velvet Static", "A Quiet Engine", "Harvest Moon Radio", "The Long Reply",
    "Copper Sky", "Halfway",
)  # fmt: skip
LABS = ("Aster Labs", "Borealis", "Cobalt AI", "Delphi Works", "Ember Systems", "Fathom")
PHRASES = (
    "inflation", "tariff", "border", "artificial intelligence", "bitcoin", "peace", "recession",
    "energy", "veterans", "Mars", "unity", "deficit", "championship", "infrastructure", "nuclear",
)  # fmt: skip
REGIONS = (
    "the strait",
    "the northern border",
    "the disputed islands",
    "the buffer zone",
    "the canal",
)
ADJECTIVES = (
    "Scary", "Quick", "Ultimate", "Velvet", "Hollow", "Amber", "Silent", "Rusty", "Golden",
    "Polite", "Distant", "Fierce", "Lucky", "Frozen", "Humble", "Vivid",
)  # fmt: skip
NOUNS = (
    "Barrel", "Otter", "Underpass", "Lantern", "Walnut", "Harbor", "Falcon", "Teapot", "Meadow",
    "Anchor", "Compass", "Badger", "Pebble", "Orchid", "Signal", "Trellis",
)  # fmt: skip


def slugify(text: str) -> str:
    """Lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def day_name(seconds: int) -> str:
    """`November 20` of an epoch second (UTC)."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%B} {moment.day}"


def day_slug(seconds: int) -> str:
    """`november-20-2026` of an epoch second (UTC)."""
    return slugify(f"{day_name(seconds)} {datetime.fromtimestamp(seconds, UTC).year}")
