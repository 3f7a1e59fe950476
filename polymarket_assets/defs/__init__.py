"""WHEN IT RUNS: Dagster alone.

Belongs here: assets, checks, jobs, schedules, sensors and resources, each body a paragraph that
calls another room. Not here: anything one would test without Dagster. A file holds either loose
decorated objects or one `@dg.definitions` function, never both: Dagster drops the loose ones
without a word.
"""
