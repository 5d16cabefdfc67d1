PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Harvester needs Python 3.11 or newer; set PYTHON=python3.11 or the like")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (once; this takes a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q harvester
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "Adding the development tools (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@touch $@

.PHONY: help setup harvest test check lint format reference bench fuzz lock clean

setup: $(VENV)/.run ## set up the virtual environment, nothing else

harvest: $(VENV)/.run ## harvest the demo course, or COURSE=path/to/course.yaml
ifdef COURSE
	@$(BIN)/harvester harvest "$(COURSE)" $(ARGS)
else
	@$(BIN)/harvester demo $(ARGS)
endif

test: $(VENV)/.dev ## run all tests
	@$(BIN)/python -m pytest -n auto $(ARGS)

check: $(VENV)/.dev lint test ## lint, format, types and all tests

lint: $(VENV)/.dev ## lint, format and types only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/.dev ## format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

reference: $(VENV)/.run ## renew the reference of checks, probes and problem codes
	@$(BIN)/harvester reference > configs/REFERENCE.md

bench: $(VENV)/.dev ## compare with git itself; BENCH_REMOTES=folder of bare repositories
	@$(BIN)/python -m tests.bench $(BENCH_REMOTES) $(ARGS)

fuzz: $(VENV)/.dev ## fuzz every parser of student text, MINUTES=10 each (or TARGET=report alone)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check atheris
	@$(BIN)/python -m tests.fuzz $(TARGET) --minutes $(or $(MINUTES),10)

lock: ## write the lock files from pyproject.toml (needs uv)
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra dask --extra setup --extra dev -o requirements-dev.lock
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra setup -c requirements-dev.lock -o requirements.lock

clean: ## remove the virtual environment and the demo course's output
	rm -rf $(VENV) demo-course
