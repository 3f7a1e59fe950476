with defaults as (
    select * from {{ ref('strategy_parameters') }}
),

-- The newest row of the ledger's strategy_versions, one entry per value that differs from its default;
-- the plugin sets the variable when it opens a connection.
changed as (
    select
        unnest(
            from_json(
                getvariable('strategy_changes'),
                '[{
                    "strategy": "VARCHAR", "settings_version": "BIGINT", "name": "VARCHAR",
                    "value": "VARCHAR", "changed_by": "VARCHAR", "changed_at": "TIMESTAMPTZ"
                }]'
            ),
            recursive := true
        )
),

versions as (
    select distinct strategy, settings_version, changed_by, changed_at
    from changed
),

effective as (
    select
        defaults.strategy,
        defaults.version as strategy_version,
        defaults.name,
        coalesce(changed.value, defaults.value) as value,
        defaults.value as default_value,
        coalesce(versions.settings_version, 0) as settings_version,
        versions.changed_by,
        versions.changed_at
    from defaults
    left join versions on defaults.strategy = versions.strategy
    left join changed on defaults.strategy = changed.strategy and defaults.name = changed.name
),

strategies as (
    select
        strategy,
        bool_or(name = 'enabled' and value = 'true') as is_enabled,
        sha256(string_agg(name || '=' || value, '|' order by name) filter (where name != 'enabled'))
            as params_hash
    from effective
    group by strategy
)

select
    effective.*,
    strategies.is_enabled,
    strategies.params_hash,
    {{ now_utc() }} as built_at
from effective
inner join strategies on effective.strategy = strategies.strategy
