{{ config(partitioned_by=['dt'], meta={'partitions': 'daily', 'parts': 'dt'}) }}

-- depends_on: {{ ref('int_book_days') }}
with books as (
    select * from {{ ref('stg_clob_books') }}
    where {{ is_known() }}
),

tokens as (
    select * from {{ ref('dim_market_token') }}
),

-- The venue's two books of a market are one: a bid at p on NO is an ask at 1 - p on YES. A NO
-- token's book is turned over, so that every row is seen from YES.
turned as (
    select
        books.* exclude (condition_id, bids, asks),
        coalesce(tokens.condition_id, books.condition_id) as condition_id,
        coalesce(not tokens.is_yes, false) as is_mirrored,
        case
            when tokens.is_yes is false
                then [{ 'price': 1 - level.price, 'size': level.size } for level in books.asks]
            else books.bids
        end as bids,
        case
            when tokens.is_yes is false
                then [{ 'price': 1 - level.price, 'size': level.size } for level in books.bids]
            else books.asks
        end as asks
    from books
    left join tokens on books.token_id = tokens.token_id
),

touched as (
    select
        *,
        bids[1].price as best_bid,
        bids[1].size as best_bid_size,
        asks[1].price as best_ask,
        asks[1].size as best_ask_size,
        [level for level in bids if level.price >= bids[1].price - 0.10] as near_bids,
        [level for level in asks if level.price <= asks[1].price + 0.10] as near_asks
    from turned
),

-- A wall is the largest near level, at least three times the median one and worth 500 USD; the
-- levels are ordered from the touch, so that of equal ones the nearer is taken.
walled as (
    select
        *,
        [
            level for level in near_bids
            if level.size = list_max([near.size for near in near_bids])
        ][1] as largest_bid,
        [
            level for level in near_asks
            if level.size = list_max([near.size for near in near_asks])
        ][1] as largest_ask,
        list_median([level.size for level in near_bids]) as median_bid,
        list_median([level.size for level in near_asks]) as median_ask
    from touched
),

measured as (
    select
        *,
        {%- for side in ['bid', 'ask'] %}
        largest_{{ side }}.size >= 3 * median_{{ side }}
        and {{ worth_of('largest_' ~ side ~ '.size', 'largest_' ~ side ~ '.price') }} >= 500
            as has_{{ side }}_wall,
        {%- for levels in [5, 10, 20, 50] %}
        coalesce(list_sum([level.size for level in {{ side }}s[1:{{ levels }}]]), 0)
            as {{ side }}_depth_{{ levels }},
        {%- endfor %}
        len(list_distinct([level.price for level in {{ side }}s])) as {{ side }}_levels,
        {%- endfor %}
        coalesce(best_bid >= best_ask, false) as is_crossed,
        coalesce(list_bool_or([
            level.price % tick_size != 0 or level.price <= 0 or level.price >= 1
            for level in list_concat(bids, asks)
        ]), false) as is_off_grid,
        -- The venue is known to serve an empty-looking 0.01/0.99 book while the market trades elsewhere.
        coalesce(
            best_bid <= 0.01
            and best_ask >= 0.99
            and last_trade_price between best_bid + 5 * tick_size and best_ask - 5 * tick_size,
            false
        ) as is_ghost
    from walled
)

select
    -- ids
    md5(concat_ws('|', token_id, epoch_us(received_at))) as book_id,
    token_id,
    condition_id,
    hash,
    is_mirrored,
    -- touch
    best_bid,
    best_bid_size,
    best_ask,
    best_ask_size,
    cast(best_ask - best_bid as decimal(18, 6)) as spread,
    cast((best_bid + best_ask) / 2 as decimal(18, 6)) as mid_price,
    case
        when best_bid_size + best_ask_size > 0 then cast(
            ({{ worth_of('best_ask_size', 'best_bid') }} + {{ worth_of('best_bid_size', 'best_ask') }})
            / (best_bid_size + best_ask_size)
            as decimal(18, 6)
        )
    end as microprice,
    -- depth, shares
    {%- for side in ['bid', 'ask'] %}
    {%- for levels in [5, 10, 20, 50] %}
    cast({{ side }}_depth_{{ levels }} as decimal(18, 6)) as {{ side }}_depth_{{ levels }},
    {%- endfor %}
    cast({{ side }}_levels as integer) as {{ side }}_levels,
    {%- endfor %}
    case
        when bid_depth_10 + ask_depth_10 > 0
            then cast((bid_depth_10 - ask_depth_10) / (bid_depth_10 + ask_depth_10) as double)
    end as book_imbalance,
    -- walls
    {%- for side in ['bid', 'ask'] %}
    case when has_{{ side }}_wall then largest_{{ side }}.price end as {{ side }}_wall_price,
    case when has_{{ side }}_wall then largest_{{ side }}.size end as {{ side }}_wall_size,
    {%- endfor %}
    -- trading terms
    tick_size,
    min_order_size,
    neg_risk,
    last_trade_price,
    -- quality: a book with any of these is not used
    is_crossed,
    is_off_grid,
    is_ghost,
    not is_crossed and not is_off_grid and not is_ghost as is_usable,
    -- times and lineage
    book_at,
    page_id,
    position,
    received_at,
    known_at,
    dt
from measured
