"""Films, music, technology, counts of words and posts."""

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


def p(title: str, words: str, ends: str, outcome: str = "Yes", tail: str = "") -> MarketText:
    return poly(
        title,
        f'This market will resolve to "Yes" if {words}. Otherwise it will resolve to "No". {tail}',
        ends,
        outcome=outcome,
    )


def k(title: str, label: str, words: str, closes: str, siblings: int | None = None) -> MarketText:
    return kalshi(
        title, label, f"If {words}, then the market resolves to Yes.", closes, siblings=siblings
    )


OSCAR = p(
    "Will The Glass Harbor win Best Picture at the 2027 Oscars?",
    "The Glass Harbor wins Best Picture at the 99th Academy Awards (2027 Oscars)",
    "2027-03-14",
)
SCORE = p(
    "Will The Glass Harbor score at least 85 on Rotten Tomatoes?",
    "The Glass Harbor has a Rotten Tomatoes critics score of 85 or more on October 12, 2026 at "
    "10:00 AM ET",
    "2026-10-12",
)
OPENING = p(
    "Will The Glass Harbor gross more than $60M on its opening weekend?",
    "the domestic opening weekend gross of The Glass Harbor is greater than $60 million by Box "
    "Office Mojo",
    "2026-10-12",
)
GTA = p(
    "Will Star Voyager 6 be released by November 30?",
    "Star Voyager 6 is released for consoles by November 30, 2026, 11:59 PM ET",
    "2026-11-30",
)
MODEL = p(
    "Will OpenLab release Model 7 before 2027?",
    "OpenLab makes Model 7 available to the public before January 1, 2027, 12:00 AM ET",
    "2026-12-31",
)
ALBUM = p(
    "Will Nova Reyes' Tidal debut at #1 on the Billboard 200?",
    "Tidal by Nova Reyes debuts at #1 on the Billboard 200 chart dated October 24, 2026",
    "2026-10-20",
)
POSTS = p(
    "Will Max Orlov post 200-219 times on X from November 13 to November 20?",
    "Max Orlov posts between 200 and 219 times on X from November 13, 2026, 12:00 PM ET to "
    "November 20, 2026, 12:00 PM ET",
    "2026-11-20",
)
MERGER = p(
    "Will Helios acquire Brightline by December 31?",
    "Helios completes the acquisition of Brightline by December 31, 2026, 11:59 PM ET",
    "2026-12-31",
)
LEAD = p(
    "Which company has the best AI model at the end of November? OpenLab",
    "the model of OpenLab has the highest arena score on November 30, 2026 at 12:00 PM ET",
    "2026-11-30", "OpenLab",
)  # fmt: skip
K_SCORE_RULE = (
    "the Rotten Tomatoes critics score of The Glass Harbor on Oct 12, 2026 at 10 AM ET is"
)

PAIRS = [
    Pair(EQ, OSCAR,
         k("Best Picture winner at the 2027 Oscars?", "The Glass Harbor",
           "The Glass Harbor wins Best Picture at the 99th Academy Awards (2027 Oscars)",
           "2027-03-15T15:00"), "same award"),
    Pair(EQ, SCORE,
         k("The Glass Harbor Rotten Tomatoes score?", "85 or above",
           f"{K_SCORE_RULE} at or above 85", "2026-10-12T14:00"),
         "critics, level and moment agree"),
    Pair(EQ, SCORE,
         k("The Glass Harbor Rotten Tomatoes score?", "Above 84", f"{K_SCORE_RULE} above 84",
           "2026-10-12T14:00"), "the score is whole: above 84 is 85 or more"),
    Pair(EQ, OPENING,
         k("The Glass Harbor domestic opening weekend gross?", "Above $60 million",
           "the domestic opening weekend gross of The Glass Harbor is above $60 million by Box "
           "Office Mojo", "2026-10-13T15:00"), "same weekend, area and source"),
    Pair(EQ, GTA,
         k("Will Star Voyager 6 be released before Dec 1, 2026?", "Yes",
           "Star Voyager 6 is released for consoles before Dec 1, 2026", "2026-12-01T15:00"),
         "by November 30 = before December 1"),
    Pair(EQ, MODEL,
         k("Will OpenLab release Model 7 in time? Before Jan 1, 2027", "Before Jan 1, 2027",
           "OpenLab makes Model 7 available to the public before Jan 1, 2027",
           "2027-01-01T15:00"), "same deadline"),
    Pair(EQ, ALBUM,
         k("Will Nova Reyes' Tidal debut at #1?", "Tidal",
           "Tidal by Nova Reyes debuts at #1 on the Billboard 200 chart dated Oct 24, 2026",
           "2026-10-20T15:00"), "same chart"),
    Pair(EQ, POSTS,
         k("How many times will Max Orlov post on X from Nov 13 to Nov 20, 2026?", "200-219",
           "Max Orlov posts between 200 and 219 times on X from Nov 13, 2026, 12 PM ET to Nov 20, "
           "2026, 12 PM ET", "2026-11-20T17:00"), "same bucket and week"),
    Pair(EQ, MERGER,
         k("Will Helios acquire Brightline before Jan 1, 2027?", "Yes",
           "Helios completes the acquisition of Brightline before Jan 1, 2027",
           "2027-01-01T15:00"), "completed on both sides"),
    Pair(EQ, LEAD,
         k("Best AI model at the end of November 2026?", "OpenLab",
           "the model of OpenLab has the highest arena score on Nov 30, 2026 at 12 PM ET",
           "2026-11-30T17:00"), "same board and moment"),
    Pair(REL, OSCAR,
         k("Best Picture nominees at the 2027 Oscars?", "The Glass Harbor",
           "The Glass Harbor is nominated for Best Picture at the 99th Academy Awards (2027 "
           "Oscars)", "2027-01-22T15:00"), "nominated is not won", "nominee vs winner"),
    Pair(REL, OSCAR,
         k("Best Director winner at the 2027 Oscars?", "The Glass Harbor",
           "The Glass Harbor wins Best Director at the 99th Academy Awards (2027 Oscars)",
           "2027-03-15T15:00"), "another award", "other scope"),
    Pair(REL, OSCAR,
         k("Best Picture winner at the 2026 Oscars?", "The Glass Harbor",
           "The Glass Harbor wins Best Picture at the 98th Academy Awards (2026 Oscars)",
           "2026-03-16T15:00"), "the year before", "same title, other year"),
    Pair(REL, OSCAR,
         k("Best Picture winner at the 2027 Oscars?", "North of Winter",
           "North of Winter wins Best Picture at the 99th Academy Awards (2027 Oscars)",
           "2027-03-15T15:00"), "another film", "other subject"),
    Pair(REL, SCORE,
         k("The Glass Harbor Rotten Tomatoes audience score?", "85 or above",
           "the Rotten Tomatoes audience score of The Glass Harbor on Oct 12, 2026 at 10 AM ET is "
           "at or above 85", "2026-10-12T14:00"), "the audience's score", "other measure"),
    Pair(SUB, SCORE,
         k("The Glass Harbor Rotten Tomatoes score?", "80 or above",
           f"{K_SCORE_RULE} at or above 80", "2026-10-12T14:00"),
         "85 is 80 or more", "other threshold"),
    Pair(COM, SCORE,
         k("The Glass Harbor Rotten Tomatoes score?", "Below 85", f"{K_SCORE_RULE} below 85",
           "2026-10-12T14:00"), "the rest of the scale", "polarity flip"),
    Pair(SUP, SCORE,
         k("The Glass Harbor Rotten Tomatoes score?", "Above 85", f"{K_SCORE_RULE} above 85",
           "2026-10-12T14:00"), "above 85 leaves 85 out", "above vs at least"),
    Pair(REL, SCORE,
         k("The Glass Harbor Metacritic score?", "85 or above",
           "the Metacritic critics score of The Glass Harbor on Oct 12, 2026 at 10 AM ET is at or "
           "above 85", "2026-10-12T14:00"), "another site", "price source"),
    Pair(REL, OPENING,
         k("The Glass Harbor worldwide opening weekend gross?", "Above $60 million",
           "the worldwide opening weekend gross of The Glass Harbor is above $60 million by Box "
           "Office Mojo", "2026-10-13T15:00"), "the whole world", "other measure"),
    Pair(REL, OPENING,
         k("The Glass Harbor domestic opening weekend gross?", "Above $60 million",
           "the domestic opening weekend gross of The Glass Harbor is above $60 million by The "
           "Numbers", "2026-10-13T15:00"), "another counter", "price source"),
    Pair(SUB, OPENING,
         k("The Glass Harbor domestic opening weekend gross?", "$60 million or above",
           "the domestic opening weekend gross of The Glass Harbor is at or above $60 million by "
           "Box Office Mojo", "2026-10-13T15:00"), "strict inside not strict",
         "above vs at least"),
    Pair(REL, GTA,
         k("Will a release date of Star Voyager 6 be announced before Dec 1, 2026?", "Yes",
           "a release date of Star Voyager 6 for consoles is announced before Dec 1, 2026",
           "2026-12-01T15:00"), "a date announced is no release", "announced vs effective"),
    Pair(SUP, GTA,
         k("Will Star Voyager 6 be released on Nov 19, 2026?", "Yes",
           "Star Voyager 6 is released for consoles on November 19, 2026", "2026-11-20T15:00"),
         "on the day lies inside by the later day", "by vs on"),
    Pair(SUB, MODEL,
         k("Will OpenLab release Model 7 before Jul 1, 2027?", "Before Jul 1, 2027",
           "OpenLab makes Model 7 available to the public before Jul 1, 2027",
           "2027-07-01T15:00"), "a later deadline", "other date"),
    Pair(REL, MODEL,
         k("Will OpenLab release Model 8 before Jan 1, 2027?", "Before Jan 1, 2027",
           "OpenLab makes Model 8 available to the public before Jan 1, 2027",
           "2027-01-01T15:00"), "another model", "other subject"),
    Pair(REL, ALBUM,
         k("Will Nova Reyes' Tidal debut at #1?", "Tidal",
           "Tidal by Nova Reyes debuts at #1 on the Billboard Artist 100 chart dated Oct 24, 2026",
           "2026-10-20T15:00"), "another chart", "other scope"),
    Pair(SUB, POSTS,
         k("How many times will Max Orlov post on X from Nov 13 to Nov 20, 2026?", "200 or more",
           "Max Orlov posts 200 or more times on X from Nov 13, 2026, 12 PM ET to Nov 20, 2026, "
           "12 PM ET", "2026-11-20T17:00"), "a bucket inside a tail", "bucket vs cumulative"),
    Pair(REL, POSTS,
         k("How many times will Max Orlov post on X from Nov 13 to Nov 20, 2026?", "220-239",
           "Max Orlov posts between 220 and 239 times on X from Nov 13, 2026, 12 PM ET to Nov 20, "
           "2026, 12 PM ET", "2026-11-20T17:00"), "the next bucket", "bucket vs cumulative"),
    Pair(REL, POSTS,
         k("How many times will Max Orlov post on X from Nov 6 to Nov 13, 2026?", "200-219",
           "Max Orlov posts between 200 and 219 times on X from Nov 6, 2026, 12 PM ET to Nov 13, "
           "2026, 12 PM ET", "2026-11-13T17:00"), "the week before", "other date"),
    Pair(REL, MERGER,
         k("Will Helios announce the acquisition of Brightline before Jan 1, 2027?", "Yes",
           "Helios announces the acquisition of Brightline before Jan 1, 2027",
           "2027-01-01T15:00"), "announced is not completed", "announced vs effective"),
    Pair(REL, MERGER,
         k("Will Brightline acquire Helios before Jan 1, 2027?", "Yes",
           "Brightline completes the acquisition of Helios before Jan 1, 2027",
           "2027-01-01T15:00"), "the other way round", "other subject"),
    Pair(REL, LEAD,
         k("Best AI model at the end of November 2026?", "Deepforge",
           "the model of Deepforge has the highest arena score on Nov 30, 2026 at 12 PM ET",
           "2026-11-30T17:00"), "another company", "other subject"),
    Pair(REL, LEAD,
         k("Best AI model at the end of December 2026?", "OpenLab",
           "the model of OpenLab has the highest arena score on Dec 31, 2026 at 12 PM ET",
           "2026-12-31T17:00"), "a month later", "other date"),
    Pair(REL, poly("Who will host the 2027 Oscars?", 'This market resolves to "Other" if somebody '
                   "not listed is the host of the 99th Academy Awards.", "2027-03-14",
                   outcome="Other", siblings=6),
         k("Who will host the 2027 Oscars?", "Other",
           "somebody not listed is the host of the 99th Academy Awards", "2027-03-15T15:00",
           siblings=11), "the others of a shorter list are more", "market count"),
    Pair(DIF, MODEL, k("Will Star Voyager 6 be released before Dec 1, 2026?", "Yes",
                       "Star Voyager 6 is released for consoles before Dec 1, 2026",
                       "2026-12-01T15:00"), "a game is no language model"),
    Pair(DIF, POSTS,
         k("How many times will Ida Brandt post on X from Nov 13 to Nov 20, 2026?", "200-219",
           "Ida Brandt posts between 200 and 219 times on X from Nov 13, 2026, 12 PM ET to Nov 20, "
           "2026, 12 PM ET", "2026-11-20T17:00"), "another person", "other subject"),
    Pair(DIF, SCORE,
         k("North of Winter Rotten Tomatoes score?", "85 or above",
           "the Rotten Tomatoes critics score of North of Winter on Oct 12, 2026 at 10 AM ET is at "
           "or above 85", "2026-10-12T14:00"), "another film", "other subject"),
]  # fmt: skip
