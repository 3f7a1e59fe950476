{# A probability kept one tick away from 0 and 1. #}
{% macro clipped(price, tick) -%}
    greatest(least({{ price }}, 1 - {{ tick }}), {{ tick }})
{%- endmacro %}

{# Natural log odds of a probability kept one tick away from 0 and 1. #}
{% macro logit(price, tick) -%}
    ln({{ clipped(price, tick) }} / (1 - {{ clipped(price, tick) }}))
{%- endmacro %}

{# Entropy of a yes/no outcome in nats: ln 2 at one half, 0 at certainty. #}
{% macro entropy(price) -%}
    case
        when {{ price }} in (0, 1) then 0.0
        else cast(-{{ price }} * ln({{ price }}) - (1 - {{ price }}) * ln(1 - {{ price }}) as double)
    end
{%- endmacro %}
