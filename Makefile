# Everything from a clean clone: Python 3.11 or newer, make, and a package index (pip's own settings count).
# Tests also want Java 17 and Maven, or KAFKA_BOOTSTRAP_SERVERS.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON3 ?= python3
VENV := .venv
PYTHON := $(VENV)/bin/python
JARS := .kafka/jars

.PHONY: help
help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-14s %s\n", $$1, $$2}'

# -- environment: what runs it, then what develops it --------------------------------------------------

$(PYTHON):
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: install it, or name one: make PYTHON3=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON3) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(PYTHON)
	$(PYTHON) -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PYTHON) -m pip install --quiet --upgrade 'pip>=25.1'  # the first that knows dependency groups
	$(PYTHON) -m pip install --quiet --group dev
	@touch $@

.PHONY: venv
venv: $(VENV)/.installed-dev ## make .venv with all that is needed to run and develop

# -- run -----------------------------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.installed ## simulate a month of subscribers, replay it, show what came of it
	@$(VENV)/bin/usagewatch demo

.PHONY: bench
bench: $(VENV)/.installed-dev jars ## measure records a second, CPU a record, latency
	$(PYTHON) -m bench.run

.PHONY: bench-forecast
bench-forecast: $(VENV)/.installed ## how good forecasts are: a back-test on 5,000 simulated subscribers
	$(PYTHON) -m bench.forecast

# -- check ---------------------------------------------------------------------------------------------

# A broker that is there already needs no jars; jars that are there already need no Maven.
.PHONY: jars
jars: ## copy Kafka's own jars for the tests (KAFKA_BOOTSTRAP_SERVERS set: nothing to do)
	@if [[ -z "$${KAFKA_BOOTSTRAP_SERVERS:-}" ]]; then $(MAKE) --no-print-directory $(JARS)/.copied; fi

$(JARS)/.copied: tests/kafka/pom.xml
	@command -v java >/dev/null && command -v mvn >/dev/null \
		|| { echo "no broker: install Java 17 and Maven, or set KAFKA_BOOTSTRAP_SERVERS" >&2; exit 1; }
	rm -rf $(JARS)
	mvn --batch-mode --quiet -Dstyle.color=never --file tests/kafka/pom.xml dependency:copy-dependencies
	@touch $@

.PHONY: lint
lint: $(VENV)/.installed-dev ## ruff and mypy
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/mypy --explicit-package-bases tests bench

# In several processes, each with a broker of its own: tests on Kafka wait more than they work.
.PHONY: test
test: jars lint ## all linters, types and tests
	$(VENV)/bin/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

.PHONY: chaos
chaos: $(VENV)/.installed-dev jars ## kill, freeze and slow real workers and their broker; nothing may be lost (SEED=7)
	$(PYTHON) -m tests.chaos.run $(if $(SEED),--seed $(SEED)) $(if $(GUARANTEE),--guarantee $(GUARANTEE))

.PHONY: format
format: $(VENV)/.installed-dev ## put the source in shape
	$(VENV)/bin/ruff check --fix-only --quiet
	$(VENV)/bin/ruff format

.PHONY: clean
clean: ## remove all that these targets made
	rm -rf $(VENV) .kafka .demo .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
