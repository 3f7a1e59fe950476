{# Settings of enabled strategies, one row each: what the seed strategy_parameters says unless a person
   changed it. A disabled strategy has no row, so that joining it makes no signal. #}
{% macro strategy_parameters(strategies, names) -%}
    select
        strategy,
        any_value(strategy_version) as strategy_version,
        any_value(params_hash) as params_hash
        {%- for name in names %},
        max(case when name = '{{ name }}' then cast(value as decimal(18, 6)) end) as {{ name }}
        {%- endfor %}
    from {{ ref('strategy_settings') }}
    where is_enabled and strategy in ('{{ strategies | join("', '") }}')
    group by strategy
{%- endmacro %}

{# The columns of the signals contract, in its order. `rows` names a relation with all of them but
   signal_id, suggested_notional_usd and expires_at, which follow from the others. #}
{% macro signal_columns(rows) -%}
    sha256(concat_ws(
        '|', {{ rows }}.strategy, {{ rows }}.strategy_version, {{ rows }}.params_hash,
        {{ rows }}.condition_id, {{ rows }}.token_id, {{ rows }}.side, {{ rows }}.action,
        strftime({{ rows }}.as_of at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')
    )) as signal_id,
    {{ rows }}.strategy,
    {{ rows }}.strategy_version,
    {{ rows }}.params_hash,
    {{ rows }}.action,
    {{ rows }}.venue,
    {{ rows }}.condition_id,
    {{ rows }}.event_id,
    {{ rows }}.token_id,
    {{ rows }}.outcome,
    {{ rows }}.side,
    cast({{ rows }}.price_limit as decimal(18, 6)) as price_limit,
    cast({{ rows }}.edge_after_fees as decimal(18, 6)) as edge_after_fees,
    cast({{ rows }}.confidence as decimal(18, 6)) as confidence,
    cast(round({{ rows }}.suggested_size * {{ rows }}.price_limit, 6) as decimal(18, 6))
        as suggested_notional_usd,
    cast({{ rows }}.suggested_size as decimal(18, 6)) as suggested_size,
    {{ rows }}.reason,
    {{ rows }}.as_of,
    {{ rows }}.as_of + to_seconds(cast({{ var('signal_life_s') }} as double)) as expires_at,
    {{ rows }}.feature_snapshot_key,
    {{ rows }}.basket_id,
    cast({{ rows }}.basket_legs as integer) as basket_legs,
    {{ rows }}.leader_wallet,
    {{ rows }}.tick_size,
    {{ rows }}.min_order_size,
    {{ rows }}.fee_rate,
    {{ rows }}.fee_exponent,
    {{ rows }}.neg_risk,
    {{ rows }}.question
{%- endmacro %}

{# What a signal that stands alone says of baskets, and one that follows nobody of leaders. #}
{% macro no_basket() -%}
    'polymarket' as venue,
    cast(null as varchar) as basket_id,
    cast(null as integer) as basket_legs
{%- endmacro %}

{% macro no_leader() -%}
    cast(null as varchar) as leader_wallet
{%- endmacro %}

{# Shares in whole hundredths, rounded down. #}
{% macro whole_lots(shares) -%}
    floor(({{ shares }}) * 100) / 100
{%- endmacro %}
