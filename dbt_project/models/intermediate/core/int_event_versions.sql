{{ config(materialized='table') }}

with events as (
    select * from {{ ref('stg_gamma_events') }}
    where {{ is_known() }}
),

vocabulary as (
    select * from {{ ref('category_tags') }}
),

-- An event has many tags; the vocabulary's priority says which of their categories counts.
words as (
    select event_id, received_at, payload_sha256, unnest(tags) as tag
    from events
    union all
    select event_id, received_at, payload_sha256, lower(trim(category_raw)) as tag
    from events
    where category_raw is not null
),

categories as (
    select
        words.event_id,
        words.received_at,
        words.payload_sha256,
        arg_min(vocabulary.category, vocabulary.priority) as category
    from words
    inner join vocabulary on words.tag = vocabulary.tag
    group by all
)

select
    events.*,
    coalesce(categories.category, 'unknown') as category
from events
left join categories
    on
        events.event_id = categories.event_id
        and events.received_at = categories.received_at
        and events.payload_sha256 = categories.payload_sha256
