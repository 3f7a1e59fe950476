"""Pairs of every topic that the rules were not tuned on; other people, other words."""

from __future__ import annotations

from polymarket_assets.domain.matching.market import MarketText
from tests.domain.matching.golden.shape import EQ, Pair, kalshi, poly


def p(title: str, words: str, ends: str, outcome: str = "Yes", tail: str = "") -> MarketText:
    return poly(
        title,
        f'This market resolves to "Yes" if {words}. Otherwise, this market resolves to "No". '
        f"{tail}",
        ends,
        outcome=outcome,
    )


def k(  # noqa: PLR0917 (a row of data)
    title: str, label: str, words: str, closes: str, tail: str = "", expected: str = ""
) -> MarketText:
    return kalshi(
        title, label, f"If {words}, then the market resolves to Yes. {tail}", closes,
        expected=expected,
    )  # fmt: skip


SOL = p(
    "Will Solana dip to $90 in September?",
    "any 1 minute candle of Solana SOL-USD on Coinbase has a low of $90 or less between September "
    "1, 2026, 12:00 AM ET and September 30, 2026, 11:59 PM ET",
    "2026-09-30",
)
GOLD = p(
    "Gold above $5,200 on Friday, October 30?",
    "the COMEX gold futures settlement price on October 30, 2026 exceeds $5,200",
    "2026-10-30T20:00",
)
TSLA = p(
    "Tesla (TSLA) closes above $500 on November 6?",
    "the official closing price of Tesla on November 6, 2026 is greater than $500",
    "2026-11-06T21:00",
)
DOGE = p(
    "Dogecoin over $0.25 at 5PM ET on August 14?",
    "the CF Benchmarks Dogecoin price at 5:00 PM ET on August 14, 2026 is over $0.25",
    "2026-08-14T21:00",
)
ECB = p(
    "ECB cuts rates by 25 bps in September 2026?",
    "the European Central Bank lowers its deposit facility rate by 25 basis points at its "
    "September 10, 2026 meeting",
    "2026-09-10",
)
UK_CPI = p(
    "UK CPI inflation at least 2.5% in August?",
    "UK CPI inflation for August 2026 is 2.5% or higher year-over-year as published by the Office "
    "for National Statistics",
    "2026-09-16",
)
CLAIMS = p(
    "Initial jobless claims above 240k for the week ending October 3?",
    "initial jobless claims for the week ending October 3, 2026 are above 240,000 as first "
    "published by the Department of Labor",
    "2026-10-08",
)
HURRICANES = p(
    "Will there be 8 or more Atlantic hurricanes in 2026?",
    "the National Hurricane Center counts at least 8 Atlantic hurricanes between January 1, 2026 "
    "and December 31, 2026",
    "2026-12-31",
)
GOV = p(
    "Will Lena Ortiz win the 2026 Arizona gubernatorial election?",
    "Lena Ortiz is elected governor of Arizona in the 2026 gubernatorial election",
    "2026-11-03",
)
NOMINEE = p(
    "Will Carl Dunn be the Republican nominee for Senate in Georgia in 2026?",
    "Carl Dunn is the Republican nominee in the 2026 Georgia US Senate election",
    "2026-05-19",
)
CHANCELLOR = p(
    "Will Greta Vogel step down as Chancellor by June 30?",
    "Greta Vogel resigns or is removed as Chancellor of Germany by June 30, 2026, 11:59 PM ET",
    "2026-06-30",
)
BILL = p(
    "Will Congress pass the Open Skies Act in 2026?",
    "the Open Skies Act passes both chambers of Congress between January 1, 2026 and December 31, "
    "2026, 11:59 PM ET",
    "2026-12-31",
)
EMBASSY = p(
    "Will the US recognize Norland by October 31?",
    "the United States officially recognizes Norland as a state by October 31, 2026, 11:59 PM ET",
    "2026-10-31",
)
DERBY = p(
    "Will Real Madrid beat Barcelona on April 11?",
    "Real Madrid win the La Liga match against Barcelona scheduled for April 11, 2026 after 90 "
    "minutes plus stoppage time",
    "2026-04-11T19:00",
    tail="If the match is postponed the market stays open; if canceled it resolves 50-50.",
)
RANGERS = poly(
    "Rangers vs. Bruins",
    'This market will resolve to "Rangers" if the Rangers win the NHL game against the Bruins '
    "scheduled for February 3, 2026, overtime and shootout included. If the game is canceled it "
    "will resolve 50-50; if it is postponed the market stays open.",
    "2026-02-04T00:00",
    outcome="Rangers",
)
SERIES = p(
    "Will the Los Angeles Dodgers win the 2026 World Series?",
    "the Los Angeles Dodgers win the 2026 World Series",
    "2026-11-05",
)
DRIVER = p(
    "Will Theo Lindqvist win the 2026 F1 Drivers' Championship?",
    "Theo Lindqvist is the 2026 F1 Drivers' Champion",
    "2026-12-06",
)
GRAMMY = p(
    "Will Low Tide win Album of the Year at the 2027 Grammys?",
    "Low Tide wins Album of the Year at the 2027 Grammy Awards",
    "2027-02-07",
)
PHONE = p(
    "Will Quanta launch a foldable phone by March 31, 2027?",
    "Quanta starts selling a foldable phone to the public by March 31, 2027, 11:59 PM ET",
    "2027-03-31",
)
IPO = p(
    "Will Brightline IPO before 2027?",
    "shares of Brightline begin trading on a public exchange before January 1, 2027, 12:00 AM ET",
    "2026-12-31",
)
MIAMI = p(
    "Will the highest temperature in Miami be 85°F or higher on May 4?",
    "the highest temperature at Miami International Airport on May 4, 2026 is 85°F or higher by "
    "the National Weather Service",
    "2026-05-04",
)
K_RANGERS = (
    "the Rangers win the Rangers vs Bruins professional NHL game originally scheduled for "
    "Feb 3, 2026"
)
STAY = "If the game is postponed the market remains open; if cancelled it settles 50-50."

PAIRS = [
    Pair(EQ, SOL,
         k("Will Solana fall to $90 in Sep 2026?", "$90 or below",
           "the price of Solana on Coinbase is at or below $90 at any time between Sep 1, 2026 and "
           "Sep 30, 2026", "2026-10-01T04:00"), "a low of 90 within the month"),
    Pair(EQ, GOLD,
         k("Gold settlement price on Oct 30, 2026?", "Above $5,200",
           "the COMEX gold futures settlement price on Oct 30, 2026 is above 5200",
           "2026-10-30T19:00"), "exceeds = above; the same settlement"),
    Pair(EQ, TSLA,
         k("Tesla closing price on Nov 6, 2026?", "Above $500",
           "the official closing price of Tesla on Nov 6, 2026 is above $500",
           "2026-11-06T21:00"), "same close"),
    Pair(EQ, DOGE,
         k("Dogecoin price on Aug 14, 2026 at 5pm EDT?", "Above $0.25",
           "the CF Benchmarks Dogecoin price at 5 PM EDT on Aug 14, 2026 is greater than 0.25",
           "2026-08-14T21:00"), "over = greater than"),
    Pair(EQ, ECB,
         k("ECB decision in September 2026?", "Cut 25bps",
           "the European Central Bank cuts its deposit facility rate by 25bps at its September "
           "2026 meeting", "2026-09-10T12:10"), "same bank, meeting and size"),
    Pair(EQ, UK_CPI,
         k("UK CPI inflation in Aug 2026?", "2.5% or above",
           "the year-over-year UK CPI inflation for August 2026 is at or above 2.5% as published "
           "by the Office for National Statistics", "2026-09-16T06:00"), "same figure"),
    Pair(EQ, CLAIMS,
         k("Initial jobless claims for the week ending Oct 3, 2026?", "Above 240,000",
           "initial jobless claims for the week ending Oct 3, 2026 are above 240,000 as first "
           "published by the Department of Labor", "2026-10-08T12:25"), "same week"),
    Pair(EQ, HURRICANES,
         k("Number of Atlantic hurricanes in 2026?", "More than 7",
           "the National Hurricane Center counts more than 7 Atlantic hurricanes between Jan 1, "
           "2026 and Dec 31, 2026", "2026-12-31T15:00"), "whole storms"),
    Pair(EQ, GOV,
         k("Arizona governor winner? 2026 election", "Lena Ortiz",
           "Lena Ortiz wins the 2026 Arizona gubernatorial election", "2026-11-04T15:00"),
         "elected = wins the election"),
    Pair(EQ, NOMINEE,
         k("Georgia Republican Senate nominee in 2026?", "Carl Dunn",
           "Carl Dunn is the Republican nominee in the 2026 Georgia U.S. Senate election",
           "2026-05-20T15:00"), "nominee on both sides"),
    Pair(EQ, CHANCELLOR,
         k("Will Greta Vogel leave Chancellor of Germany before Jul 1, 2026?", "Greta Vogel",
           "Greta Vogel resigns or is removed as Chancellor of Germany before Jul 1, 2026",
           "2026-07-01T14:00"), "the rules agree to the word"),
    Pair(EQ, BILL,
         k("Will the Open Skies Act pass Congress in 2026?", "Yes",
           "the Open Skies Act passes both chambers of Congress between Jan 1, 2026 and Dec 31, "
           "2026", "2027-01-01T15:00"), "same bill, same hurdle"),
    Pair(EQ, EMBASSY,
         k("Will the United States recognize Norland before Nov 1, 2026?", "Before Nov 1, 2026",
           "the United States officially recognizes Norland as a state before Nov 1, 2026",
           "2026-11-01T14:00"), "US = United States"),
    Pair(EQ, DERBY,
         k("Real Madrid vs Barcelona Winner?", "Real Madrid",
           "Real Madrid wins the Real Madrid vs Barcelona La Liga game originally scheduled for "
           "Apr 11, 2026 after 90 minutes plus stoppage time (does not include extra time or "
           "penalties)", "2026-04-25T19:00", STAY, "2026-04-11T21:00"), "ninety minutes on both"),
    Pair(EQ, RANGERS,
         k("Rangers vs Bruins Winner?", "Rangers", f"{K_RANGERS} including overtime and shootout",
           "2026-02-17T00:00", STAY, "2026-02-04T03:00"), "shootout included on both sides"),
    Pair(EQ, SERIES,
         k("World Series champion 2026?", "Los Angeles Dodgers",
           "the Los Angeles Dodgers win the 2026 World Series", "2026-11-06T15:00"), "same title"),
    Pair(EQ, DRIVER,
         k("F1 Drivers' Champion 2026?", "Theo Lindqvist",
           "Theo Lindqvist wins the 2026 F1 Drivers' Championship", "2026-12-07T15:00"),
         "to be champion is to win the championship"),
    Pair(EQ, GRAMMY,
         k("Album of the Year at the 2027 Grammys?", "Low Tide",
           "Low Tide wins Album of the Year at the 2027 Grammy Awards", "2027-02-08T15:00"),
         "same award"),
    Pair(EQ, PHONE,
         k("Will Quanta release a foldable phone before Apr 1, 2027?", "Before Apr 1, 2027",
           "Quanta starts selling a foldable phone to the public before Apr 1, 2027",
           "2027-04-01T14:00"), "on sale on both sides"),
    Pair(EQ, IPO,
         k("When will Brightline IPO?", "Before Jan 1, 2027",
           "shares of Brightline begin trading on a public exchange before Jan 1, 2027",
           "2027-01-01T15:00"), "first day of trading on both"),
    Pair(EQ, MIAMI,
         k("Highest temperature in Miami on May 4, 2026?", "85° or above",
           "the highest temperature at Miami International Airport on May 4, 2026 is 85°F or "
           "above by the National Weather Service", "2026-05-05T04:00"), "same station and day"),
]  # fmt: skip
