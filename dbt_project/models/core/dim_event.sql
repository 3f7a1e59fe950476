with versions as (
    select * from {{ ref('int_event_versions') }}
),

markets as (
    select * from {{ ref('market_versions') }}
    where venue = 'polymarket' and event_id is not null
),

spans as (
    select
        event_id,
        min(received_at) as first_seen_at,
        max(received_at) as last_changed_at
    from versions
    group by event_id
),

latest as (
    select * from versions
    qualify row_number() over (
        partition by event_id order by received_at desc, page_id desc, position desc
    ) = 1
),

listed as (
    select
        -- ids
        latest.event_id,
        latest.slug,
        latest.title,
        latest.series_slug,
        'listed' as metadata_status,
        latest.market_ids,
        -- topic
        latest.category,
        latest.category_raw,
        latest.tags,
        -- state
        latest.is_active,
        coalesce(latest.is_closed, false) as is_closed,
        latest.neg_risk,
        latest.neg_risk_augmented,
        latest.neg_risk_market_id,
        -- numbers
        latest.volume_usd,
        latest.liquidity_usd,
        latest.open_interest_usd,
        latest.competitive,
        -- times
        latest.created_at,
        latest.start_at,
        latest.end_at,
        latest.closed_at,
        spans.first_seen_at,
        spans.last_changed_at,
        {{ known_at('fixed', received_at='spans.first_seen_at', created_at='latest.created_at') }} as known_at
    from latest
    inner join spans on latest.event_id = spans.event_id
),

-- Events that only their markets name are kept, with what the markets say.
missing as (
    select
        event_id,
        'missing' as metadata_status,
        list_sort(list(distinct market_id)) as market_ids,
        'unknown' as category,
        false as is_closed,
        min(received_at) as first_seen_at,
        max(received_at) as last_changed_at,
        min(known_at) as known_at
    from markets
    where event_id not in (select listed.event_id from listed)
    group by event_id
)

select * from listed
union all by name
select * from missing
