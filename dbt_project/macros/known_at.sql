{# From which moment on a row may be used: the one place of the rule "known_at <= t".

   A row received live is known when we received it. Rows fetched later get the moment at which a
   collector that ran then would have had them:

   - fill: the Data API shows a fill a few minutes after it happened;
   - price: a point of the price history is dated by the venue itself;
   - resolution: the chain's time of the result, never before the market existed;
   - statement: what the chain or the venue says of a result, known since it dates it;
   - fixed: question, outcomes and token ids never change, so they are known since creation;
   - observed: everything else of a market, books and lists: only since we received it. A backfill
     gives these no past. #}
{% macro known_at(kind, received_at='received_at', event_at='event_at', created_at='created_at') -%}
    {%- if kind == 'fill' -%}
        greatest({{ event_at }}, least({{ received_at }}, {{ event_at }} + interval '5 minutes'))
    {%- elif kind == 'price' -%}
        {{ event_at }}
    {%- elif kind == 'resolution' -%}
        greatest(coalesce({{ event_at }}, {{ received_at }}), {{ created_at }})
    {%- elif kind == 'statement' -%}
        least({{ received_at }}, coalesce({{ event_at }}, {{ received_at }}))
    {%- elif kind == 'fixed' -%}
        least({{ created_at }}, {{ received_at }})
    {%- elif kind == 'observed' -%}
        {{ received_at }}
    {%- else -%}
        {{ exceptions.raise_compiler_error("known_at: no rule for " ~ kind) }}
    {%- endif -%}
{%- endmacro %}

{# Whether a row of staging is known by the build's time. Every model that reads staging asks it, unless
   it asks the same of a moment that is no later: so a build as of a past moment gives what a build at
   that moment gave, and rows that arrive while a build is at work are all the next one's. #}
{% macro is_known() -%}
    known_at <= {{ now_utc() }}
{%- endmacro %}
