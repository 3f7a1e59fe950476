{{ config(post_hook="{{ leaderboard_as_of_ddl() }}") }}

{{ leaderboard_query(
    utc_date(now_utc()), var('leaderboard_min_fills'), var('leaderboard_min_volume_usd'), 0, 'false',
    now_utc(), 'select * exclude (until) from ' ~ ref('int_trader_past')
    ~ ' union all by name select * exclude (month) from ' ~ ref('int_trader_months')
    ~ ' where month = ' ~ month_of(utc_date(now_utc()))
) }}
