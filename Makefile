# One front door. Each target makes what it needs first, so each works alone on a fresh machine.
# `make` alone says what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CODE := src app tests tools benches

.DEFAULT_GOAL := help
.PHONY: help setup demo test check fix bench docs servers ci clean

help:           ## this list
	@sed -n 's/^\([a-z]*\): *[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: $(STAMP)-dev ## make .venv with everything in it

$(STAMP)-%: pyproject.toml app/pyproject.toml tools/setup.py
	$(PYTHON) tools/setup.py $(VENV) $*

demo: setup     ## the main job: two trials of a fortune server, and their reports
	$(BIN)/python tools/demo.py

test: setup     ## every test; what this machine cannot do is skipped by name and reason
	$(BIN)/python -m pytest

check: setup    ## format, lint, types, import contracts, oldest Python, spelling, generated files
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vermin --quiet --no-tips --violations --target=3.9- app/src src/seatrial/waiter
	$(BIN)/codespell README.md ARCHITECTURE.md CONTRIBUTING.md SCOPE.md docs src app examples changelog.d
	$(BIN)/python tools/docs_fresh.py --check

fix: setup      ## format, import order, safe fixes, generated pages
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/python tools/docs_fresh.py

bench: setup    ## measure the table of the vision; leaves build/bench.json
	$(BIN)/python -m benches

servers: setup  ## every server with seatrial-app: raw sockets, then 20,000 requests each under verify
	$(BIN)/python tools/servers_table.py
	$(BIN)/python tools/servers_verify.py
	$(BIN)/python tools/servers_table.py --render

ci: check test  ## what .ci/run runs

docs: setup $(STAMP)-docs ## the documentation site in build/site, warnings are errors
	$(BIN)/python tools/docs_fresh.py
	$(BIN)/mkdocs build --strict --quiet

clean:          ## forget what was built; the environment stays
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
