"""Events with a deadline: leaving office, laws, shutdowns, strikes, deals, appointments."""

from __future__ import annotations

from polymarket_assets.domain.matching.market import MarketText
from tests.domain.matching.golden.shape import COM, DIF, EQ, REL, SUB, SUP, Pair, kalshi, poly

PRESS = "The source is a consensus of credible reporting."


def p_out(how: str, title: str, until: str = "December 31, 2026, 11:59 PM ET") -> MarketText:
    return poly(
        title,
        f'This market will resolve to "Yes" if Viktor Lange {how} by {until}. Otherwise it will '
        f'resolve to "No". {PRESS}',
        "2026-12-31",
    )


def k_out(
    how: str, title: str = "Will Viktor Lange leave Prime Minister of Ostland before Jan 1, 2027?"
) -> MarketText:
    return kalshi(
        title, "Viktor Lange", f"If Viktor Lange {how} before Jan 1, 2027, then the market "
        "resolves to Yes.", "2027-01-01T15:00", event="World leaders out?",
    )  # fmt: skip


OUT = p_out(
    "ceases to be Prime Minister of Ostland for any reason",
    "Viktor Lange out as Prime Minister of Ostland by December 31?",
)
K_OUT = k_out("leaves office as Prime Minister of Ostland for any reason")
ANNOUNCED = p_out(
    "announces that he will resign as Prime Minister of Ostland",
    "Will Viktor Lange announce his resignation as Prime Minister of Ostland by December 31?",
)
LAW = poly(
    "Will the Clean Water Act 2.0 be signed into law by June 30?",
    'This market resolves to "Yes" if the Clean Water Act 2.0 is signed into law by June 30, 2026, '
    f'11:59 PM ET. Otherwise it resolves to "No". {PRESS}',
    "2026-06-30",
)
SHUTDOWN = poly(
    "US government shutdown by November 22?",
    'This market will resolve to "Yes" if the Office of Personnel Management announces a federal '
    "government shutdown due to a lapse in appropriations by November 22, 2026, 11:59 PM ET. "
    'Otherwise it will resolve to "No". The source is the OPM operating status page.',
    "2026-11-22",
)
STRIKE = poly(
    "Will Ostland strike Westland by March 31?",
    'This market resolves to "Yes" if the military of Ostland carries out a drone, missile or air '
    'strike on the soil of Westland by March 31, 2026, 11:59 PM ET. Otherwise it resolves to "No". '
    f"{PRESS}",
    "2026-03-31",
)
TRUCE = poly(
    "Ostland x Westland ceasefire in 2026?",
    'This market resolves to "Yes" if Ostland and Westland officially agree to a ceasefire between '
    'January 1, 2026, 12:00 AM ET and December 31, 2026, 11:59 PM ET. Otherwise "No". '
    f"{PRESS}",
    "2026-12-31",
)
VISIT = poly(
    "Will Ana Petrov visit Westland before July?",
    'This market resolves to "Yes" if Ana Petrov is physically present in Westland before July 1, '
    f'2026, 12:00 AM ET. Otherwise it resolves to "No". {PRESS}',
    "2026-06-30",
)
JUDGE = poly(
    "Will Ruth Calder be confirmed to the Supreme Court by September 30?",
    'This market resolves to "Yes" if the Senate confirms Ruth Calder to the Supreme Court by '
    'September 30, 2026, 11:59 PM ET. Otherwise it resolves to "No".',
    "2026-09-30",
)
TARIFF = poly(
    "Will the US impose tariffs on Ostland by May 1?",
    'This market resolves to "Yes" if tariffs of the United States on imports from Ostland are in '
    f'effect by May 1, 2026, 11:59 PM ET. Otherwise it resolves to "No". {PRESS}',
    "2026-05-01",
)
INDICT = poly(
    "Will Leo Marsh be indicted in 2026?",
    'This market resolves to "Yes" if Leo Marsh is indicted by a grand jury between January 1, '
    f'2026 and December 31, 2026, 11:59 PM ET. Otherwise it resolves to "No". {PRESS}',
    "2026-12-31",
)
MEET = poly(
    "Will Petrov and Lange meet in person in August?",
    'This market resolves to "Yes" if Ana Petrov and Viktor Lange meet in person between August 1, '
    f'2026, 12:00 AM ET and August 31, 2026, 11:59 PM ET. Otherwise it resolves to "No". {PRESS}',
    "2026-08-31",
)


def k_yes(title: str, words: str, closes: str, label: str = "Yes") -> MarketText:
    return kalshi(title, label, f"If {words}, then the market resolves to Yes.", closes)


K_LAW = k_yes(
    "Will the Clean Water Act 2.0 become law before Jul 1, 2026?",
    "the Clean Water Act 2.0 is signed into law before Jul 1, 2026", "2026-07-01T14:00",
)  # fmt: skip
K_STRIKE = k_yes(
    "Will Ostland strike Westland before Apr 1, 2026?",
    "the military of Ostland conducts a drone, missile or air strike on the soil of Westland "
    "before Apr 1, 2026", "2026-04-01T14:00",
)  # fmt: skip
K_TRUCE = k_yes(
    "Ostland and Westland ceasefire in 2026?",
    "Ostland and Westland officially agree to a ceasefire between Jan 1, 2026 and Dec 31, 2026",
    "2027-01-01T15:00",
)
K_JUDGE = k_yes(
    "Will the Senate confirm Ruth Calder to the Supreme Court before Oct 1, 2026?",
    "the Senate confirms Ruth Calder to the Supreme Court before Oct 1, 2026", "2026-10-01T14:00",
)  # fmt: skip

PAIRS = [
    Pair(EQ, OUT, K_OUT, "ceases to be = leaves office; by December 31 = before January 1"),
    Pair(EQ, LAW, K_LAW, "signed into law on both sides"),
    Pair(EQ, STRIKE, K_STRIKE, "who strikes whom, by when: all equal"),
    Pair(EQ, TRUCE, K_TRUCE, "both begin and end with 2026"),
    Pair(EQ, VISIT,
         k_yes("Who will visit Westland before July?",
               "Ana Petrov is physically present in Westland before Jul 1, 2026",
               "2026-07-01T14:00", "Ana Petrov"),
         "same person, place and deadline"),
    Pair(EQ, JUDGE, K_JUDGE, "confirmed by the Senate on both sides"),
    Pair(EQ, TARIFF,
         k_yes("Will US tariffs on Ostland be in effect before May 2, 2026?",
               "tariffs of the United States on imports from Ostland are in effect before May 2, "
               "2026", "2026-05-02T14:00"),
         "in effect on both sides; by May 1 = before May 2"),
    Pair(EQ, INDICT,
         k_yes("Who will be indicted in 2026?",
               "Leo Marsh is indicted by a grand jury between Jan 1, 2026 and Dec 31, 2026",
               "2027-01-01T15:00", "Leo Marsh"),
         "same act and year"),
    Pair(EQ, MEET,
         k_yes("Will Ana Petrov meet Viktor Lange in person in Aug 2026?",
               "Ana Petrov and Viktor Lange meet in person between Aug 1, 2026 and Aug 31, 2026",
               "2026-09-01T14:00"),
         "a meeting has no direction"),
    Pair(EQ, poly("Will Westland join NATO before 2027?",
                  'This market resolves to "Yes" if Westland becomes a member of NATO before '
                  'January 1, 2027, 12:00 AM ET. Otherwise it resolves to "No".', "2026-12-31"),
         k_yes("Will Westland join NATO by Dec 31, 2026?",
               "Westland becomes a member of NATO by December 31, 2026", "2027-01-01T15:00"),
         "before 2027 = by the end of 2026"),
    Pair(COM, OUT,
         k_yes("Will Viktor Lange remain Prime Minister of Ostland through December 31, 2026?",
               "Viktor Lange remains Prime Minister of Ostland through December 31, 2026",
               "2027-01-01T15:00", "Viktor Lange"),
         "to remain is not to leave", "polarity flip"),
    Pair(COM, LAW,
         k_yes("Will the Clean Water Act 2.0 fail to become law before Jul 1, 2026?",
               "the Clean Water Act 2.0 is not signed into law before Jul 1, 2026",
               "2026-07-01T14:00"),
         "the same event denied", "polarity flip"),
    Pair(COM, JUDGE,
         k_yes("Will the Senate confirm Ruth Calder to the Supreme Court before Oct 1, 2026?",
               "the Senate does not confirm Ruth Calder to the Supreme Court before Oct 1, 2026",
               "2026-10-01T14:00", "No"),
         "the market is labelled No and its rules say not", "polarity flip"),
    Pair(REL, OUT, k_out("announces that he will resign as Prime Minister of Ostland"),
         "an announcement may be for next year", "announced vs effective"),
    Pair(REL, ANNOUNCED, K_OUT, "the other way round", "announced vs effective"),
    Pair(SUB, OUT,
         k_out("announces that he will leave or has actually left office as Prime Minister of "
               "Ostland for any reason"),
         "leaving is one of the two ways", "announced vs effective"),
    Pair(SUP, OUT, k_out("resigns as Prime Minister of Ostland",
                         "Will Viktor Lange resign as Prime Minister of Ostland before Jan 1, "
                         "2027?"),
         "who resigns ceases to be it, whoever ceases need not resign", "announced vs effective"),
    Pair(SUB, p_out("ceases to be Prime Minister of Ostland for any reason",
                    "Viktor Lange out as Prime Minister of Ostland by June 30?",
                    "June 30, 2026, 11:59 PM ET"), K_OUT,
         "an earlier deadline", "other date"),
    Pair(REL, OUT,
         k_out("leaves office as leader of the Ostland Green Party for any reason",
               "Will Viktor Lange leave leader of the Ostland Green Party before Jan 1, 2027?"),
         "another office", "other scope"),
    Pair(REL, LAW,
         k_yes("Will the Clean Water Act 2.0 pass the House before Jul 1, 2026?",
               "the House of Representatives passes the Clean Water Act 2.0 before Jul 1, 2026",
               "2026-07-01T14:00"),
         "passed is not signed", "announced vs effective"),
    Pair(SUP, LAW,
         k_yes("Will the Clean Water Act 2.0 become law on Jun 30, 2026?",
               "the Clean Water Act 2.0 is signed into law on June 30, 2026", "2026-07-01T14:00"),
         "on the day lies inside by the day", "by vs on"),
    Pair(REL, SHUTDOWN,
         k_yes("Will the government shut down before Nov 23, 2026?",
               "there is a lapse in appropriations of the federal government, a government "
               "shutdown, before Nov 23, 2026, whether or not agencies are told to close",
               "2026-11-23T15:00"),
         "a funding lapse over a weekend brings no OPM notice", "OPM notice vs funding lapse"),
    Pair(REL, STRIKE,
         k_yes("Will Westland strike Ostland before Apr 1, 2026?",
               "the military of Westland conducts a drone, missile or air strike on the soil of "
               "Ostland before Apr 1, 2026", "2026-04-01T14:00"),
         "the other direction", "other subject"),
    Pair(REL, STRIKE,
         k_yes("Will Ostland invade Westland before Apr 1, 2026?",
               "the military of Ostland begins a ground offensive to control soil of Westland "
               "before Apr 1, 2026", "2026-04-01T14:00"),
         "an invasion is another act", "other predicate"),
    Pair(SUB, TRUCE,
         k_yes("Ostland and Westland ceasefire before 2027?",
               "Ostland and Westland officially agree to a ceasefire before Jan 1, 2027",
               "2027-01-01T15:00"),
         "a truce of 2025 counts on one side only", "in 2026 vs before 2027"),
    Pair(REL, TRUCE,
         k_yes("Ostland and Westland ceasefire in 2027?",
               "Ostland and Westland officially agree to a ceasefire between Jan 1, 2027 and Dec "
               "31, 2027", "2028-01-01T15:00"),
         "the next year", "same title, other year"),
    Pair(REL, TRUCE,
         k_yes("Ostland and Westland peace treaty in 2026?",
               "Ostland and Westland sign a peace treaty between Jan 1, 2026 and Dec 31, 2026",
               "2027-01-01T15:00"),
         "a treaty is more than a truce", "other predicate"),
    Pair(SUP, VISIT,
         k_yes("Who will visit Westland in June 2026?",
               "Ana Petrov is physically present in Westland between Jun 1, 2026 and Jun 30, 2026",
               "2026-07-01T14:00", "Ana Petrov"),
         "June lies inside before July", "by vs on"),
    Pair(REL, VISIT,
         k_yes("Who will visit Westland before July?",
               "Viktor Lange is physically present in Westland before Jul 1, 2026",
               "2026-07-01T14:00", "Viktor Lange"),
         "another person", "other subject"),
    Pair(REL, VISIT,
         k_yes("Who will visit Ostland before July?",
               "Ana Petrov is physically present in Ostland before Jul 1, 2026",
               "2026-07-01T14:00", "Ana Petrov"),
         "another country", "other subject"),
    Pair(REL, JUDGE,
         k_yes("Will Ruth Calder be nominated to the Supreme Court before Oct 1, 2026?",
               "the President nominates Ruth Calder to the Supreme Court before Oct 1, 2026",
               "2026-10-01T14:00"),
         "nominated is not confirmed", "nominee vs winner"),
    Pair(SUP, JUDGE,
         k_yes("Will the Senate confirm Ruth Calder to the Supreme Court before Sep 30, 2026?",
               "the Senate confirms Ruth Calder to the Supreme Court before Sep 30, 2026",
               "2026-09-30T14:00"),
         "before the 30th leaves the 30th out", "by vs before"),
    Pair(REL, TARIFF,
         k_yes("Will the US announce tariffs on Ostland before May 2, 2026?",
               "tariffs of the United States on imports from Ostland are announced before May 2, "
               "2026", "2026-05-02T14:00"),
         "announced tariffs may never come into effect", "announced vs effective"),
    Pair(REL, INDICT,
         k_yes("Who will be convicted in 2026?",
               "Leo Marsh is convicted by a jury between Jan 1, 2026 and Dec 31, 2026",
               "2027-01-01T15:00", "Leo Marsh"),
         "charged is not found guilty", "other predicate"),
    Pair(REL, INDICT,
         k_yes("Who will be indicted in 2027?",
               "Leo Marsh is indicted by a grand jury between Jan 1, 2027 and Dec 31, 2027",
               "2028-01-01T15:00", "Leo Marsh"),
         "the same title a year later", "same title, other year"),
    Pair(REL, MEET,
         k_yes("Will Ana Petrov speak with Viktor Lange by phone in Aug 2026?",
               "Ana Petrov and Viktor Lange speak by phone between Aug 1, 2026 and Aug 31, 2026",
               "2026-09-01T14:00"),
         "a call is no meeting in person", "other predicate"),
    Pair(SUP, STRIKE,
         k_yes("Will Ostland strike Westland by Mar 31, 2026 UTC?",
               "the military of Ostland conducts a drone, missile or air strike on the soil of "
               "Westland by March 31, 2026, 11:59 PM UTC", "2026-04-01T00:00"),
         "the day ends earlier in UTC", "ET vs UTC midnight"),
    Pair(DIF, LAW, K_JUDGE, "nothing in common"),
    Pair(DIF, STRIKE,
         k_yes("Will Norland strike Sudland before Apr 1, 2026?",
               "the military of Norland conducts a drone, missile or air strike on the soil of "
               "Sudland before Apr 1, 2026", "2026-04-01T14:00"),
         "other countries in the same words", "other subject"),
]  # fmt: skip
