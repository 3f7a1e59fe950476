{{ config(meta={'dagster': {'ref': {'name': 'fct_wallet_fills'}}}) }}
{# Of each table the columns that name a market, token, event or wallet. Those of one line are read
   together, once. #}
{% set references = [
    ('fct_trades', ['condition_id', 'token_id', 'event_id']),
    ('fct_trades', ['wallet']),
    ('fct_wallet_fills', ['condition_id', 'token_id', 'event_id']),
    ('fct_wallet_fills', ['wallet']),
    ('fct_resolutions', ['condition_id', 'token_id']),
    ('fct_prices', ['condition_id', 'token_id']),
    ('fct_books', ['condition_id']),
    ('tier_transitions', ['condition_id']),
    ('market_tiers', ['condition_id']),
    ('market_versions', ['condition_id', 'event_id']),
    ('dim_market', ['event_id', 'yes_token_id', 'no_token_id']),
    ('dim_market_token', ['condition_id', 'event_id', 'opposite_token_id']),
    ('market_snapshots', ['condition_id', 'yes_token_id', 'no_token_id', 'event_id']),
    ('trader_positions', ['condition_id', 'token_id']),
    ('trader_positions', ['wallet']),
    ('trader_daily', ['wallet']),
    ('leaderboard', ['wallet']),
] %}
{% set dimensions = {
    'condition_id': ('dim_market', 'condition_id'),
    'token_id': ('dim_market_token', 'token_id'),
    'yes_token_id': ('dim_market_token', 'token_id'),
    'no_token_id': ('dim_market_token', 'token_id'),
    'opposite_token_id': ('dim_market_token', 'token_id'),
    'event_id': ('dim_event', 'event_id'),
    'wallet': ('dim_trader', 'wallet'),
} %}
{# Kalshi's markets have no dimension, and nothing is known of a token that no list and no fill shows. #}
{% set only = {
    'market_versions': "venue = 'polymarket'",
    'fct_prices': 'condition_id is not null',
    'fct_books': 'token_id in (select token_id from ' ~ ref('dim_market_token') ~ ')',
} %}
-- Fails with each key that a table names and its dimension lacks.
with
{%- for table, columns in references %}
named_{{ loop.index }} as (
    select distinct {{ columns | join(', ') }} from {{ ref(table) }}
    {%- if table in only %}
    where {{ only[table] }}
    {%- endif %}
){{ "," if not loop.last }}
{%- endfor %}

{% for table, columns in references %}
{%- set named = 'named_' ~ loop.index %}
{%- for column in columns %}
{%- set dimension, key = dimensions[column] %}
select
    '{{ table }}' as table_name,
    '{{ column }}' as column_name,
    {{ column }} as missing_key
from {{ named }}
where {{ column }} not in (select {{ key }} from {{ ref(dimension) }})
{{ "union" if not loop.last }}
{% endfor %}
{{ "union" if not loop.last }}
{%- endfor %}
