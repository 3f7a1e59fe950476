{# What each part of a model is made of, as parts.sql asks for it: (part, inputs).

   Raw rows are told by the catalog's account of their files, a row of another model by its hash or by
   the mark its part was built with. Of what a model reads across its parts (labels of tokens, fee terms,
   names) only the rows that concern a part count for it. #}

{# A fill is known five minutes after it happened at the latest: until then a day depends on the time. #}
{% macro marks_of_int_fills() -%}
    select
        dt as part,
        concat_ws(
            '|', mark,
            least({{ now_utc() }}, cast(dt + 1 as timestamp) at time zone 'UTC' + interval '5 minutes')
        ) as inputs
    from day_marks('raw', 'data_trades')
{%- endmacro %}

{% macro marks_of_int_token_days() -%}
    select part, mark as inputs from ({{ marks_kept('core.int_fills') }})
{%- endmacro %}

{% macro marks_of_int_wallet_days() -%}
    select part, mark as inputs from ({{ marks_kept('core.int_fills') }})
{%- endmacro %}

{% macro marks_of_fct_trades() -%}
    select
        fills.part,
        concat_ws('|', fills.mark, labels.hashed) as inputs
    from ({{ marks_kept('core.int_fills') }}) as fills
    left join (
        select
            days.dt,
            bit_xor(hash(
                tokens.token_id, tokens.event_id, tokens.is_yes, tokens.outcome, tokens.outcome_index,
                tokens.metadata_status
            )) as hashed
        from (select distinct dt, token_id from {{ ref('int_token_days') }}) as days
        inner join {{ ref('dim_market_token') }} as tokens on days.token_id = tokens.token_id
        group by days.dt
    ) as labels on fills.part = labels.dt
{%- endmacro %}

{# Of a term only the stretch within the day counts: that it ends later changes nothing before. #}
{% macro marks_of_fct_wallet_fills() -%}
    select
        trades.part,
        concat_ws('|', trades.mark, fees.hashed) as inputs
    from ({{ marks_kept('core.fct_trades') }}) as trades
    left join (
        select
            days.dt,
            bit_xor(hash(
                terms.condition_id, terms.fee_rate, terms.fee_exponent, terms.fee_source,
                greatest(terms.valid_from, days.starts_at), least(terms.valid_to, days.ends_at)
            )) as hashed
        from (
            select distinct
                dt,
                condition_id,
                cast(dt as timestamp) at time zone 'UTC' as starts_at,
                cast(dt + 1 as timestamp) at time zone 'UTC' as ends_at
            from {{ ref('int_token_days') }}
        ) as days
        inner join {{ ref('int_fee_terms') }} as terms
            on
                days.condition_id = terms.condition_id
                and days.starts_at < terms.valid_to
                and days.ends_at > terms.valid_from
        group by days.dt
    ) as fees on trades.part = fees.dt
{%- endmacro %}

{% macro narrowings_of_fct_wallet_fills(filter) -%}
    {{ return({ref('fct_trades') | string: filter, ref('int_fills') | string: filter}) }}
{%- endmacro %}

{% macro marks_of_int_print_days() -%}
    select part, mark as inputs from ({{ marks_kept('core.fct_trades') }})
{%- endmacro %}

{% macro marks_of_int_day_closes() -%}
    select part, mark as inputs from ({{ marks_kept('core.fct_wallet_fills') }})
{%- endmacro %}

{% macro marks_of_whale_trades() -%}
    select
        trades.part,
        concat_ws('|', trades.mark, labels.hashed) as inputs
    from ({{ marks_kept('core.fct_trades') }}) as trades
    left join (
        select
            days.dt,
            bit_xor(hash(
                days.wallet, traders.name, markets.condition_id, markets.question, markets.category
            )) as hashed
        from (
            select distinct dt, condition_id, wallet from {{ ref('fct_trades') }}
            where notional_usd >= {{ var('whale_tiers_usd')[0] }}
        ) as days
        left join {{ ref('dim_market') }} as markets on days.condition_id = markets.condition_id
        left join {{ ref('dim_trader') }} as traders on days.wallet = traders.wallet
        group by days.dt
    ) as labels on trades.part = labels.dt
{%- endmacro %}
