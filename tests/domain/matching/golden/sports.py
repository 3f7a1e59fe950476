"""Games and seasons: overtime, postponement, season and game, side, totals, edition."""

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

HALF = "If the game is canceled it will resolve 50-50; if it is postponed the market stays open."
K_HALF = "If the game is cancelled the market settles 50-50; if postponed it stays open."
FAIR = "If the game is cancelled or postponed the market settles at the last traded price."
VOID = "If the game is cancelled or postponed all trades are void and refunded."


def p_game(
    title: str, winner: str, what: str, day: str, ends: str, *, tail: str = HALF, event: str = ""
) -> MarketText:
    return poly(
        title,
        f'This market will resolve to "{winner}" if {winner} win {what} scheduled for {day}, '
        f"overtime included. {tail}",
        ends,
        outcome=winner,
        event=event,
    )


def k_game(
    title: str, winner: str, what: str, day: str, expected: str, *, tail: str = K_HALF,
    ot: str = "including overtime",
) -> MarketText:  # fmt: skip
    return kalshi(
        title,
        winner,
        f"If {winner} wins {what} originally scheduled for {day} {ot}, then the market resolves to "
        f"Yes. {tail}",
        expected[:10] + "T23:00",
        expected=expected,
    )


LAKERS = p_game(
    "Lakers vs. Celtics", "Lakers", "the Lakers vs. Celtics NBA game", "January 15, 2026",
    "2026-01-16T01:00",
)  # fmt: skip
K_LAKERS = k_game(
    "Lakers vs Celtics Winner?", "Lakers", "the Lakers vs Celtics professional NBA game",
    "Jan 15, 2026", "2026-01-16T04:00",
)  # fmt: skip
CHIEFS = poly(
    "Will the Kansas City Chiefs win Super Bowl LXI?",
    'This market will resolve to "Yes" if the Kansas City Chiefs win Super Bowl LXI, the '
    'championship of the 2026-27 season. Otherwise it will resolve to "No".',
    "2027-02-14",
)
ARSENAL = poly(
    "Will Arsenal beat Chelsea on March 7?",
    'This market resolves to "Yes" if Arsenal win the Premier League game against Chelsea '
    "scheduled for March 7, 2026 after 90 minutes plus stoppage time. Otherwise it resolves to "
    '"No". '
    f"{HALF}",
    "2026-03-07T15:00",
)
CUP = poly(
    "Will Arsenal advance against Chelsea in the FA Cup final?",
    'This market resolves to "Yes" if Arsenal win the 2026 FA Cup final against Chelsea, extra '
    'time and penalties included. Otherwise it resolves to "No".',
    "2026-05-16T16:00",
)
TOTAL = poly(
    "Lakers vs. Celtics: O/U 220.5",
    'This market resolves to "Over" if the total points of the Lakers vs. Celtics NBA game '
    f"scheduled for January 15, 2026 are more than 220.5, overtime included. {HALF}",
    "2026-01-16T01:00",
    outcome="Over",
)
LEAGUE = poly(
    "Will Arsenal win the 2025-26 Premier League?",
    'This market resolves to "Yes" if Arsenal win the 2025-26 Premier League title. Otherwise '
    '"No".',
    "2026-05-24",
)
OPEN = poly(
    "Will Mira Novak win the 2026 US Open women's singles?",
    'This market resolves to "Yes" if Mira Novak wins the women\'s singles of the 2026 US Open. '
    'Otherwise "No".',
    "2026-09-12",
)
WINS = poly(
    "Will the Chicago Bears win 10 or more games in the 2026 regular season?",
    'This market resolves to "Yes" if the Chicago Bears win at least 10 games in the 2026 NFL '
    'regular season. Otherwise "No".',
    "2027-01-10",
)
MVP = poly(
    "Will Jalen Reed win the 2026-27 NBA MVP?",
    'This market resolves to "Yes" if Jalen Reed is named Most Valuable Player of the 2026-27 NBA '
    'season. Otherwise "No".',
    "2027-06-30",
)

PAIRS = [
    Pair(EQ, LAKERS, K_LAKERS, "same game, side, overtime and fallback"),
    Pair(EQ, CHIEFS,
         kalshi("Super Bowl LXI winner?", "Kansas City Chiefs",
                "If the Kansas City Chiefs win Super Bowl LXI, the championship of the 2026-27 "
                "season, then the market resolves to Yes.", "2027-02-15T15:00"),
         "same team and final"),
    Pair(EQ, ARSENAL,
         kalshi("Arsenal vs Chelsea Winner?", "Arsenal",
                "If Arsenal wins the Arsenal vs Chelsea Premier League game originally scheduled "
                "for Mar 7, 2026 after 90 minutes plus stoppage time (does not include extra time "
                f"or penalties), then the market resolves to Yes. {K_HALF}",
                "2026-03-21T15:00", expected="2026-03-07T17:00"),
         "ninety minutes on both sides"),
    Pair(EQ, CUP,
         kalshi("FA Cup final 2026: Arsenal vs Chelsea", "Arsenal",
                "If Arsenal wins the 2026 FA Cup final against Chelsea, including extra time and "
                "penalties, then the market resolves to Yes.", "2026-05-30T15:00",
                expected="2026-05-16T19:00"),
         "whoever wins after penalties, on both sides"),
    Pair(EQ, TOTAL,
         kalshi("Lakers vs Celtics: Total Points", "Over 220.5 points",
                "If the total points of the Lakers vs Celtics professional NBA game originally "
                "scheduled for Jan 15, 2026 are above 220.5 including overtime, then the market "
                f"resolves to Yes. {K_HALF}", "2026-01-29T15:00", expected="2026-01-16T04:00"),
         "same line"),
    Pair(EQ, LEAGUE,
         kalshi("Premier League champion 2025-26?", "Arsenal",
                "If Arsenal wins the 2025-26 Premier League, then the market resolves to Yes.",
                "2026-05-25T15:00"),
         "same season"),
    Pair(EQ, OPEN,
         kalshi("2026 US Open women's singles winner?", "Mira Novak",
                "If Mira Novak wins the women's singles of the 2026 US Open, then the market "
                "resolves to Yes.", "2026-09-13T15:00"),
         "same draw"),
    Pair(EQ, WINS,
         kalshi("Chicago Bears wins in the 2026 regular season?", "10 or more",
                "If the Chicago Bears win 10 or more games in the 2026 NFL regular season, then "
                "the market resolves to Yes.", "2027-01-11T15:00"),
         "same count"),
    Pair(EQ, WINS,
         kalshi("Chicago Bears wins in the 2026 regular season?", "Over 9.5 wins",
                "If the Chicago Bears win more than 9.5 games in the 2026 NFL regular season, then "
                "the market resolves to Yes.", "2027-01-11T15:00"),
         "games are whole: more than 9.5 is 10 or more"),
    Pair(EQ, MVP,
         kalshi("Who will be NBA MVP for 2026-27?", "Jalen Reed",
                "If Jalen Reed is named Most Valuable Player of the 2026-27 NBA season, then the "
                "market resolves to Yes.", "2027-07-01T15:00"),
         "same award and season"),
    Pair(REL, LAKERS,
         k_game("Lakers vs Celtics Winner?", "Celtics",
                "the Lakers vs Celtics professional NBA game", "Jan 15, 2026", "2026-01-16T04:00"),
         "the other team; a 50-50 settlement makes it no exact complement", "polarity flip"),
    Pair(SUP, LAKERS,
         k_game("Lakers vs Celtics Winner?", "Lakers",
                "the Lakers vs Celtics professional NBA game", "Jan 15, 2026", "2026-01-16T04:00",
                ot="in regulation (overtime not included)"),
         "a win in regulation is a win", "regulation vs incl. overtime"),
    Pair(REL, LAKERS,
         k_game("Lakers vs Celtics Winner?", "Lakers",
                "the Lakers vs Celtics professional NBA game", "Jan 15, 2026", "2026-01-16T04:00",
                tail=FAIR),
         "50-50 against the last price when cancelled", "postponed rules"),
    Pair(REL, LAKERS,
         k_game("Lakers vs Celtics Winner?", "Lakers",
                "the Lakers vs Celtics professional NBA game", "Jan 15, 2026", "2026-01-16T04:00",
                tail=VOID),
         "50-50 against void when cancelled", "postponed rules"),
    Pair(REL, LAKERS,
         k_game("Lakers vs Celtics Winner?", "Lakers",
                "the Lakers vs Celtics professional NBA game", "Jan 15, 2026", "2026-01-16T04:00",
                tail=""),
         "one side does not say what a cancelled game does", "postponed rules"),
    Pair(REL, LAKERS,
         k_game("Lakers vs Celtics Winner?", "Lakers",
                "the Lakers vs Celtics professional NBA game", "Jan 17, 2026", "2026-01-18T04:00"),
         "the return game two days later", "other date"),
    Pair(REL, LAKERS,
         k_game("Lakers at Celtics: 1st Half Winner?", "Lakers",
                "the first half of the Lakers vs Celtics professional NBA game", "Jan 15, 2026",
                "2026-01-16T02:00"),
         "half a game", "season vs game"),
    Pair(REL, LAKERS,
         kalshi("NBA champion 2025-26?", "Lakers",
                "If the Lakers win the 2025-26 NBA championship, then the market resolves to Yes.",
                "2026-06-22T15:00"),
         "a game is not the season", "season vs game"),
    Pair(SUP, LAKERS,
         kalshi("Lakers vs Celtics: Spread", "Lakers win by more than 5.5 points",
                "If the Lakers win the Lakers vs Celtics professional NBA game originally "
                "scheduled for Jan 15, 2026 by more than 5.5 points including overtime, then "
                f"the market resolves to Yes. {K_HALF}", "2026-01-29T15:00",
                expected="2026-01-16T04:00"),
         "winning by six is winning", "other threshold"),
    Pair(REL, ARSENAL,
         kalshi("Arsenal vs Chelsea Winner?", "Tie",
                "If Tie wins the Arsenal vs Chelsea Premier League game originally scheduled for "
                "Mar 7, 2026 after 90 minutes plus stoppage time (does not include extra time or "
                f"penalties), then the market resolves to Yes. {K_HALF}", "2026-03-21T15:00",
                expected="2026-03-07T17:00"),
         "three outcomes: a tie is no complement of a win", "polarity flip"),
    Pair(REL, ARSENAL,
         kalshi("Arsenal vs Chelsea Winner?", "Chelsea",
                "If Chelsea wins the Arsenal vs Chelsea Premier League game originally scheduled "
                "for Mar 7, 2026 after 90 minutes plus stoppage time (does not include extra time "
                f"or penalties), then the market resolves to Yes. {K_HALF}", "2026-03-21T15:00",
                expected="2026-03-07T17:00"),
         "the other side of a three-way market", "polarity flip"),
    Pair(REL, ARSENAL,
         kalshi("Premier League champion 2025-26?", "Arsenal",
                "If Arsenal wins the 2025-26 Premier League, then the market resolves to Yes.",
                "2026-05-25T15:00"),
         "a game is not the season", "season vs game"),
    Pair(SUP, CUP,
         kalshi("FA Cup final 2026: Arsenal vs Chelsea", "Arsenal",
                "If Arsenal wins the 2026 FA Cup final against Chelsea after 90 minutes plus "
                "stoppage time (does not include extra time or penalties), then the market "
                "resolves to Yes.", "2026-05-30T15:00", expected="2026-05-16T19:00"),
         "ninety minutes lie inside the whole match", "regulation vs incl. overtime"),
    Pair(COM, TOTAL,
         kalshi("Lakers vs Celtics: Total Points", "Under 220.5 points",
                "If the total points of the Lakers vs Celtics professional NBA game originally "
                "scheduled for Jan 15, 2026 are below 220.5 including overtime, then the market "
                f"resolves to Yes. {K_HALF}", "2026-01-29T15:00", expected="2026-01-16T04:00"),
         "points are whole: over and under a half line exhaust them", "polarity flip"),
    Pair(SUP, TOTAL,
         kalshi("Lakers vs Celtics: Total Points", "Over 225.5 points",
                "If the total points of the Lakers vs Celtics professional NBA game originally "
                "scheduled for Jan 15, 2026 are above 225.5 including overtime, then the market "
                f"resolves to Yes. {K_HALF}", "2026-01-29T15:00", expected="2026-01-16T04:00"),
         "another line", "other threshold"),
    Pair(REL, TOTAL,
         kalshi("Lakers vs Celtics: Team Points", "Lakers over 120.5 points",
                "If the points of the Lakers in the Lakers vs Celtics professional NBA game "
                "originally scheduled for Jan 15, 2026 are above 120.5 including overtime, then "
                f"the market resolves to Yes. {K_HALF}", "2026-01-29T15:00",
                expected="2026-01-16T04:00"),
         "one team's points", "other measure"),
    Pair(REL, LEAGUE,
         kalshi("Premier League champion 2026-27?", "Arsenal",
                "If Arsenal wins the 2026-27 Premier League, then the market resolves to Yes.",
                "2027-05-25T15:00"),
         "the next season", "same title, other year"),
    Pair(REL, LEAGUE,
         kalshi("Premier League top 4 2025-26?", "Arsenal",
                "If Arsenal finishes in the top 4 of the 2025-26 Premier League, then the market "
                "resolves to Yes.", "2026-05-25T15:00"),
         "fourth is not first", "other scope"),
    Pair(REL, LEAGUE,
         kalshi("Premier League champion 2025-26?", "Chelsea",
                "If Chelsea wins the 2025-26 Premier League, then the market resolves to Yes.",
                "2026-05-25T15:00"),
         "another team", "other subject"),
    Pair(REL, OPEN,
         kalshi("2026 US Open women's doubles winner?", "Mira Novak",
                "If Mira Novak wins the women's doubles of the 2026 US Open, then the market "
                "resolves to Yes.", "2026-09-13T15:00"),
         "another draw", "other scope"),
    Pair(REL, OPEN,
         kalshi("2027 US Open women's singles winner?", "Mira Novak",
                "If Mira Novak wins the women's singles of the 2027 US Open, then the market "
                "resolves to Yes.", "2027-09-13T15:00"),
         "a year later", "same title, other year"),
    Pair(REL, CHIEFS,
         kalshi("AFC champion 2026-27?", "Kansas City Chiefs",
                "If the Kansas City Chiefs win the AFC championship of the 2026-27 season, then "
                "the market resolves to Yes.", "2027-02-01T15:00"),
         "the conference before the final", "season vs game"),
    Pair(REL, CHIEFS,
         kalshi("Super Bowl LX winner?", "Kansas City Chiefs",
                "If the Kansas City Chiefs win Super Bowl LX, the championship of the 2025-26 "
                "season, then the market resolves to Yes.", "2026-02-09T15:00"),
         "the final before", "same title, other year"),
    Pair(SUB, WINS,
         kalshi("Chicago Bears wins in the 2026 regular season?", "9 or more",
                "If the Chicago Bears win 9 or more games in the 2026 NFL regular season, then the "
                "market resolves to Yes.", "2027-01-11T15:00"),
         "ten is nine or more", "other threshold"),
    Pair(REL, MVP,
         kalshi("Who will be NBA Finals MVP for 2026-27?", "Jalen Reed",
                "If Jalen Reed is named Finals Most Valuable Player of the 2026-27 NBA season, "
                "then the market resolves to Yes.", "2027-07-01T15:00"),
         "the finals' award is another", "season vs game"),
    Pair(DIF, LAKERS,
         k_game("Bulls vs Heat Winner?", "Bulls", "the Bulls vs Heat professional NBA game",
                "Jan 15, 2026", "2026-01-16T04:00"),
         "another game on the same day", "other subject"),
]  # fmt: skip
