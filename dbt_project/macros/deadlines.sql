{# Words of dates in English texts, for RE2. #}
{% macro month_words() -%}
    (january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)
{%- endmacro %}

{# The deadline at the end of a question: "by June 30, 2026?", "before 2027?", "by the end of July?". #}
{% macro deadline_pattern() -%}
    '(?i)\b(by|before)\s+((?:the\s+)?end\s+of\s+)?(?:{{ month_words() }}\b\.?)?(?:\s*(\d{1,2})(?:st|nd|rd|th)?\b)?(?:,?\s*(\d{4})\b)?\s*\?*\s*$'
{%- endmacro %}

{# Its parts as a struct of texts, each empty where it is not there. #}
{% macro deadline_parts(question) -%}
    regexp_extract(
        {{ question }}, {{ deadline_pattern() }}, ['word', 'end_of', 'month', 'day', 'year']
    )
{%- endmacro %}

{# The day that the parts name; null where they name none. The scheduled end tells a year left unsaid.

   "by June" is not read: it may mean its first or its last day. #}
{% macro deadline_of(parts, end_at) -%}
    {%- set month -%}
        list_position(
            ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
            lower({{ parts }}.month[1:3])
        )
    {%- endset -%}
    {%- set end_month = "month(" ~ end_at ~ " at time zone 'UTC')" -%}
    {%- set year -%}
        coalesce(
            try_cast({{ parts }}.year as integer),
            year({{ end_at }} at time zone 'UTC') + case
                when {{ month }} = 1 and {{ end_month }} = 12 then 1
                when {{ month }} = 12 and {{ end_month }} = 1 then -1
                else 0
            end
        )
    {%- endset -%}
    case
        when {{ parts }}.word = '' or ({{ parts }}.month = '' and {{ parts }}.year = '') then null
        when {{ parts }}.month = '' and {{ parts }}.day != '' then null
        when {{ parts }}.month != '' and {{ parts }}.day != '' and {{ parts }}.end_of = ''
            then try_cast(concat_ws('-', {{ year }}, {{ month }}, {{ parts }}.day) as date)
        when {{ parts }}.day != '' then null
        when {{ parts }}.end_of != '' and {{ parts }}.month = ''
            then make_date({{ year }}, 12, 31)
        when {{ parts }}.end_of != '' then last_day(make_date({{ year }}, {{ month }}, 1))
        when lower({{ parts }}.word) = 'before'
            then make_date({{ year }}, coalesce({{ month }}, 1), 1)
    end
{%- endmacro %}

{# A text without its dates, so that texts that differ in nothing else become equal. Bare years stay
   unless the deadline is one: a season is no deadline. #}
{% macro without_dates(text, parts) -%}
    {%- set dates = "'(?i)\\b" ~ month_words() ~ "\\b\\.?(\\s+\\d{1,2}(st|nd|rd|th)?\\b)?(,?\\s*\\d{4}\\b)?'" -%}
    regexp_replace(
        regexp_replace({{ text }}, {{ dates }}, '<date>', 'g'),
        case when {{ parts }}.month = '' then '\b20\d\d\b' else '\b20\d\d-\d\d-\d\d\b' end,
        '<date>',
        'g'
    )
{%- endmacro %}
