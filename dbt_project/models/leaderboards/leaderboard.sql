{{ config(post_hook="{{ leaderboard_as_of_ddl() }}") }}

{{ leaderboard_query(
    utc_date(now_utc()), var('leaderboard_min_fills'), var('leaderboard_min_volume_usd'), 0, 'false',
    now_utc()
) }}
