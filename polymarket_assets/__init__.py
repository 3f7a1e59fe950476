"""Prediction-market data platform and executor: venues → lake → warehouse → signals → execution.

cli.py        the `polymarket` command        definitions.py  what Dagster loads
settings.py   the only reader of the environment
commands/     WHAT ONE TYPES: groups of commands, and the longer ones: run, demo, dev
defs/         WHEN IT RUNS: Dagster assets, checks, jobs, schedules, resources
serving/      WHO READS: status, doctor, reports, boards, exports, explanations
executor/     WHAT WE DO: approve, plan, guard, brokers, reconcile, one step
simulator/    WHO WE PRETEND TO ASK: a venue on localhost with generated days
warehouse/    WHAT WE DERIVE: Python models between dbt's layers
sources/      WHAT WE FETCH: walks from a venue's pages to raw rows, resumable
clients/      WHO WE ASK: one file per remote API; budget, retry, deadline and breaker in one place
store/        WHERE IT LIES: Postgres, lake, ledger
domain/       WHAT IS TRUE: pure functions and frozen types; no I/O, no clock, no framework

Imports point left or down, and `make check` enforces it: definitions, cli > commands > defs >
serving > executor | simulator | sources |
warehouse > clients | store > settings > domain.
"""
