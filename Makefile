# Everything a newcomer needs; `make help` lists it.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ARGS ?=
# what is compiled is kept, also where the environment says otherwise: here one process after the other starts
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo test slow faults pictures lint format clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(READY) ## make .venv with kairos and the tested versions of everything in it

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint requirements.lock --editable '.[dev]'
	@touch $@

demo: $(READY) ## set up, then take some thousands of moments through everything (about a minute)
	$(BIN)/kairos demo $(ARGS)

test: $(READY) ## set up, then pass the quick tests (under two minutes)
	$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

slow: $(READY) ## the slower suites: races, faults, browser
	$(BIN)/pytest -m slow $(ARGS)

pictures: $(READY) ## take the pictures in docs/pictures anew (needs Chromium)
	KAIROS_PICTURES=docs/pictures $(BIN)/pytest -m slow tests/gallery/test_browser.py tests/api/test_browser.py -k picture $(ARGS)

faults: $(READY) ## break everything at full length, and keep in docs/faults.md what came of it (an hour)
	@$(BIN)/python -m tests.faults $(ARGS)

lint: $(READY) ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## put the code in the house's form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

clean: ## remove what was built
	rm -rf $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
