with longshot_yes as (
    select * from {{ ref('longshot_yes') }}
),

longshot_no as (
    select * from {{ ref('longshot_no') }}
),

mean_reversion as (
    select * from {{ ref('mean_reversion') }}
),

term_structure as (
    select * from {{ ref('term_structure') }}
),

intra_market_arbitrage as (
    select * from {{ ref('intra_market_arbitrage') }}
),

copy_trading as (
    select * from {{ ref('copy_trading') }}
),

cross_venue as (
    select * from {{ ref('cross_venue') }}
),

-- Computed before this build, from the snapshots of the build before.
python_signals as (
    select * from {{ source('strategies', 'python_signals') }}
    where as_of <= {{ now_utc() }} and expires_at > {{ now_utc() }}
)

select * from longshot_yes
union all by name
select * from longshot_no
union all by name
select * from mean_reversion
union all by name
select * from term_structure
union all by name
select * from intra_market_arbitrage
union all by name
select * from copy_trading
union all by name
select * from cross_venue
union all by name
select * from python_signals
