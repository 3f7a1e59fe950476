{# A moment of Kalshi; null for the zero time of year 1, which means that it was never set. #}
{% macro kalshi_time_of(text) -%}
    case when {{ text }} not like '0001-%' then try_cast({{ text }} as timestamptz) end
{%- endmacro %}

{# The fields of Kalshi's objects that the warehouse reads; numbers as text, so that they reach DECIMAL
   without passing through a float. #}
{% macro kalshi_event_shape() -%}
    '{
        "title": "VARCHAR", "sub_title": "VARCHAR", "category": "VARCHAR",
        "mutually_exclusive": "BOOLEAN", "collateral_return_type": "VARCHAR",
        "strike_date": "VARCHAR", "strike_period": "VARCHAR", "last_updated_ts": "VARCHAR"
    }'
{%- endmacro %}

{% macro kalshi_series_shape() -%}
    '{
        "title": "VARCHAR", "category": "VARCHAR", "tags": ["VARCHAR"], "frequency": "VARCHAR",
        "fee_type": "VARCHAR", "fee_multiplier": "VARCHAR",
        "settlement_sources": [{"name": "VARCHAR", "url": "VARCHAR"}],
        "contract_url": "VARCHAR", "contract_terms_url": "VARCHAR", "last_updated_ts": "VARCHAR"
    }'
{%- endmacro %}

{% macro kalshi_market_shape() -%}
    '{
        "title": "VARCHAR", "subtitle": "VARCHAR", "yes_sub_title": "VARCHAR",
        "no_sub_title": "VARCHAR", "rules_primary": "VARCHAR", "rules_secondary": "VARCHAR",
        "early_close_condition": "VARCHAR", "market_type": "VARCHAR", "strike_type": "VARCHAR",
        "floor_strike": "VARCHAR", "cap_strike": "VARCHAR", "custom_strike": "VARCHAR",
        "can_close_early": "BOOLEAN", "result": "VARCHAR",
        "expiration_value": "VARCHAR", "settlement_value_dollars": "VARCHAR",
        "yes_bid_dollars": "VARCHAR", "yes_ask_dollars": "VARCHAR", "last_price_dollars": "VARCHAR",
        "volume_fp": "VARCHAR", "volume_24h_fp": "VARCHAR", "open_interest_fp": "VARCHAR",
        "notional_value_dollars": "VARCHAR", "price_level_structure": "VARCHAR",
        "price_ranges": [{"start": "VARCHAR", "end": "VARCHAR", "step": "VARCHAR"}],
        "created_time": "VARCHAR", "updated_time": "VARCHAR", "open_time": "VARCHAR",
        "close_time": "VARCHAR", "expected_expiration_time": "VARCHAR",
        "expiration_time": "VARCHAR", "latest_expiration_time": "VARCHAR",
        "settlement_ts": "VARCHAR"
    }'
{%- endmacro %}
