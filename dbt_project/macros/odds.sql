{# Natural log odds of a probability kept one tick away from 0 and 1; null stays null, which greatest and
   least alone would turn into a bound. #}
{% macro logit(price, tick) -%}
    case
        when {{ price }} is not null then ln(
            greatest(least({{ price }}, 1 - {{ tick }}), {{ tick }})
            / (1 - greatest(least({{ price }}, 1 - {{ tick }}), {{ tick }}))
        )
    end
{%- endmacro %}

{# Entropy of a yes/no outcome in nats: ln 2 at one half, 0 at certainty. #}
{% macro entropy(price) -%}
    case
        when {{ price }} in (0, 1) then 0.0
        else cast(-{{ price }} * ln({{ price }}) - (1 - {{ price }}) * ln(1 - {{ price }}) as double)
    end
{%- endmacro %}

{# What Gamma's quotes say: no bid is shown as 0 or not at all, no ask as 1. #}
{% macro shown_bid(price) -%}
    case when {{ price }} > 0 then {{ price }} end
{%- endmacro %}

{% macro shown_ask(price) -%}
    case when {{ price }} < 1 then {{ price }} end
{%- endmacro %}
