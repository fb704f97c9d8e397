# `make` says what there is. Everything is installed into .venv and kept under .local, nothing else.

VENV   := .venv
PYTHON := $(VENV)/bin/python
PIP    := $(PYTHON) -m pip install -qq --disable-pip-version-check
LOCK   := --universal --python-version 3.11 --generate-hashes \
          --no-emit-index-url --no-header --no-annotate --quiet

# A command of that name may exist and still not run, or lack what a venv is made with.
CANDIDATES := python3.14 python3.13 python3.12 python3.11 python3
SUITABLE   := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

.DEFAULT_GOAL := help
.PHONY: help run down demo test test-client test-laravel test-page check bench docs schema lock release-dry-run clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run ## the whole stack: servers, web, workers, beat, Flower; Ctrl-C stops it
	@$(PYTHON) -m runtime_app up

down: ## stop the stack, wherever it was started
	@if [ -f $(VENV)/.run ]; then $(PYTHON) -m runtime_app down; fi

demo: $(VENV)/.run ## one run with a tool call, streamed here, and its receipt
	@$(PYTHON) -m runtime_app demo

test-client: $(VENV)/.dev ## the tests with the npm `ai` client; needs Node and npm
	@command -v npm >/dev/null || { echo "Install Node.js 20 or newer with npm (on Debian: nodejs npm)." >&2; exit 1; }
	@$(PYTHON) -m pytest -m node

test-laravel: $(VENV)/.dev ## the PHP package's tests, on a stack and a site of their own; needs PHP, npm, Chromium
	@$(PYTHON) -m tests.support.php_tests
	@$(PYTHON) -m pytest -m "site or php"

test-page: $(VENV)/.dev ## the tests of the chat page; needs Chromium
	@command -v chromium >/dev/null || { echo "Install Chromium (on Debian: chromium)." >&2; exit 1; }
	@$(PYTHON) -m pytest -m page

test: $(VENV)/.dev ## the whole test suite, in parallel
	@$(PYTHON) -m pytest -n auto -m "not node and not page and not site and not php"

check: $(VENV)/.dev ## lint, types, import contracts, freshness of what is generated
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(PYTHON) -m docs.generate --check
	@$(PYTHON) -m migrations.dump_schema --check

bench: $(VENV)/.dev ## the benchmarks; results under bench/results
	@$(PYTHON) -m bench

docs: $(VENV)/.dev ## write what is generated from the code
	@$(PYTHON) -m docs.generate

schema: $(VENV)/.dev ## write migrations/schema.sql
	@$(PYTHON) -m migrations.dump_schema

lock: $(VENV)/.dev ## pin the newest versions that setup.cfg allows
	@$(PIP) uv
	@echo 'setuptools>=77' | $(VENV)/bin/uv pip compile setup.cfg - $(LOCK) --upgrade \
		--extra local --extra dev --output-file requirements-dev.lock
	@echo 'setuptools>=77' | $(VENV)/bin/uv pip compile setup.cfg - $(LOCK) --upgrade \
		--extra local --constraint requirements-dev.lock --output-file requirements.lock
	@$(VENV)/bin/uv pip compile setup.cfg $(LOCK) --upgrade \
		--constraint requirements.lock --output-file requirements-image.lock
	@echo 'setuptools>=77' | $(VENV)/bin/uv pip compile - $(LOCK) --upgrade \
		--constraint requirements.lock --output-file requirements-build.lock

release-dry-run: $(VENV)/.dev ## the release's steps, but for what needs a cloud account
	@$(PYTHON) -m tests.support.release_dry_run

clean: down ## stop the stack; remove .venv, .local with its data, and caches
	rm -rf $(VENV) .local tests/ai_client/node_modules *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Nothing is installed twice: each stamp is younger than what it was made from.
$(VENV)/.run: requirements.lock setup.cfg pyproject.toml | $(VENV)/.made
	@echo "Installing (once, about a minute)..."
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing the test tools (once)..."
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.made:
	@if ! $(PYTHON) -c '$(SUITABLE)' >/dev/null 2>&1; then \
		for candidate in $(CANDIDATES); do \
			if $$candidate -c '$(SUITABLE)' >/dev/null 2>&1; then python=$$candidate; break; fi; \
		done; \
		if [ -z "$$python" ]; then \
			echo "No Python 3.11 or newer that can make a venv was found ($(CANDIDATES))." >&2; \
			echo "Install one (on Debian also python3-venv) and run make again." >&2; \
			exit 1; \
		fi; \
		echo "Making $(VENV) with $$($$python --version)"; \
		$$python -m venv --clear $(VENV); \
	fi
	@touch $@
