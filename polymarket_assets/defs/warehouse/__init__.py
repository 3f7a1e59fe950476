"""The dbt project as assets: one build at a time, published only when its tests pass."""
