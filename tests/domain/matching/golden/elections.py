"""Elections: nominee and winner, candidate and party, chamber, state, vote, edition."""

from __future__ import annotations

from polymarket_assets.domain.matching.market import MarketText
from tests.domain.matching.golden.shape import COM, DIF, EQ, REL, SUB, SUP, Pair, kalshi, poly

HARPER = poly(
    "Will Dana Harper win the 2028 US Presidential Election?",
    'This market will resolve to "Yes" if Dana Harper wins the 2028 US Presidential Election. '
    'Otherwise it will resolve to "No". It resolves when AP, Fox News and NBC call the race.',
    "2028-11-07",
)
HARPER_NOM = poly(
    "Will Dana Harper win the 2028 Democratic presidential nomination?",
    'This market resolves to "Yes" if Dana Harper wins and accepts the 2028 nomination of the '
    'Democratic Party for U.S. president. Otherwise "No".',
    "2028-08-30",
)
DEMS = poly(
    "Will the Democrats win the 2028 US Presidential Election?",
    'This market resolves to "Yes" if the nominee of the Democratic Party wins the 2028 US '
    'Presidential Election. Otherwise "No".',
    "2028-11-07",
)
OHIO = poly(
    "Will a Republican win the Ohio Senate race in 2026?",
    'This market will resolve to "Yes" if the candidate who wins the 2026 Ohio US Senate election '
    'is a Republican. Otherwise it will resolve to "No".',
    "2026-11-03",
)
OHIO_ALDEN = poly(
    "Will Mark Alden win the Ohio Senate race in 2026?",
    'This market will resolve to "Yes" if Mark Alden (R) wins the 2026 Ohio US Senate election. '
    'Otherwise it will resolve to "No".',
    "2026-11-03",
)
HOUSE = poly(
    "Will the Republicans keep the House after the 2026 midterm elections?",
    'This market resolves to "Yes" if the Republican Party wins control of the House of '
    'Representatives in the 2026 midterm elections. Otherwise "No".',
    "2026-11-03",
)
SEATS = poly(
    "Will Republicans hold 52 or more Senate seats after the 2026 midterms?",
    'This market resolves to "Yes" if Republicans hold at least 52 Senate seats as a result of the '
    '2026 midterm elections. Otherwise "No".',
    "2026-11-03",
)
PARIS = poly(
    "Will Claire Morel be the next mayor of Paris?",
    'This market resolves to "Yes" if Claire Morel becomes the next mayor of Paris following the '
    '2026 municipal elections. Otherwise "No".',
    "2026-03-31",
)
CHILE = poly(
    "Will Pablo Rivas win the first round of the 2029 Chile presidential election?",
    'This market resolves to "Yes" if Pablo Rivas receives the most votes in the first round of '
    'the 2029 Chile presidential election. Otherwise "No".',
    "2029-11-18",
)
VOTE = poly(
    "Will Dana Harper win the popular vote in the 2028 US Presidential Election?",
    'This market resolves to "Yes" if Dana Harper receives the most votes nationwide, the popular '
    'vote, in the 2028 US Presidential Election. Otherwise "No".',
    "2028-11-07",
)
TURNOUT = poly(
    "Turnout above 60% in the 2029 German federal election?",
    'This market resolves to "Yes" if turnout in the 2029 German federal election is greater than '
    '60% in the preliminary result. Otherwise "No".',
    "2029-09-30",
)
LABOUR = poly(
    "Will the Labour Party win the most seats in the next UK general election?",
    'This market resolves to "Yes" if the Labour Party wins the most seats in the House of Commons '
    'in the next UK general election. Otherwise "No".',
    "2029-08-15",
)


def k_pres(
    label: str, words: str, title: str = "Who will win the 2028 presidential election?"
) -> MarketText:
    return kalshi(
        title, label, f"If {words}, then the market resolves to Yes.", "2028-11-08T15:00",
        expected="2028-11-08T15:00",
    )  # fmt: skip


K_HARPER = k_pres("Dana Harper", "Dana Harper wins the 2028 U.S. presidential election")

PAIRS = [
    Pair(EQ, HARPER, K_HARPER, "same person, office and year"),
    Pair(EQ, HARPER_NOM,
         kalshi("Who will be the Democratic nominee for President in 2028?", "Dana Harper",
                "If Dana Harper wins the nomination of the Democratic Party for the 2028 U.S. "
                "presidential election, then the market resolves to Yes.", "2028-08-30T15:00"),
         "to win the nomination is to be the nominee"),
    Pair(EQ, DEMS,
         k_pres("Democratic party", "the nominee of the Democratic Party wins the 2028 U.S. "
                "presidential election", "Which party will win the 2028 presidential election?"),
         "party on both sides"),
    Pair(EQ, OHIO,
         kalshi("Ohio Senate winner? 2026 election", "Republican",
                "If the candidate who wins the 2026 Ohio U.S. Senate election is a Republican, "
                "then the market resolves to Yes.", "2026-11-04T15:00"),
         "same seat, party and year"),
    Pair(EQ, OHIO_ALDEN,
         kalshi("Who will win the 2026 Ohio Senate election?", "Mark Alden",
                "If Mark Alden wins the 2026 Ohio U.S. Senate election, then the market resolves "
                "to Yes.", "2026-11-04T15:00"),
         "candidate on both sides"),
    Pair(EQ, HOUSE,
         kalshi("Which party will win the House in the 2026 midterms?", "Republican Party",
                "If the Republican Party wins control of the House of Representatives in the 2026 "
                "midterm elections, then the market resolves to Yes.", "2026-11-04T15:00"),
         "who has it and wins it keeps it; the rules agree"),
    Pair(EQ, SEATS,
         kalshi("How many Senate seats will Republicans hold after the 2026 midterms?",
                "More than 51", "If Republicans hold more than 51 Senate seats as a result of the "
                "2026 midterm elections, then the market resolves to Yes.", "2026-11-04T15:00"),
         "seats are whole: more than 51 is 52 or more"),
    Pair(EQ, PARIS,
         kalshi("Who will be the next Mayor of Paris?", "Claire Morel",
                "If Claire Morel becomes the next Mayor of Paris following the 2026 municipal "
                "elections, then the market resolves to Yes.", "2026-04-01T15:00"),
         "same office and election"),
    Pair(EQ, CHILE,
         kalshi("Chile presidential election first round winner, 2029?", "Pablo Rivas",
                "If Pablo Rivas receives the most votes in the first round of the 2029 Chile "
                "presidential election, then the market resolves to Yes.", "2029-11-19T15:00"),
         "first round on both sides"),
    Pair(EQ, VOTE,
         k_pres("Dana Harper", "Dana Harper wins the popular vote in the 2028 U.S. presidential "
                "election", "Who will win the popular vote in the 2028 presidential election?"),
         "popular vote on both sides"),
    Pair(EQ, TURNOUT,
         kalshi("Turnout in the 2029 German federal election?", "Above 60%",
                "If turnout in the 2029 German federal election is above 60% in the preliminary "
                "result, then the market resolves to Yes.", "2029-10-01T15:00"),
         "same measure and level"),
    Pair(EQ, LABOUR,
         kalshi("Which party will win the most seats in the next UK general election?", "Labour",
                "If the Labour Party wins the most seats in the House of Commons in the next UK "
                "general election, then the market resolves to Yes.", "2029-08-16T15:00"),
         "a plurality on both sides"),
    Pair(REL, HARPER_NOM, K_HARPER, "a nominee may lose", "nominee vs winner"),
    Pair(REL, HARPER,
         kalshi("Who will be the Democratic nominee for President in 2028?", "Dana Harper",
                "If Dana Harper wins the nomination of the Democratic Party for the 2028 U.S. "
                "presidential election, then the market resolves to Yes.", "2028-08-30T15:00"),
         "the other way round", "nominee vs winner"),
    Pair(REL, DEMS, K_HARPER, "the party may win with somebody else", "candidate vs party"),
    Pair(REL, OHIO,
         kalshi("Who will win the 2026 Ohio Senate election?", "Mark Alden",
                "If Mark Alden wins the 2026 Ohio U.S. Senate election, then the market resolves "
                "to Yes.", "2026-11-04T15:00"),
         "a person against a party", "candidate vs party"),
    Pair(REL, HARPER,
         k_pres("Democratic party", "the nominee of the Democratic Party wins the 2028 U.S. "
                "presidential election", "Which party will win the 2028 presidential election?"),
         "a person against a party", "candidate vs party"),
    Pair(REL, HARPER,
         k_pres("Tom Weiss", "Tom Weiss wins the 2028 U.S. presidential election"),
         "another person in the same race", "other subject"),
    Pair(REL, HARPER,
         k_pres("Dana Harper", "Dana Harper wins the popular vote in the 2028 U.S. presidential "
                "election", "Who will win the popular vote in the 2028 presidential election?"),
         "the popular vote does not decide", "other measure"),
    Pair(REL, HARPER,
         kalshi("Who will win the 2032 presidential election?", "Dana Harper",
                "If Dana Harper wins the 2032 U.S. presidential election, then the market resolves "
                "to Yes.", "2032-11-03T15:00"),
         "four years later", "same title, other year"),
    Pair(REL, HARPER,
         kalshi("Who will be inaugurated as President in January 2029?", "Dana Harper",
                "If Dana Harper is inaugurated as U.S. president by January 20, 2029 after the "
                "2028 presidential election, then the market resolves to Yes.", "2029-01-21"),
         "between a called race and an inauguration much can happen", "announced vs effective"),
    Pair(REL, OHIO,
         kalshi("Ohio Governor winner? 2026 election", "Republican",
                "If the candidate who wins the 2026 Ohio gubernatorial election is a Republican, "
                "then the market resolves to Yes.", "2026-11-04T15:00"),
         "another office in the same state", "other scope"),
    Pair(REL, OHIO,
         kalshi("Iowa Senate winner? 2026 election", "Republican",
                "If the candidate who wins the 2026 Iowa U.S. Senate election is a Republican, "
                "then the market resolves to Yes.", "2026-11-04T15:00"),
         "another state", "other subject"),
    Pair(REL, OHIO,
         kalshi("Ohio Senate winner? 2026 election", "Democratic",
                "If the candidate who wins the 2026 Ohio U.S. Senate election is a Democrat, then "
                "the market resolves to Yes.", "2026-11-04T15:00"),
         "the other party; independents make it no complement", "polarity flip"),
    Pair(REL, OHIO_ALDEN,
         kalshi("Ohio Republican Senate primary winner, 2026?", "Mark Alden",
                "If Mark Alden wins the 2026 Ohio Republican primary for U.S. Senate, then the "
                "market resolves to Yes.", "2026-05-06T15:00"),
         "the primary before the election", "nominee vs winner"),
    Pair(REL, HOUSE,
         kalshi("Which party will win the Senate in the 2026 midterms?", "Republican Party",
                "If the Republican Party wins control of the Senate in the 2026 midterm "
                "elections, then the market resolves to Yes.", "2026-11-04T15:00"),
         "the other chamber", "other scope"),
    Pair(SUB, SEATS,
         kalshi("How many Senate seats will Republicans hold after the 2026 midterms?",
                "50 or more", "If Republicans hold 50 or more Senate seats as a result of the 2026 "
                "midterm elections, then the market resolves to Yes.", "2026-11-04T15:00"),
         "52 or more is 50 or more", "other threshold"),
    Pair(SUP, SEATS,
         kalshi("How many Senate seats will Republicans hold after the 2026 midterms?",
                "Exactly 53", "If Republicans hold exactly 53 Senate seats as a result of the 2026 "
                "midterm elections, then the market resolves to Yes.", "2026-11-04T15:00"),
         "a bucket inside a tail", "bucket vs cumulative"),
    Pair(COM, SEATS,
         kalshi("How many Senate seats will Republicans hold after the 2026 midterms?",
                "51 or fewer", "If Republicans hold 51 or fewer Senate seats as a result of the "
                "2026 midterm elections, then the market resolves to Yes.", "2026-11-04T15:00"),
         "whole seats: 52 or more and 51 or fewer exhaust them", "polarity flip"),
    Pair(REL, SEATS,
         kalshi("How many House seats will Republicans hold after the 2026 midterms?",
                "52 or more", "If Republicans hold 52 or more House seats as a result of the 2026 "
                "midterm elections, then the market resolves to Yes.", "2026-11-04T15:00"),
         "the other chamber", "other scope"),
    Pair(REL, CHILE,
         kalshi("Chile presidential election winner, 2029?", "Pablo Rivas",
                "If Pablo Rivas wins the 2029 Chile presidential election, then the market "
                "resolves to Yes.", "2029-12-17T15:00"),
         "most votes in the first round is not the presidency", "other scope"),
    Pair(SUP, LABOUR,
         kalshi("Will Labour win a majority in the next UK general election?", "Labour",
                "If the Labour Party wins a majority of seats in the House of Commons in the next "
                "UK general election, then the market resolves to Yes.", "2029-08-16T15:00"),
         "a majority is more than the most", "other measure"),
    Pair(REL, PARIS,
         kalshi("Who will be the next Mayor of Lyon?", "Claire Morel",
                "If Claire Morel becomes the next Mayor of Lyon following the 2026 municipal "
                "elections, then the market resolves to Yes.", "2026-04-01T15:00"),
         "another city", "other subject"),
    Pair(SUB, TURNOUT,
         kalshi("Turnout in the 2029 German federal election?", "Above 55%",
                "If turnout in the 2029 German federal election is above 55% in the preliminary "
                "result, then the market resolves to Yes.", "2029-10-01T15:00"),
         "above 60 is above 55", "other threshold"),
    Pair(DIF, PARIS, K_HARPER, "nothing in common"),
    Pair(DIF, OHIO,
         kalshi("Texas Governor winner? 2026 election", "Democratic",
                "If the candidate who wins the 2026 Texas gubernatorial election is a Democrat, "
                "then the market resolves to Yes.", "2026-11-04T15:00"),
         "another state, office and party"),
]  # fmt: skip
