{# The category whose fee a market pays: its own fee type says it, else its topic. #}
{% macro fee_category(fee_type, category) -%}
    case split_part(coalesce({{ fee_type }}, ''), '_', 1)
        when '' then {{ category }}
        when 'general' then 'other'
        when 'zero' then 'geopolitics'
        else split_part({{ fee_type }}, '_', 1)
    end
{%- endmacro %}

{# Taker fee rate, exponent and where they come from, as three columns. `market` has is_fee_enabled,
   own_fee_rate and own_fee_exponent as Gamma gives them, and seed_rate and seed_exponent, the row of
   category_fees in force.

   A market that says it charges is not taken to be free because its category is. #}
{% macro fee_columns(market) -%}
    cast(case
        when {{ market }}.own_fee_rate is not null then {{ market }}.own_fee_rate
        when not {{ market }}.is_fee_enabled then 0
        when {{ market }}.is_fee_enabled and {{ market }}.seed_rate = 0 then null
        else {{ market }}.seed_rate
    end as decimal(18, 6)) as fee_rate,
    cast(case
        when {{ market }}.own_fee_rate is not null then coalesce({{ market }}.own_fee_exponent, 1)
        when not {{ market }}.is_fee_enabled then 1
        when {{ market }}.is_fee_enabled and {{ market }}.seed_rate = 0 then null
        else {{ market }}.seed_exponent
    end as decimal(18, 6)) as fee_exponent,
    case
        when {{ market }}.own_fee_rate is not null or not {{ market }}.is_fee_enabled then 'market'
        when {{ market }}.seed_rate is null then 'unknown'
        when {{ market }}.is_fee_enabled and {{ market }}.seed_rate = 0 then 'unknown'
        else 'category_seed'
    end as fee_source
{%- endmacro %}

{# Fee of a taker, pUSD per share: r(p(1-p))^e. Null where the rate is not known. #}
{% macro taker_fee(price, rate, exponent) -%}
    cast(round({{ rate }} * pow({{ price }} * (1 - {{ price }}), {{ exponent }}), 6) as decimal(18, 6))
{%- endmacro %}

{# Fee of a taker's fill, pUSD: size x rate x (p(1-p))^exponent, half up to five decimals, nothing below
   one of them: domain/fees.py in SQL. Exact for the exponent 1 that all markets have today: in whole
   micro-units, since decimals of this length would be multiplied as floats. #}
{% macro fee_of_fill(price, size, rate, exponent) -%}
    {%- set numerator -%}
        cast({{ micro_units(size) }} as hugeint) * {{ micro_units(rate) }}
        * {{ micro_units(price) }} * {{ micro_units('(1 - ' ~ price ~ ')') }}
    {%- endset -%}
    cast(case
        when {{ rate }} = 0 then 0
        when {{ exponent }} != 1 then round(
            cast({{ size }} as double) * {{ rate }} * pow({{ price }} * (1 - {{ price }}), {{ exponent }}), 5
        )
        when {{ numerator }} < cast('10000000000000000000' as hugeint) then 0
        -- half up, in whole hundred-thousandths
        else cast(
            (2 * ({{ numerator }}) + cast('10000000000000000000' as hugeint))
            // cast('20000000000000000000' as hugeint) as bigint
        ) * cast(0.00001 as decimal(6, 5))
    end as decimal(18, 6))
{%- endmacro %}

{# Shares times a price or a payout, exact. Two decimals of eighteen digits would be multiplied in as many:
   a million USD overflows. #}
{% macro worth_of(shares, price) -%}
    cast({{ shares }} as decimal(20, 6)) * {{ price }}
{%- endmacro %}

{# An amount in whole micro-units. The product is made of many digits: one of eighteen overflows from a
   million shares on. #}
{% macro micro_units(amount) -%}
    cast(cast({{ amount }} as decimal(38, 6)) * 1000000 as bigint)
{%- endmacro %}
