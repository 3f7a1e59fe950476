-- Fails with each table in the lake's default schema, which nobody uses: DuckLake up to 1.5.5 puts a new
-- table there when another commit of the same process comes between (duckdb/ducklake issue 1248). The
-- table is then missing where it belongs: drop the stray one and build again.
-- depends_on: {{ ref('signals') }}
select table_name
from information_schema.tables
where table_catalog = 'lake' and table_schema = 'main'
