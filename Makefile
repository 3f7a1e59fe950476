# Works on a machine that has only Python 3.11-3.13, make and git.
SHELL := /bin/bash
# The first interpreter that runs and is new enough; a pyenv shim may be on PATH and still not run.
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for v in python3 python3.13 python3.12 python3.11; do $$v -c '$(SUITABLE)' 2>/dev/null && command -v $$v && break; done)
VENV := .venv
BIN := $(VENV)/bin
export DAGSTER_HOME ?= $(CURDIR)
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test tooltest check bench transform soak faults kills dev stop docs lock clean

help:  ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(VENV)/.installed  ## create .venv from requirements.lock (every other target does it first)

$(VENV)/.installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(SUITABLE)' || { echo "Python 3.11, 3.12 or 3.13 is needed and none was found; run make PYTHON=/path/to/python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## three simulated days through the whole chain, with a report
	$(BIN)/polymarket demo

# A short folder: a socket's path may not be longer than some hundred characters.
PYTEST = folder=$$(mktemp -d "$$($(BIN)/python tests/scratch.py)/pmXXXXXX") && trap 'rm -rf "$$folder"' EXIT && \
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --basetemp="$$folder/t"

test: setup  ## the test suite, with branch coverage of at least 90 %
	$(PYTEST) --ignore=tests/benchmarks --cov --cov-report=term:skip-covered

tooltest: setup  ## the tests of benchmarks/: that what they measure is right
	$(PYTEST) tests/benchmarks

check: setup  ## format, lint, types, imports, definitions, SQL
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/ty check
	$(BIN)/lint-imports
	$(BIN)/dagster definitions validate
	cd dbt_project && ../$(BIN)/dbt parse --quiet
	$(BIN)/sqlfluff lint dbt_project/models

bench: setup  ## throughput as ratios against a floor in the same run
	$(BIN)/python -m benchmarks

transform: setup  ## the warehouse on ten million fills, as ratios against bare DuckDB
	$(BIN)/python -m benchmarks --transform

soak: setup  ## 30 minutes of appenders, readers, dbt builds and maintenance at once
	$(BIN)/python -m benchmarks.soak

faults: setup  ## the catalog's server away for a minute under Dagster's daemon
	$(BIN)/python -m benchmarks.outage

kills: setup  ## kill -9 at every page and commit of the sources, and many processes on one day
	$(BIN)/python -m benchmarks.kills

dev: setup  ## Dagster UI and daemon on http://127.0.0.1:3000
	$(BIN)/polymarket dev

stop: setup  ## stop what this folder's home is running
	$(BIN)/polymarket postgres stop

docs: setup  ## generate the dbt documentation as one file, dbt_project/target/static_index.html
	cd dbt_project && ../$(BIN)/dbt docs generate --static

lock:  ## resolve requirements.lock again (needs uv)
	uv pip compile pyproject.toml --group dev --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock

clean:  ## remove the virtual environment and build products, never data
	rm -rf $(VENV) dbt_project/target dbt_project/logs .pytest_cache .ruff_cache
