"""The parts of Gamma's objects that never change: names, ids, rules, fee terms, planned times.

Belongs here: fields known when an event is listed. What moves with the clock is in `gamma_shapes`.
"""

from __future__ import annotations

from typing import Any

import orjson

from polymarket_assets.simulator.listing import ListedEvent, ListedMarket
from polymarket_assets.simulator.plans import CATEGORIES, EventPlan
from polymarket_assets.simulator.spelling import iso_day, number, rfc3339, spaced

IMAGES = "https://polymarket-upload.s3.us-east-2.amazonaws.com/"
UMA_RESOLVER = "0x65070be91477460d8a7aeeb94ef92fe056c2f2a7"

Json = dict[str, Any]


def tags(plan: EventPlan) -> list[Json]:
    """The tag objects of an event."""
    return [
        {
            "id": str(identifier),
            "label": label,
            "slug": slug,
            "forceShow": identifier % 2 == 0,
            "publishedAt": spaced(1_698_000_000 + identifier),
            "createdAt": rfc3339(1_698_000_000 + identifier, identifier),
            "updatedAt": rfc3339(1_770_000_000 + identifier, identifier),
            "requiresTranslation": False,
        }
        for identifier, label, slug in plan.tags
    ]


def _list_text(items: tuple[str, ...]) -> str:
    return "[" + ", ".join(orjson.dumps(item).decode() for item in items) + "]"


def _neg_risk_id(plan: EventPlan, market: ListedMarket) -> str:
    return market.question_id[:-2] + "00" if plan.neg_risk else ""


def fixed_market(market: ListedMarket, plan: EventPlan) -> Json:
    """What a market object says from its creation on."""
    category, own = CATEGORIES[plan.category], market.plan
    created = market.created_s
    body: Json = {
        "id": market.id,
        "question": own.question,
        "conditionId": market.condition_id,
        "slug": own.slug,
        "resolutionSource": "",
        "endDate": rfc3339(plan.ends_s),
        "startDate": rfc3339(market.opens_s, int(market.id) % 1_000 * 1_000),
        "image": f"{IMAGES}{plan.slug}.jpg",
        "icon": f"{IMAGES}{plan.slug}.jpg",
        "description": plan.rules,
        "outcomes": _list_text(own.outcomes),
        "marketMakerAddress": "",
        "createdAt": rfc3339(created, int(market.id)),
        "new": False,
        "featured": False,
        "archived": False,
        "restricted": True,
        "resolvedBy": UMA_RESOLVER,
        "groupItemTitle": own.group_title,
        "groupItemThreshold": str(plan.markets.index(own)),
        "questionID": market.question_id,
        "enableOrderBook": True,
        "orderPriceMinTickSize": number(own.tick_micro),
        "orderMinSize": 5,
        "endDateIso": iso_day(plan.ends_s),
        "startDateIso": iso_day(market.opens_s),
        "hasReviewedDates": True,
        "clobTokenIds": _list_text(market.tokens),
        "positionIds": list(market.tokens),
        "umaBond": "500",
        "umaReward": "5",
        "makerBaseFee": 1000,
        "takerBaseFee": 1000,
        "customLiveness": 0,
        "negRisk": plan.neg_risk,
        "negRiskRequestID": market.question_id if plan.neg_risk else "",
        "ready": False,
        "funded": False,
        "cyom": False,
        "approved": True,
        "rewardsMinSize": 50,
        "rewardsMaxSpread": 3.5,
        "automaticallyActive": True,
        "clearBookOnStart": True,
        "manualActivation": False,
        "negRiskOther": own.other,
        "pendingDeployment": False,
        "deploying": False,
        "rfqEnabled": False,
        "feesEnabled": category.fee_type is not None,
        "feeType": category.fee_type,
        "version": "v1",
    }
    if plan.neg_risk:
        body["negRiskMarketID"] = _neg_risk_id(plan, market)
    if category.fee_type is not None:
        body["feeSchedule"] = {
            "exponent": 1,
            "rate": category.fee_rate_e4 / 10_000,
            "takerOnly": True,
            "rebateRate": category.rebate_rate,
        }
    if plan.game_starts_s:
        body |= {
            "gameStartTime": spaced(plan.game_starts_s),
            "gameId": str(plan.game_starts_s // 60),
            "secondsDelay": 3,
        }
    if own.kind:
        body["sportsMarketType"] = own.kind
    return body


def fixed_event(event: ListedEvent) -> Json:
    """What an event object says from its creation on."""
    plan = event.plan
    created = rfc3339(plan.created_s, int(event.id))
    body: Json = {
        "id": event.id,
        "ticker": plan.slug,
        "slug": plan.slug,
        "title": plan.title,
        "description": plan.rules,
        "resolutionSource": "",
        "startDate": created,
        "creationDate": created,
        "endDate": rfc3339(plan.ends_s),
        "image": f"{IMAGES}{plan.slug}.jpg",
        "icon": f"{IMAGES}{plan.slug}.jpg",
        "archived": False,
        "new": False,
        "featured": False,
        "restricted": True,
        "createdAt": created,
        "enableOrderBook": True,
        "negRisk": plan.neg_risk,
        "enableNegRisk": plan.neg_risk,
        "negRiskAugmented": plan.augmented,
        "commentCount": 0,
        "cyom": False,
        "showAllOutcomes": True,
        "showMarketImages": True,
        "automaticallyActive": True,
        "cumulativeMarkets": False,
        "pendingDeployment": False,
        "deploying": False,
        "version": "v1",
    }
    if plan.game_starts_s:
        body |= {
            "gameId": plan.game_starts_s // 60,
            "startTime": rfc3339(plan.game_starts_s),
            "eventDate": iso_day(plan.game_starts_s),
        }
    if plan.series:
        body["seriesSlug"] = plan.series
        body["series"] = [
            {
                "id": str(10_000 + sum(plan.series.encode())),
                "ticker": plan.series,
                "slug": plan.series,
                "title": plan.series,
                "seriesType": "single",
                "recurrence": "daily",
                "active": True,
                "closed": False,
            }
        ]
    return body
