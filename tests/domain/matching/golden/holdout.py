"""Pairs of every topic that the rules were not tuned on; other people, other words."""

from __future__ import annotations

from polymarket_assets.domain.matching.market import MarketText
from tests.domain.matching.golden.shape import (
    COM, DIF, EQ, REL, SUB, SUP, Pair, kalshi, poly,
)  # fmt: skip


def p(title: str, words: str, ends: str, outcome: str = "Yes", tail: str = "") -> MarketText:
    return poly(
        title,
        f'This market resolves to "Yes" if {words}. Otherwise, this market resolves to "No". {tail}',
        ends,
        outcome=outcome,
    )


def k(
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
K_RANGERS = "the Rangers win the Rangers vs Bruins professional NHL game originally scheduled for Feb 3, 2026"
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
           "the highest temperature at Miami International Airport on May 4, 2026 is 85°F or above "
           "by the National Weather Service", "2026-05-05T04:00"), "same station and day"),
    Pair(REL, SOL,
         k("Solana price on Sep 30, 2026?", "$90 or below",
           "the price of Solana on Coinbase is at or below $90 at 5 PM ET on Oct 2, 2026",
           "2026-10-02T21:00"), "a later moment", "touch vs close"),
    Pair(SUP, SOL,
         k("Solana price on Sep 30, 2026?", "Below $90",
           "the price of Solana on Coinbase is below $90 at 5 PM ET on Sep 30, 2026",
           "2026-09-30T21:00"), "below at one moment is touched", "touch vs close"),
    Pair(SUB, GOLD,
         k("Gold settlement price on Oct 30, 2026?", "$5,200 or above",
           "the COMEX gold futures settlement price on Oct 30, 2026 is at or above 5200",
           "2026-10-30T19:00"), "strict inside not strict", "above vs at least"),
    Pair(REL, GOLD,
         k("Gold spot price on Oct 30, 2026?", "Above $5,200",
           "the LBMA gold price on Oct 30, 2026 is above 5200", "2026-10-30T15:00"),
         "another fixing", "price source"),
    Pair(COM, TSLA,
         k("Tesla closing price on Nov 6, 2026?", "$500 or below",
           "the official closing price of Tesla on Nov 6, 2026 is at or below $500",
           "2026-11-06T21:00"), "the rest of the line", "polarity flip"),
    Pair(REL, TSLA,
         k("Tesla closing price on Nov 13, 2026?", "Above $500",
           "the official closing price of Tesla on Nov 13, 2026 is above $500",
           "2026-11-13T21:00"), "a week later", "other date"),
    Pair(REL, DOGE,
         k("Dogecoin price on Aug 14, 2026 at 5pm UTC?", "Above $0.25",
           "the CF Benchmarks Dogecoin price at 5 PM UTC on Aug 14, 2026 is greater than 0.25",
           "2026-08-14T17:00"), "four hours earlier", "ET vs UTC midnight"),
    Pair(REL, DOGE,
         k("Dogecoin price on Aug 14, 2026 at 5pm EDT?", "Above $0.25",
           "the Binance DOGE/USDT price at 5 PM EDT on Aug 14, 2026 is greater than 0.25",
           "2026-08-14T21:00"), "another exchange", "price source"),
    Pair(SUP, DOGE,
         k("Dogecoin price on Aug 14, 2026 at 5pm EDT?", "$0.26 to $0.28",
           "the CF Benchmarks Dogecoin price at 5 PM EDT on Aug 14, 2026 is between 0.26 and 0.28",
           "2026-08-14T21:00"), "a bucket inside a tail", "bucket vs cumulative"),
    Pair(REL, ECB,
         k("ECB decision in September 2026?", "No change",
           "the European Central Bank leaves its deposit facility rate unchanged at its September "
           "2026 meeting", "2026-09-10T12:10"), "another decision", "polarity flip"),
    Pair(SUB, ECB,
         k("ECB decision in September 2026?", "Cut 25bps or more",
           "the European Central Bank cuts its deposit facility rate by at least 25bps at its "
           "September 2026 meeting", "2026-09-10T12:10"), "25 is 25 or more",
         "bucket vs cumulative"),
    Pair(REL, UK_CPI,
         k("UK core CPI inflation in Aug 2026?", "2.5% or above",
           "the year-over-year UK core CPI inflation for August 2026 is at or above 2.5% as "
           "published by the Office for National Statistics", "2026-09-16T06:00"),
         "core leaves energy out", "core vs headline"),
    Pair(DIF, UK_CPI,
         k("US CPI inflation in Aug 2026?", "2.5% or above",
           "the year-over-year US CPI inflation for August 2026 is at or above 2.5% as published "
           "by the Bureau of Labor Statistics", "2026-09-11T12:25"), "another country",
         "other subject"),
    Pair(REL, UK_CPI,
         k("UK CPI inflation released in Aug 2026?", "2.5% or above",
           "the year-over-year UK CPI inflation released in August 2026 is at or above 2.5% as "
           "published by the Office for National Statistics", "2026-08-19T06:00"),
         "released in August is July's", "CPI release"),
    Pair(REL, CLAIMS,
         k("Continuing jobless claims for the week ending Oct 3, 2026?", "Above 240,000",
           "continuing jobless claims for the week ending Oct 3, 2026 are above 240,000 as first "
           "published by the Department of Labor", "2026-10-15T12:25"),
         "continuing is not initial", "other measure"),
    Pair(REL, HURRICANES,
         k("Number of Atlantic hurricanes in 2026?", "7 or more, before October",
           "the National Hurricane Center counts at least 8 major Atlantic hurricanes between Jan "
           "1, 2026 and Sep 30, 2026", "2026-10-01T15:00"), "major ones only, a shorter year",
         "other measure"),
    Pair(SUB, HURRICANES,
         k("Number of Atlantic hurricanes in 2026?", "6 or more",
           "the National Hurricane Center counts 6 or more Atlantic hurricanes between Jan 1, 2026 "
           "and Dec 31, 2026", "2026-12-31T15:00"), "eight is six or more", "other threshold"),
    Pair(REL, GOV,
         k("Arizona governor winner? 2026 election", "Democratic",
           "the candidate who wins the 2026 Arizona gubernatorial election is a Democrat",
           "2026-11-04T15:00"), "a party against a person", "candidate vs party"),
    Pair(REL, GOV,
         k("Arizona Democratic gubernatorial primary winner in 2026?", "Lena Ortiz",
           "Lena Ortiz wins the 2026 Arizona Democratic gubernatorial primary",
           "2026-07-22T15:00"), "the primary before", "nominee vs winner"),
    Pair(REL, NOMINEE,
         k("Georgia Senate winner? 2026 election", "Carl Dunn",
           "Carl Dunn wins the 2026 Georgia U.S. Senate election", "2026-11-04T15:00"),
         "a nominee may lose", "nominee vs winner"),
    Pair(REL, NOMINEE,
         k("Georgia Republican gubernatorial nominee in 2026?", "Carl Dunn",
           "Carl Dunn is the Republican nominee in the 2026 Georgia gubernatorial election",
           "2026-05-20T15:00"), "another office", "other scope"),
    Pair(SUP, CHANCELLOR,
         k("Will Greta Vogel resign as Chancellor of Germany before Jul 1, 2026?", "Greta Vogel",
           "Greta Vogel resigns as Chancellor of Germany before Jul 1, 2026",
           "2026-07-01T14:00"), "resigning is one of the two ways", "announced vs effective"),
    Pair(REL, CHANCELLOR,
         k("Will Greta Vogel announce her resignation before Jul 1, 2026?", "Greta Vogel",
           "Greta Vogel announces that she will resign as Chancellor of Germany before Jul 1, "
           "2026", "2026-07-01T14:00"), "announced is not gone", "announced vs effective"),
    Pair(COM, CHANCELLOR,
         k("Will Greta Vogel still be Chancellor of Germany after June 30, 2026?", "Greta Vogel",
           "Greta Vogel has not resigned or been removed as Chancellor of Germany by June 30, "
           "2026, 11:59 PM ET", "2026-07-01T14:00"), "the same event denied", "polarity flip"),
    Pair(REL, BILL,
         k("Will the Open Skies Act become law in 2026?", "Yes",
           "the Open Skies Act is signed into law between Jan 1, 2026 and Dec 31, 2026",
           "2027-01-01T15:00"), "passed may be vetoed", "announced vs effective"),
    Pair(SUB, BILL,
         k("Will the Open Skies Act pass Congress before 2027?", "Yes",
           "the Open Skies Act passes both chambers of Congress before Jan 1, 2027",
           "2027-01-01T15:00"), "a passage in 2025 counts on one side only",
         "in 2026 vs before 2027"),
    Pair(SUP, EMBASSY,
         k("Will the United States recognize Norland on October 31, 2026?", "Yes",
           "the United States officially recognizes Norland as a state on October 31, 2026",
           "2026-11-01T14:00"), "on the day against by the day", "by vs on"),
    Pair(REL, EMBASSY,
         k("Will Norland recognize the United States before Nov 1, 2026?", "Yes",
           "Norland officially recognizes the United States before Nov 1, 2026",
           "2026-11-01T14:00"), "the other way round", "other subject"),
    Pair(REL, DERBY,
         k("Real Madrid vs Barcelona Winner?", "Barcelona",
           "Barcelona wins the Real Madrid vs Barcelona La Liga game originally scheduled for Apr "
           "11, 2026 after 90 minutes plus stoppage time (does not include extra time or "
           "penalties)", "2026-04-25T19:00", STAY, "2026-04-11T21:00"), "the other team",
         "polarity flip"),
    Pair(REL, DERBY,
         k("Real Madrid vs Barcelona Winner?", "Real Madrid",
           "Real Madrid wins the Real Madrid vs Barcelona La Liga game originally scheduled for "
           "Apr 11, 2026 after 90 minutes plus stoppage time (does not include extra time or "
           "penalties)", "2026-04-25T19:00",
           "If the game is cancelled or postponed the market settles at a fair price.",
           "2026-04-11T21:00"), "another end for a cancelled game", "postponed rules"),
    Pair(SUP, RANGERS,
         k("Rangers vs Bruins: regulation winner?", "Rangers",
           f"{K_RANGERS} in regulation time, overtime and shootout excluded",
           "2026-02-17T00:00", STAY, "2026-02-04T03:00"), "a win in regulation is a win",
         "regulation vs incl. overtime"),
    Pair(REL, RANGERS,
         k("Stanley Cup champion 2026?", "Rangers", "the Rangers win the 2026 Stanley Cup",
           "2026-06-25T15:00"), "a game is not the cup", "season vs game"),
    Pair(REL, SERIES,
         k("World Series champion 2027?", "Los Angeles Dodgers",
           "the Los Angeles Dodgers win the 2027 World Series", "2027-11-06T15:00"),
         "the next year", "same title, other year"),
    Pair(REL, SERIES,
         k("National League champion 2026?", "Los Angeles Dodgers",
           "the Los Angeles Dodgers win the 2026 National League pennant", "2026-10-28T15:00"),
         "the round before", "season vs game"),
    Pair(REL, SERIES,
         k("World Series champion 2026?", "Los Angeles Angels",
           "the Los Angeles Angels win the 2026 World Series", "2026-11-06T15:00"),
         "another team of the city", "other subject"),
    Pair(REL, DRIVER,
         k("Monaco Grand Prix winner 2026?", "Theo Lindqvist",
           "Theo Lindqvist wins the 2026 Monaco Grand Prix", "2026-06-08T15:00"),
         "one race is not the season", "season vs game"),
    Pair(REL, GRAMMY,
         k("Record of the Year at the 2027 Grammys?", "Low Tide",
           "Low Tide wins Record of the Year at the 2027 Grammy Awards", "2027-02-08T15:00"),
         "another award", "other scope"),
    Pair(REL, GRAMMY,
         k("Album of the Year nominees at the 2027 Grammys?", "Low Tide",
           "Low Tide is nominated for Album of the Year at the 2027 Grammy Awards",
           "2026-11-10T15:00"), "nominated is not won", "nominee vs winner"),
    Pair(REL, PHONE,
         k("Will Quanta announce a foldable phone before Apr 1, 2027?", "Before Apr 1, 2027",
           "Quanta announces a foldable phone before Apr 1, 2027", "2027-04-01T14:00"),
         "announced is not on sale", "announced vs effective"),
    Pair(SUB, IPO,
         k("When will Brightline IPO?", "Before Jul 1, 2027",
           "shares of Brightline begin trading on a public exchange before Jul 1, 2027",
           "2027-07-01T15:00"), "a later deadline", "other date"),
    Pair(REL, IPO,
         k("Will Brightline file for an IPO before Jan 1, 2027?", "Before Jan 1, 2027",
           "Brightline publicly files for an IPO before Jan 1, 2027", "2027-01-01T15:00"),
         "filing is not trading", "announced vs effective"),
    Pair(SUP, MIAMI,
         k("Highest temperature in Miami on May 4, 2026?", "87° to 88°",
           "the highest temperature at Miami International Airport on May 4, 2026 is between "
           "87-88°F by the National Weather Service", "2026-05-05T04:00"),
         "a bucket inside a tail", "bucket vs cumulative"),
    Pair(SUP, MIAMI,
         k("Highest temperature in Miami on May 4, 2026?", "Above 85°",
           "the highest temperature at Miami International Airport on May 4, 2026 is above 85°F by "
           "the National Weather Service", "2026-05-05T04:00"),
         "above 85 leaves 85 out", "above vs at least"),
    Pair(DIF, MIAMI,
         k("Highest temperature in Denver on May 4, 2026?", "85° or above",
           "the highest temperature at Denver International Airport on May 4, 2026 is 85°F or above "
           "by the National Weather Service", "2026-05-05T06:00"), "another city",
         "other subject"),
    Pair(DIF, IPO, k("Will Helios IPO before Jan 1, 2027?", "Before Jan 1, 2027",
                     "shares of Helios begin trading on a public exchange before Jan 1, 2027",
                     "2027-01-01T15:00"), "another company", "other subject"),
    Pair(DIF, SOL, k("Album of the Year at the 2027 Grammys?", "Low Tide",
                     "Low Tide wins Album of the Year at the 2027 Grammy Awards",
                     "2027-02-08T15:00"), "nothing in common"),
]  # fmt: skip
