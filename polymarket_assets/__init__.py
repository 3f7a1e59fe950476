"""Prediction-market data platform and executor: venues → lake → warehouse → signals → execution.

definitions.py  what Dagster loads          settings.py  the only reader of the environment
cli.py          the `polymarket` command    defs/        WHEN IT RUNS: Dagster assets, schedules, sensors
serving/, research/ (later)                 executor/    WHAT WE DO: plan, guard, brokers, reconcile
collector/      WHAT STREAMS (later)        simulator/   WHO WE PRETEND TO ASK: venues on localhost
sources/        WHAT WE FETCH: walks from a venue's pages to raw rows, resumable
clients/        WHO WE ASK: one file per remote API; budget, retry, deadline and breaker in one place
store/          WHERE IT LIES: Postgres, lake, ledger
strategies/     WHAT WE BELIEVE: the Strategy interface for Python strategies (later; SQL ones are dbt models)
domain/         WHAT IS TRUE: pure functions and frozen types; no I/O, no clock, no framework

Imports point left or down, and `make check` enforces it: definitions, cli > defs > serving | research >
executor | collector | simulator | sources > clients | store | strategies > settings > domain.
"""
