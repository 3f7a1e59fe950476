{# A price and a side seen from YES: buying NO at p is selling YES at 1 - p. Null when the token's
   outcome is not known. #}
{% macro yes_price(price, is_yes) -%}
    case when {{ is_yes }} then {{ price }} when not {{ is_yes }} then 1 - {{ price }} end
{%- endmacro %}

{% macro yes_side(side, is_yes) -%}
    case
        when {{ is_yes }} then {{ side }}
        when not {{ is_yes }} then case {{ side }} when 'BUY' then 'SELL' else 'BUY' end
    end
{%- endmacro %}
