"""Statistics, central banks, weather: reference and release, core and headline, buckets."""

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

BLS = "The source is the Bureau of Labor Statistics."


def p_cpi(words: str, title: str, *, month: str = "September 2026", tail: str = BLS) -> MarketText:
    return poly(
        title,
        f'This market will resolve to "Yes" if {words} for {month}. Otherwise it will resolve to '
        f'"No". {tail}',
        "2026-10-14",
    )


def k_cpi(
    label: str, words: str, *, title: str = "CPI year-over-year in Sep 2026?", tail: str = BLS
) -> MarketText:
    return kalshi(
        title, label, f"If {words}, then the market resolves to Yes. {tail}", "2026-10-14T12:25"
    )


CPI = p_cpi(
    "the Consumer Price Index rises by more than 3.0% year-over-year",
    "Will CPI inflation be above 3.0% in September?",
)
K_CPI = k_cpi("Above 3.0%", "the year-over-year change of the CPI for September 2026 is above 3.0%")
JOBS = poly(
    "Unemployment rate at least 4.5% in October?",
    'This market resolves to "Yes" if the U-3 unemployment rate for October 2026 is 4.5% or more. '
    f'Otherwise "No". {BLS}',
    "2026-11-06",
)
CUT = poly(
    "Fed cuts rates by 25 bps at the December 2026 meeting?",
    'This market will resolve to "Yes" if the FOMC lowers the upper bound of the federal funds '
    "target range by 25 basis points at its December 8-9, 2026 meeting. Otherwise it will resolve "
    'to "No".',
    "2026-12-09",
)
HOLD = poly(
    "No change in Fed interest rates after the December 2026 meeting?",
    'This market will resolve to "Yes" if the FOMC leaves the federal funds target range unchanged '
    'at its December 8-9, 2026 meeting. Otherwise it will resolve to "No".',
    "2026-12-09",
)
CUTS = poly(
    "Will the Fed cut rates 3 or more times in 2026?",
    'This market resolves to "Yes" if the Federal Reserve cuts the federal funds rate at least 3 '
    "times between January 1, 2026 and December 31, 2026, 11:59 PM ET. Otherwise it resolves to "
    '"No".',
    "2026-12-31",
)
GDP = poly(
    "US GDP growth in Q3 2026 above 2.5%?",
    'This market resolves to "Yes" if the advance estimate of real GDP growth in Q3 2026 is '
    'greater than 2.5%, as published by the Bureau of Economic Analysis. Otherwise "No".',
    "2026-10-29",
)
RECESSION = poly(
    "US recession in 2026?",
    'This market resolves to "Yes" if real GDP of the United States falls in two consecutive '
    'quarters of 2026 by the Bureau of Economic Analysis. Otherwise it resolves to "No".',
    "2027-01-31",
)
PAYROLLS = poly(
    "Will the US add more than 100k jobs in October?",
    'This market resolves to "Yes" if total nonfarm payrolls rise by more than 100,000 for October '
    f'2026 in the first release. Otherwise "No". {BLS}',
    "2026-11-06",
)
NYC = poly(
    "Highest temperature in New York City between 60-61°F on November 20?",
    'This market resolves to "Yes" if the highest temperature at Central Park on November 20, 2026 '
    "is between 60-61°F. The source is the National Weather Service climate report. Otherwise "
    '"No".',
    "2026-11-20",
)


def k_fed(label: str, words: str, month: str = "December") -> MarketText:
    return kalshi(
        f"Fed decision in {month} 2026?",
        label,
        f"If {words} at its {month} 2026 meeting, then the market resolves to Yes.",
        "2026-12-09T18:55",
    )


def k_nyc(label: str, words: str, *, what: str = "highest", source: str = "National Weather "
          "Service climate report", day: str = "Nov 20, 2026") -> MarketText:  # fmt: skip
    return kalshi(
        f"What will the {what} temperature in New York City be on {day}?",
        label,
        f"If the {what} temperature recorded at Central Park on {day} is {words} according to the "
        f"{source}, then the market resolves to Yes.",
        "2026-11-21T05:00",
    )


PAIRS = [
    Pair(EQ, CPI, K_CPI, "same index, month, rate and comparator"),
    Pair(EQ, JOBS,
         kalshi("Unemployment rate in Oct 2026?", "4.5% or above",
                f"If the U-3 unemployment rate for October 2026 is at or above 4.5%, then the "
                f"market resolves to Yes. {BLS}", "2026-11-06T13:25"),
         "at least = or above"),
    Pair(EQ, CUT,
         k_fed("Cut 25bps", "the Federal Reserve cuts the federal funds target range by 25bps"),
         "the FOMC is the Federal Reserve's committee; lowers = cuts; bps = basis points"),
    Pair(EQ, HOLD,
         k_fed("No change", "the Federal Reserve leaves the federal funds target range unchanged"),
         "no change = unchanged"),
    Pair(EQ, CUTS,
         kalshi("Number of Fed rate cuts in 2026?", "3 or more",
                "If the Federal Reserve cuts the federal funds rate 3 or more times between Jan 1, "
                "2026 and Dec 31, 2026, then the market resolves to Yes.", "2026-12-31T20:00"),
         "the same count in the same year"),
    Pair(EQ, CUTS,
         kalshi("Number of Fed rate cuts in 2026?", "More than 2",
                "If the Federal Reserve cuts the federal funds rate more than 2 times between Jan "
                "1, 2026 and Dec 31, 2026, then the market resolves to Yes.", "2026-12-31T20:00"),
         "cuts are counted: more than 2 is 3 or more"),
    Pair(EQ, GDP,
         kalshi("Real GDP growth in Q3 2026?", "Above 2.5%",
                "If the advance estimate of US real GDP growth in Q3 2026 is above 2.5%, as "
                "published by the Bureau of Economic Analysis, then the market resolves to Yes.",
                "2026-10-29T12:25"),
         "same estimate, quarter and level"),
    Pair(EQ, PAYROLLS,
         kalshi("Nonfarm payrolls in Oct 2026: how many jobs will the US add?", "Above 100,000",
                f"If total nonfarm payrolls increase by more than 100,000 for October 2026 in the "
                f"first release, then the market resolves to Yes. {BLS}", "2026-11-06T13:25"),
         "100k = 100,000; rise = increase"),
    Pair(EQ, NYC,
         k_nyc("60° to 61°", "between 60-61°F"),
         "same station, day, source and bucket"),
    Pair(EQ, p_cpi("core CPI rises by 0.3% or more month-over-month",
                   "Core CPI at least 0.3% month over month in September?"),
         k_cpi("0.3% or above", "the month-over-month change of core CPI for September 2026 is at "
               "or above 0.3%", title="Core CPI month-over-month in Sep 2026?"),
         "core on both sides"),
    Pair(SUB, CPI,
         k_cpi("3.0% or above", "the year-over-year change of the CPI for September 2026 is at or "
               "above 3.0%"),
         "above is stricter than at or above", "above vs at least"),
    Pair(SUB, p_cpi("the Consumer Price Index rises by more than 3.2% year-over-year",
                    "Will CPI inflation be above 3.2% in September?"), K_CPI,
         "a higher level lies inside a lower one", "other threshold"),
    Pair(COM, CPI,
         k_cpi("3.0% or below", "the year-over-year change of the CPI for September 2026 is at or "
               "below 3.0%"),
         "the rest of the line", "polarity flip"),
    Pair(REL, CPI,
         k_cpi("Above 3.0%", "the year-over-year change of core CPI for September 2026 is above "
               "3.0%", title="Core CPI year-over-year in Sep 2026?"),
         "core leaves food and energy out", "core vs headline"),
    Pair(REL, CPI,
         k_cpi("Above 3.0%", "the month-over-month change of the CPI for September 2026 is above "
               "3.0%", title="CPI month-over-month in Sep 2026?"),
         "a month's change is not a year's", "other measure"),
    Pair(REL, CPI,
         k_cpi("Above 3.0%", "the year-over-year change of the CPI released in September 2026 is "
               "above 3.0%", title="CPI release in September 2026?"),
         "what is released in September is August's", "CPI release"),
    Pair(REL, CPI,
         k_cpi("Above 3.0%", "the year-over-year change of the CPI for October 2026 is above 3.0%",
               title="CPI year-over-year in Oct 2026?"),
         "another month", "other date"),
    Pair(REL, p_cpi("the Consumer Price Index rises by more than 3.0% year-over-year",
                    "Will CPI inflation be above 3.0% in September?",
                    tail=f"{BLS} If the release is delayed beyond October 31, 2026, this market "
                    'will resolve to "No".'),
         k_cpi("Above 3.0%", "the year-over-year change of the CPI for September 2026 is above "
               "3.0%", tail=f"{BLS} If the release is delayed, the market stays open until the "
               "data is published."),
         "a delayed release ends one and keeps the other open", "CPI release"),
    Pair(REL, CPI,
         k_cpi("Above 3.0%", "the year-over-year change of PCE inflation for September 2026 is "
               "above 3.0%", title="PCE inflation year-over-year in Sep 2026?"),
         "another price index", "other measure"),
    Pair(SUB, CUT,
         k_fed("Cut 25bps or more", "the Federal Reserve cuts the federal funds target range by "
               "25 basis points or more"),
         "exactly 25 lies inside 25 or more", "bucket vs cumulative"),
    Pair(REL, CUT,
         k_fed("Cut 50bps", "the Federal Reserve cuts the federal funds target range by 50bps"),
         "another size", "bucket vs cumulative"),
    Pair(REL, CUT,
         k_fed("Hike 25bps", "the Federal Reserve raises the federal funds target range by 25bps"),
         "the other direction", "polarity flip"),
    Pair(REL, CUT, k_fed("Cut 25bps", "the Federal Reserve cuts the federal funds target range by "
                         "25bps", "October"), "another meeting", "other date"),
    Pair(REL, HOLD,
         k_fed("Cut 25bps", "the Federal Reserve cuts the federal funds target range by 25bps"),
         "no change excludes a cut, but a hike is neither", "polarity flip"),
    Pair(REL, CUTS,
         kalshi("Number of Fed rate cuts in 2026?", "Exactly 2",
                "If the Federal Reserve cuts the federal funds rate exactly 2 times between Jan 1, "
                "2026 and Dec 31, 2026, then the market resolves to Yes.", "2026-12-31T20:00"),
         "two is not three or more", "bucket vs cumulative"),
    Pair(SUP, CUTS,
         kalshi("Number of Fed rate cuts in 2026?", "Exactly 4",
                "If the Federal Reserve cuts the federal funds rate exactly 4 times between Jan 1, "
                "2026 and Dec 31, 2026, then the market resolves to Yes.", "2026-12-31T20:00"),
         "four is three or more", "bucket vs cumulative"),
    Pair(REL, CUTS,
         kalshi("Number of Fed rate cuts in 2027?", "3 or more",
                "If the Federal Reserve cuts the federal funds rate 3 or more times between Jan 1, "
                "2027 and Dec 31, 2027, then the market resolves to Yes.", "2027-12-31T20:00"),
         "the same title a year later", "same title, other year"),
    Pair(REL, GDP,
         kalshi("Real GDP growth in Q3 2026?", "Above 2.5%",
                "If the third estimate of US real GDP growth in Q3 2026 is above 2.5%, as "
                "published by the Bureau of Economic Analysis, then the market resolves to Yes.",
                "2026-12-22T13:25"),
         "the advance estimate is revised twice", "other measure"),
    Pair(REL, RECESSION,
         kalshi("Recession in 2026?", "Yes",
                "If the NBER declares that a recession of the United States began in 2026, then "
                "the market resolves to Yes.", "2027-06-30"),
         "two falling quarters are not the committee's declaration", "price source"),
    Pair(REL, PAYROLLS,
         kalshi("ADP employment change in Oct 2026: how many jobs will the US add?",
                "Above 100,000",
                "If ADP private payrolls increase by more than 100,000 for October 2026 in the "
                "first release, then the market resolves to Yes.", "2026-11-04T13:10"),
         "private payrolls of another publisher", "price source"),
    Pair(REL, NYC, k_nyc("60° to 61°", "between 60-61°F", what="lowest"),
         "the night's low", "other measure"),
    Pair(REL, NYC, k_nyc("60° to 61°", "between 60-61°F", source="Wunderground history page"),
         "stations and rounding differ by source", "price source"),
    Pair(SUB, NYC, k_nyc("60° or above", "60°F or above"),
         "a bucket inside a tail", "bucket vs cumulative"),
    Pair(REL, NYC, k_nyc("62° to 63°", "between 62-63°F"), "the next bucket",
         "bucket vs cumulative"),
    Pair(REL, NYC, k_nyc("60° to 61°", "between 60-61°F", day="Nov 21, 2026"),
         "the next day", "other date"),
    Pair(DIF, NYC,
         kalshi("What will the highest temperature in Chicago be on Nov 20, 2026?", "60° to 61°",
                "If the highest temperature recorded at Midway on Nov 20, 2026 is between 60-61°F "
                "according to the National Weather Service climate report, then the market "
                "resolves to Yes.", "2026-11-21T06:00"),
         "another city", "other subject"),
    Pair(DIF, JOBS, K_CPI, "unemployment is not inflation"),
    Pair(DIF, CUT,
         kalshi("ECB decision in December 2026?", "Cut 25bps",
                "If the European Central Bank cuts its deposit facility rate by 25bps at its "
                "December 2026 meeting, then the market resolves to Yes.", "2026-12-17T13:00"),
         "another central bank", "other subject"),
]  # fmt: skip
