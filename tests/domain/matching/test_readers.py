"""Single readings: numbers, dates, zones, windows, conditions, fallbacks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polymarket_assets.domain.matching.dates import find_dates, iso_dates
from polymarket_assets.domain.matching.normal import normalise
from polymarket_assets.domain.matching.quantity import Interval, intervals_in, observation_in
from polymarket_assets.domain.matching.sentence import condition_of
from polymarket_assets.domain.matching.settlement import fallbacks_in, sources_in
from polymarket_assets.domain.matching.window import Window, WindowKind, window_in
from polymarket_assets.domain.matching.zones import instant

NEAR = date(2026, 6, 1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # ty: ignore[invalid-argument-type]


def window(text: str) -> Window | None:
    plain = normalise(text)
    return window_in(plain, find_dates(plain, NEAR))


def interval(text: str) -> Interval:
    return intervals_in(normalise(text), normalise(text))[0][0]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("$1.5M", "$1500000"), ("100k", "100000"), ("2 million", "2000000"),
        ("$3T", "$3000000000000"), ("$60 MILLION", "$60000000"),
        ("1,234,567.5", "1234567.5"), ("15m candle", "15m candle"), ("U.S. Senate", "us senate"),
        ("Nicolás", "nicolas"), ("“Yes”", '"yes"'), ("5 p.m.", "5 pm"), ("Ａ２", "a2"),
        ("S&P 500", "sp500"), ("a<br>b", "a b"),
    ],
)  # fmt: skip
def test_numbers_and_letters_get_one_spelling(written: str, read: str) -> None:
    assert normalise(written) == read


@pytest.mark.parametrize(
    "written",
    [
        "June 30, 2026", "Jun 30th 2026", "30 June 2026", "6/30/26", "2026-06-30", "June 30",
        "30 Jun '26",
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(written: str) -> None:
    assert iso_dates(normalise(f"by {written}?"), NEAR) == "by 2026-06-30?"


@given(st.dates(date(2008, 1, 1), date(2090, 12, 31)), st.integers(0, 1439))
def test_eastern_time_is_that_of_the_time_zone_database(day: date, minutes: int) -> None:
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001
    theirs = local.replace(tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
    back = theirs.astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None)
    if back == local:  # not within the hour that spring leaves out
        assert instant(day, minutes, "ET") == theirs


@pytest.mark.parametrize(
    ("text", "kind", "start", "end"),
    [
        ("happens by June 30, 2026", WindowKind.DEADLINE, None, utc(2026, 7, 1, 4)),
        ("happens before Jul 1, 2026", WindowKind.DEADLINE, None, utc(2026, 7, 1, 4)),
        ("by June 30, 2026, 11:59 PM ET", WindowKind.DEADLINE, None, utc(2026, 7, 1, 4)),
        ("by June 30, 2026, 11:59 PM UTC", WindowKind.DEADLINE, None, utc(2026, 7, 1)),
        ("in 2026", WindowKind.SPAN, utc(2026, 1, 1, 5), utc(2027, 1, 1, 5)),
        ("before 2027", WindowKind.DEADLINE, None, utc(2027, 1, 1, 5)),
        ("on July 3", WindowKind.DAY, utc(2026, 7, 3, 4), utc(2026, 7, 4, 4)),
        (
            "at 12:00 PM ET on July 3, 2026",
            WindowKind.MOMENT, utc(2026, 7, 3, 16), utc(2026, 7, 3, 16),
        ),
        ("on July 3, 2026 at 5pm EDT", WindowKind.MOMENT, utc(2026, 7, 3, 21), utc(2026, 7, 3, 21)),
        (
            "between May 1, 2026, 12:00 PM ET and June 30, 2026, 11:59 PM ET",
            WindowKind.SPAN, utc(2026, 5, 1, 16), utc(2026, 7, 1, 4),
        ),
        ("scheduled for Jan 15, 2026", WindowKind.EVENT, utc(2026, 1, 15, 5), utc(2026, 1, 16, 5)),
        ("the CPI for May 2026", WindowKind.REFERENCE, utc(2026, 5, 1, 4), utc(2026, 6, 1, 4)),
    ],
)  # fmt: skip
def test_a_window_is_its_two_instants(
    text: str, kind: WindowKind, start: datetime | None, end: datetime
) -> None:
    found = window(text)
    assert found is not None
    assert (found.kind, found.start, found.end) == (kind, start, end)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("above $100,000", "(100000, ∞) $"), ("$100k or more", "[100000, ∞) $"),
        ("at or above 4.5%", "[4.5, ∞) %"), ("below 3%", "(-∞, 3) %"), ("3% or lower", "(-∞, 3] %"),
        ("between $98,000 and $100,000", "[98000, 100000] $"), ("60-61°F", "[60, 61] °"),
        ("by 25 bps", "[25, 25] bp"), ("by 25 basis points or more", "[25, ∞) bp"),
        ("more than 2 times", "[3, ∞) count"), ("over 9.5 wins", "[10, ∞) count"),
        ("51 or fewer seats", "(-∞, 51] count"), ("hits $90", "[90, ∞) $"),
        ("dips to $90", "(-∞, 90] $"),
    ],
)  # fmt: skip
def test_a_comparator_and_its_number_are_an_interval(text: str, read: str) -> None:
    assert str(interval(text)) == read


def test_half_lines_that_share_a_boundary_are_no_complements() -> None:
    assert interval("above $5").is_complement_of(interval("at or below $5"))
    assert not interval("above $5").is_complement_of(interval("below $5"))
    assert not interval("$5 or more").is_complement_of(interval("at most $5"))


def test_how_a_value_is_observed_is_read_from_verbs() -> None:
    assert observation_in("the price at any time is above", has_moment=False) == "touch"
    assert observation_in("the official closing price", has_moment=False) == "close"
    assert observation_in("the price is above", has_moment=True) == "moment"
    assert observation_in("the price is above", has_moment=False) is None


@pytest.mark.parametrize(
    ("rules", "condition", "negative"),
    [
        ('This market will resolve to "Yes" if it rains. Otherwise "No".', "it rains", False),
        ("If it rains, then the market resolves to Yes.", "it rains", False),
        ("If it does not rain, then the market resolves to Yes.", "it does not rain", True),
        ("If it remains dry, then the market resolves to Yes.", "it remains dry", True),
        ('This market resolves to "No" if it rains. Otherwise to "Yes".', "it rains", True),
        ("If it rains, whether or not forecasts did not say so, then the market resolves to Yes.",
         "it rains, whether or not forecasts did not say so", False),
    ],
)  # fmt: skip
def test_the_condition_of_yes_and_its_polarity(rules: str, condition: str, negative: bool) -> None:
    found = condition_of("rain?", "yes", normalise(rules))
    assert (found.text, found.is_negative, found.is_from_rules) == (condition, negative, True)


def test_rules_without_a_condition_leave_it_to_the_title() -> None:
    found = condition_of("will it rain?", "yes", normalise("See the exchange's page."))
    assert not found.is_from_rules


def test_fallbacks_are_read_by_what_befell_the_event() -> None:
    text = "if the game is canceled it resolves 50-50; if it is postponed the market stays open."
    assert fallbacks_in(text) == {"cancelled": "half", "postponed": "open"}
    assert fallbacks_in("if cancelled all trades are void and refunded.") == {"cancelled": "void"}
    assert fallbacks_in("the game is played on sunday.") == {}


def test_sources_are_found_by_whole_words() -> None:
    assert sources_in("the brti of cf benchmarks") == {"price": frozenset({"cf benchmarks"})}
    assert sources_in("the practical spices") == {}
