{# A venue's text as a number with six decimals; null when it is none. #}
{% macro decimal_of(text) -%}
    try_cast({{ text }} as decimal(18, 6))
{%- endmacro %}

{# A venue's text as a timestamptz; null when it can not be read. The spellings are RFC 3339 with any
   fraction, "2026-06-04 00:34:19+00" and a bare date or time, which is taken as UTC. #}
{% macro timestamp_of(text) -%}
    case
        when regexp_matches({{ text }}, '[0-9]:[0-9]{2}.*(Z|[+-][0-9]{2}:?([0-9]{2})?)$')
            then try_cast({{ text }} as timestamptz)
        else try_cast({{ text }} as timestamp) at time zone 'UTC'
    end
{%- endmacro %}

{# A JSON array of texts, given as an array or as text that holds one; null when it is neither. #}
{% macro list_of(text) -%}
    try(from_json({{ text }}, '["VARCHAR"]'))
{%- endmacro %}

{# The fields of Gamma's objects that the warehouse reads, by their own names; numbers as text, so that
   they reach DECIMAL without passing through a float. #}
{% macro gamma_event_shape() -%}
    '{
        "slug": "VARCHAR", "title": "VARCHAR", "category": "VARCHAR", "tags": [{"slug": "VARCHAR"}],
        "active": "BOOLEAN", "closed": "BOOLEAN",
        "negRisk": "BOOLEAN", "enableNegRisk": "BOOLEAN", "negRiskAugmented": "BOOLEAN",
        "negRiskMarketID": "VARCHAR", "marketIds": ["VARCHAR"], "seriesSlug": "VARCHAR",
        "createdAt": "VARCHAR", "startDate": "VARCHAR", "endDate": "VARCHAR", "closedTime": "VARCHAR",
        "volume": "VARCHAR", "liquidity": "VARCHAR", "openInterest": "VARCHAR", "competitive": "VARCHAR"
    }'
{%- endmacro %}

{% macro gamma_market_shape() -%}
    '{
        "eventIds": ["VARCHAR"], "question": "VARCHAR", "slug": "VARCHAR", "description": "VARCHAR",
        "resolutionSource": "VARCHAR", "category": "VARCHAR", "marketMakerAddress": "VARCHAR",
        "outcomes": "VARCHAR", "outcomePrices": "VARCHAR", "clobTokenIds": "VARCHAR",
        "active": "BOOLEAN", "closed": "BOOLEAN", "acceptingOrders": "BOOLEAN",
        "enableOrderBook": "BOOLEAN", "negRisk": "BOOLEAN", "negRiskOther": "BOOLEAN",
        "negRiskMarketID": "VARCHAR", "umaResolutionStatus": "VARCHAR",
        "orderPriceMinTickSize": "VARCHAR", "orderMinSize": "VARCHAR",
        "feesEnabled": "BOOLEAN", "feeType": "VARCHAR",
        "feeSchedule": {"rate": "VARCHAR", "exponent": "VARCHAR"},
        "createdAt": "VARCHAR", "startDate": "VARCHAR", "endDate": "VARCHAR", "closedTime": "VARCHAR",
        "updatedAt": "VARCHAR", "gameStartTime": "VARCHAR",
        "volume": "VARCHAR", "volumeNum": "VARCHAR", "volume24hr": "VARCHAR", "volume1wk": "VARCHAR",
        "volume1mo": "VARCHAR", "liquidity": "VARCHAR", "liquidityNum": "VARCHAR",
        "bestBid": "VARCHAR", "bestAsk": "VARCHAR", "lastTradePrice": "VARCHAR",
        "oneHourPriceChange": "VARCHAR", "oneDayPriceChange": "VARCHAR",
        "oneWeekPriceChange": "VARCHAR", "oneMonthPriceChange": "VARCHAR"
    }'
{%- endmacro %}
