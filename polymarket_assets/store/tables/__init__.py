"""The tables that code (not dbt) writes: a file per venue API, and the platform's own."""
