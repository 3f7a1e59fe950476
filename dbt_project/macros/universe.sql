{# The words of a text: runs of letters and digits, as domain/universe.py finds them. #}
{% macro words_of(text) -%}
    regexp_extract_all(coalesce({{ text }}, ''), '[0-9A-Za-z\x{C0}-\x{24F}]+')
{%- endmacro %}

{# Whether a text names a coin: domain/universe.py in SQL. `any_case` and `as_written` are the
   lists of keywords of the seed crypto_keywords that do not and that do mind capitals. #}
{% macro is_crypto(text, any_case, as_written) -%}
    list_has_any({{ words_of(text) }}, {{ as_written }})
    or list_has_any(
        [
            translate(word, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
            for word in {{ words_of(text) }}
        ],
        {{ any_case }}
    )
{%- endmacro %}
