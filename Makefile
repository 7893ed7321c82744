# Everyday verbs. `make demo` and `make test` work on a fresh clone: each sets up what it needs first.
#   make demo ARGS="--exit --json"      make bench ARGS="spine --json"      make test-services ARGS="-k pretix"

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

VENV := .venv
BIN := $(VENV)/bin
EXTENSION := hooks/hosts/pretix/extension
ARGS ?=
SAY := printf '\033[2m%s\033[0m\n'

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
# Images often forbid bytecode; then every process of a suite would compile the same modules again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup setup-dev demo demo-pretix test unit docs test-slow test-services test-pretix bench quality check lint layers types format constraints clean

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

setup: $(VENV)/.ready ## Create .venv with everything that entremise runs on (once; again when the pins change).

setup-dev: $(VENV)/.ready-dev ## The same with what testing and checking need.

$(BIN)/python:
	@tools/make_venv $(VENV)

$(VENV)/.ready: pyproject.toml setup.py constraints.txt | $(BIN)/python
	@$(SAY) 'Installing entremise and what it runs on (about a minute the first time) …'
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all]'
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@$(SAY) 'Installing what tests and checks need …'
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: setup ## Replay a bilingual conference through everything, embedded.
	@$(BIN)/entremise demo $(ARGS)

demo-pretix: setup-dev ## The same with a real pretix and the extension, to look at; ARGS=--stock without it.
	@$(BIN)/python tests/services/pretix/demo.py $(ARGS)

test: check unit docs ## All checks, the fast suite, the documentation's examples. No service needed.

unit: setup-dev ## The fast suite alone.
	@$(BIN)/pytest tests -m 'not service and not slow' --numprocesses auto --dist worksteal $(ARGS)

docs: setup-dev ## Execute the examples in the documentation.
	@$(BIN)/pytest docs README.md ARCHITECTURE.md CONTRIBUTING.md $(ARGS)

test-slow: setup-dev ## What takes more than a few seconds, and laws, tried thoroughly. No service needed.
	@$(BIN)/pytest tests -m '(slow or hypothesis) and not service' --hypothesis-profile thorough --timeout 900 \
	  --numprocesses auto --dist worksteal $(ARGS)

test-services: setup-dev ## What needs a real service: one after the other, since each takes the machine for itself.
	@$(BIN)/pytest tests -m service --hypothesis-profile thorough --timeout 900 $(ARGS)

test-pretix: lint ## Of these, the extension for pretix: its own suite, and in a real pretix beside a real service.
	@$(BIN)/pytest tests/services/pretix_extension --durations=8 $(ARGS)

bench: setup-dev ## make bench ARGS="spine --json"
	@$(BIN)/python -m benchmarks $(ARGS)

quality: setup-dev ## How good scores are; ENTREMISE_EVALUATION_DATA=FOLDER make quality ARGS="--json"
	@$(BIN)/python -m benchmarks.quality $(ARGS)

check: lint layers types ## ruff, import-linter, and mypy on the built wheel.

lint: setup-dev
	@$(SAY) 'ruff …'
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --diff .
	@cd $(EXTENSION) && $(CURDIR)/$(BIN)/ruff check --quiet . && $(CURDIR)/$(BIN)/ruff format --quiet --diff .

layers: setup-dev
	@$(SAY) 'import-linter …'
	@$(BIN)/lint-imports --config .importlinter > $(VENV)/layers.log || { cat $(VENV)/layers.log; exit 1; }

types: setup-dev
	@$(SAY) 'mypy on the built wheel …'
	@$(BIN)/python tools/check_types.py

format: setup-dev ## Let ruff format and fix what it can.
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .
	@cd $(EXTENSION) && $(CURDIR)/$(BIN)/ruff check --quiet --fix-only . && $(CURDIR)/$(BIN)/ruff format --quiet .

constraints: ## Pin the newest versions of everything into constraints.txt, from an empty environment.
	@tools/pin_constraints

clean: ## Remove what the other targets made, except .venv.
	@rm -rf .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info
