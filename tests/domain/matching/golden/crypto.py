"""Prices of coins, shares, commodities: comparators, touch and close, sources, buckets, hours."""

from __future__ import annotations

from polymarket_assets.domain.matching.market import MarketText
from tests.domain.matching.golden.shape import (
    COM,
    DIF,
    EQ,
    REL,
    SUB,
    SUP,
    Pair,
    kalshi,
    poly,
)  # fmt: skip

COINBASE = "Prices are those of Coinbase BTC-USD; other exchanges do not count."
BINANCE = "The source is the Binance BTC/USDT pair, 1 minute candles; no other exchange counts."
CF = "The price is the CF Benchmarks Bitcoin Real-Time Index (BRTI), averaged over 60 seconds."


def p_touch(level: str, when: str, until: str, ends: str, source: str = COINBASE) -> MarketText:
    return poly(
        f"Will Bitcoin hit ${level} {when}?",
        f'This market resolves to "Yes" at once if any 1 minute candle of Bitcoin has a high of '
        f'${level} or more {until}. If none does it resolves to "No". {source}',
        ends,
    )


def k_touch(level: str, until: str, closes: str, source: str = COINBASE) -> MarketText:
    return kalshi(
        f"Will BTC reach ${level}?",
        f"${level} or above",
        f"If the price of Bitcoin is at or above ${level} at any point {until}, then the market "
        f"resolves to Yes. {source}",
        closes,
        event="How high will Bitcoin get?",
    )


def p_close(
    level: str, day: str, ends: str, hour: str = "12:00 PM ET", source: str = CF
) -> MarketText:
    return poly(
        f"Bitcoin above ${level} on {day}?",
        f'This market will resolve to "Yes" if the price of Bitcoin at {hour} on {day} is '
        f'higher than ${level}. Otherwise it will resolve to "No". {source}',
        ends,
    )


def k_close(  # noqa: PLR0917 (a row of data)
    label: str, words: str, day: str, closes: str, hour: str = "12 PM ET", source: str = CF
) -> MarketText:
    return kalshi(
        f"Bitcoin price on {day}?",
        label,
        f"If the price of Bitcoin at {hour} on {day} is {words}, then the market resolves to Yes. "
        f"{source}",
        closes,
    )


TOUCH_JUN = p_touch("150,000", "by June 30", "by June 30, 2026, 11:59 PM ET", "2026-06-30")
TOUCH_YEAR = p_touch("150k", "by December 31", "by December 31, 2026, 11:59 PM ET", "2026-12-31")
NOON = p_close("100,000", "July 3, 2026", "2026-07-03T16:00")
ETH_NOON = poly(
    "Will Ethereum be above $4,000 on July 3?",
    'This market will resolve to "Yes" if the CF Benchmarks Ether price at 12:00 PM ET on July 3, '
    '2026 is above $4,000. Otherwise it will resolve to "No".',
    "2026-07-03T16:00",
)
K_ETH = kalshi(
    "Ethereum price on Jul 3, 2026 at 12pm ET?",
    "Above $4,000",
    "If the CF Benchmarks Ether price at 12 PM ET on Jul 3, 2026 is above 4000, then the market "
    "resolves to Yes.",
    "2026-07-03T16:00",
)
SPX = poly(
    "Will the S&P 500 close above 7,000 on March 31?",
    'This market resolves to "Yes" if the official closing value of the S&P 500 on March 31, 2026 '
    'is above 7,000. Otherwise it resolves to "No".',
    "2026-03-31T20:00",
)
WTI = poly(
    "Will WTI crude oil hit $90 in August?",
    'Resolves to "Yes" if the front-month WTI futures price trades at $90 or more at any time '
    "between August 1, 2026, 12:00 AM ET and August 31, 2026, 11:59 PM ET, as shown by CME. "
    'Otherwise "No".',
    "2026-08-31",
)
NVDA = poly(
    "NVIDIA market cap above $5T on December 31?",
    'This market resolves to "Yes" if the market capitalization of NVIDIA at the market close on '
    "December 31, 2026 is greater than $5 trillion according to companiesmarketcap. Otherwise "
    '"No".',
    "2026-12-31T21:00",
)
BUCKET = poly(
    "Will Bitcoin be between $98,000 and $100,000 on July 3?",
    'This market will resolve to "Yes" if the price of Bitcoin at 12:00 PM ET on July 3, 2026 is '
    f'between $98,000 and $100,000. Otherwise it will resolve to "No". {CF}',
    "2026-07-03T16:00",
)

PAIRS = [
    Pair(EQ, TOUCH_JUN, k_touch("150,000", "before Jul 1, 2026", "2026-07-01T04:00"),
         "by the end of June 30 is before July 1; or more = at or above; same source"),
    Pair(EQ, TOUCH_YEAR, k_touch("150,000", "before Jan 1, 2027", "2027-01-01T05:00"),
         "150k is 150,000; by December 31 is before January 1"),
    Pair(EQ, NOON, k_close("Above $100,000", "above 100000", "Jul 3, 2026", "2026-07-03T16:00"),
         "same moment, source and strict comparator"),
    Pair(EQ, p_close("95,500", "July 9, 2026", "2026-07-09T21:00", "5:00 PM ET"),
         k_close("Above $95,500", "greater than $95,500", "July 9, 2026", "2026-07-09T21:00",
                 "5pm EDT"),
         "5 PM ET in July is 5pm EDT; higher than = greater than"),
    Pair(EQ, ETH_NOON, K_ETH, "same asset, level, moment and source"),
    Pair(EQ, SPX,
         kalshi("S&P 500 close on Mar 31, 2026?", "Above 7,000",
                "If the S&P 500 closing value on Mar 31, 2026 is above 7000, then the market "
                "resolves to Yes.", "2026-03-31T20:00"),
         "an index has one official close"),
    Pair(EQ, WTI,
         kalshi("Will WTI crude oil reach $90 in Aug 2026?", "$90 or above",
                "If the front-month WTI futures price on CME is at or above $90 at any time "
                "between Aug 1, 2026 and Aug 31, 2026, then the market resolves to Yes.",
                "2026-09-01T04:00"),
         "same month, contract and exchange"),
    Pair(EQ, NVDA,
         kalshi("NVIDIA market cap at the end of 2026?", "Above $5 trillion",
                "If the market capitalization of NVIDIA at the market close on Dec 31, 2026 is "
                "above $5 trillion according to companiesmarketcap, then the market resolves to "
                "Yes.", "2026-12-31T21:00"),
         "$5T is 5 trillion; same close and source"),
    Pair(EQ, BUCKET,
         k_close("$98,000 to $100,000", "between 98000 and 100000", "Jul 3, 2026",
                 "2026-07-03T16:00"),
         "same bucket"),
    Pair(EQ, p_touch("80,000", "in July", "between July 1, 2026, 12:00 AM ET and July 31, 2026, "
                     "11:59 PM ET", "2026-07-31"),
         k_touch("80,000", "between Jul 1, 2026 and Jul 31, 2026", "2026-08-01T04:00"),
         "same month with its start stated on both sides"),
    Pair(COM, NOON,
         k_close("$100,000 or below", "at or below 100000", "Jul 3, 2026", "2026-07-03T16:00"),
         "above 100,000 and at or below it exhaust the line", "polarity flip"),
    Pair(COM, SPX,
         kalshi("S&P 500 close on Mar 31, 2026?", "7,000 or below",
                "If the S&P 500 closing value on Mar 31, 2026 is 7,000 or lower, then the market "
                "resolves to Yes.", "2026-03-31T20:00"),
         "the other side of the same close", "polarity flip"),
    Pair(SUB, NOON,
         k_close("$100,000 or above", "at or above 100000", "Jul 3, 2026", "2026-07-03T16:00"),
         "above is stricter than at or above", "above vs at least"),
    Pair(SUP, p_close("95,500", "July 9, 2026", "2026-07-09T21:00", "5:00 PM ET"),
         k_close("Above $96,000", "above 96000", "July 9, 2026", "2026-07-09T21:00", "5 PM ET"),
         "a lower level contains a higher one", "other threshold"),
    Pair(REL, NOON,
         k_close("Below $100,000", "below 100000", "Jul 3, 2026", "2026-07-03T16:00"),
         "at exactly 100,000 neither is YES, so it is no complement", "polarity flip"),
    Pair(SUB, BUCKET,
         k_close("$98,000 or above", "at or above 98000", "Jul 3, 2026", "2026-07-03T16:00"),
         "a bucket lies inside a cumulative level", "bucket vs cumulative"),
    Pair(REL, BUCKET,
         k_close("$100,000 or above", "at or above 100000", "Jul 3, 2026", "2026-07-03T16:00"),
         "they share one point only", "bucket vs cumulative"),
    Pair(REL, BUCKET,
         k_close("$99,000 to $101,000", "between 99000 and 101000", "Jul 3, 2026",
                 "2026-07-03T16:00"),
         "buckets that overlap", "bucket vs cumulative"),
    Pair(REL, NOON,
         k_close("Above $100,000", "above 100000", "Jul 3, 2026", "2026-07-03T21:00", "5 PM ET"),
         "five hours later", "other hour"),
    Pair(REL, NOON,
         k_close("Above $100,000", "above 100000", "Jul 4, 2026", "2026-07-04T16:00"),
         "the next day", "other date"),
    Pair(REL, p_close("100,000", "July 3, 2026", "2026-07-03T16:00", source=BINANCE),
         k_close("Above $100,000", "above 100000", "Jul 3, 2026", "2026-07-03T16:00"),
         "Binance candle against an averaged index", "price source"),
    Pair(REL, p_close("100,000", "July 3, 2026", "2026-07-03T16:00", source="The source is the "
                      "Chainlink BTC/USD data stream."),
         k_close("Above $100,000", "above 100000", "Jul 3, 2026", "2026-07-03T16:00"),
         "Chainlink against CF Benchmarks", "price source"),
    Pair(REL, p_close("100,000", "July 3, 2026", "2026-07-03T16:00", source=""),
         k_close("Above $100,000", "above 100000", "Jul 3, 2026", "2026-07-03T16:00"),
         "one side names no source for a price that differs by exchange", "price source"),
    Pair(REL, TOUCH_JUN, k_touch("150,000", "before Jul 1, 2026", "2026-07-01T04:00", CF),
         "a candle high on one exchange against an averaged index", "price source"),
    Pair(SUB, TOUCH_JUN, k_touch("150,000", "before Jan 1, 2027", "2027-01-01T05:00"),
         "an earlier deadline for the same touch", "other date"),
    Pair(SUP, TOUCH_JUN, k_touch("160,000", "before Jul 1, 2026", "2026-07-01T04:00"),
         "whoever reaches 160,000 has passed 150,000", "other threshold"),
    Pair(REL, TOUCH_JUN, k_touch("160,000", "before Jan 1, 2027", "2027-01-01T05:00"),
         "earlier but lower: neither implies the other", "other threshold"),
    Pair(SUP, TOUCH_YEAR,
         p_close("150,000", "December 1, 2026", "2026-12-01T17:00", source=COINBASE),
         "above at one noon means touched within the year", "touch vs close"),
    Pair(REL, TOUCH_JUN,
         k_close("Above $150,000", "above 150000", "Jul 3, 2026", "2026-07-03T16:00",
                 source=COINBASE),
         "the noon lies after the deadline", "touch vs close"),
    Pair(REL, p_touch("100,000", "on July 3", "on July 3, 2026 (ET)", "2026-07-03", CF),
         k_close("Below $100,000", "below 100000", "Jul 3, 2026", "2026-07-03T16:00"),
         "touching above some time does not exclude noon below", "touch vs close"),
    Pair(SUP, p_touch("100,000", "on July 3", "on July 3, 2026 (ET)", "2026-07-03", CF),
         k_close("$100,000 or above", "at or above 100000", "Jul 3, 2026", "2026-07-03T16:00"),
         "any time that day contains noon", "touch vs close"),
    Pair(SUP, p_touch("150,000", "by June 30", "by June 30, 2026, 11:59 PM ET", "2026-06-30"),
         k_touch("150,000", "by June 30, 2026, 11:59 PM UTC", "2026-07-01T00:00"),
         "the day ends four hours earlier in UTC", "ET vs UTC midnight"),
    Pair(REL, p_close("100,000", "July 3, 2026", "2026-07-03T16:00"),
         k_close("Above $100,000", "above 100000", "Jul 3, 2026", "2026-07-03T12:00", "12 PM UTC"),
         "noon ET is 16:00 UTC", "ET vs UTC midnight"),
    Pair(SUP, p_touch("150,000", "by June 30", "by June 30, 2026, 11:59 PM ET", "2026-06-30"),
         k_touch("150,000", "on June 30, 2026", "2026-07-01T04:00"),
         "on the day against by the day", "by vs on"),
    Pair(SUP, TOUCH_YEAR, k_touch("150,000", "in 2026", "2027-01-01T05:00"),
         "by December 31 also counts the days before 2026", "in 2026 vs before 2027"),
    Pair(DIF, NOON, K_ETH, "another coin at another level", "other subject"),
    Pair(DIF, p_close("4,000", "July 3, 2026", "2026-07-03T16:00"), K_ETH,
         "another coin at the same level and hour", "other subject"),
    Pair(REL, WTI,
         kalshi("WTI crude oil settle on Aug 31, 2026?", "$90 or above",
                "If the front-month WTI futures settlement price on CME is at or above $90 on Aug "
                "31, 2026, then the market resolves to Yes.", "2026-08-31T19:00"),
         "a settlement price is not a trade, though near it", "touch vs close"),
    Pair(DIF, SPX,
         kalshi("Nasdaq-100 close on Mar 31, 2026?", "Above 7,000",
                "If the Nasdaq-100 closing value on Mar 31, 2026 is above 7000, then the market "
                "resolves to Yes.", "2026-03-31T20:00"),
         "another index", "other subject"),
    Pair(REL, NVDA,
         kalshi("Largest company at the end of 2026?", "NVIDIA",
                "If NVIDIA has the largest market capitalization at the market close on Dec 31, "
                "2026 according to companiesmarketcap, then the market resolves to Yes.",
                "2026-12-31T21:00"),
         "a rank is not a level", "other predicate"),
]  # fmt: skip
