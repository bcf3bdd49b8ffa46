# `make help` lists the targets. Each works on a clean clone: what it needs is made first.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

UV := .tools/bin/uv
BIN := .venv/bin
PYTEST := $(BIN)/pytest -n 2

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ------------------------------------------------------------------------------------------ using it

.PHONY: setup
setup: .venv/.locked ## Make .venv with exactly what uv.lock names, hashes checked

.PHONY: demo
demo: setup ## Issue a demo class into ./demo-data, then serve 127.0.0.1:8000 (issuing) and :8001 (verifying)
	$(BIN)/hocba demo --data demo-data

# --------------------------------------------------------------------------------------- checking it

.PHONY: test
test: setup test-packages ## Run the whole suite: tests, linters, types, import rules, docs
	$(PYTEST)

.PHONY: check
check: lint types contracts test ## Everything a change must pass

.PHONY: lint
lint: setup ## Check style and formatting with ruff
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: format
format: setup ## Format the code and mend what ruff can mend
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: types
types: setup ## Check types with mypy --strict
	$(BIN)/mypy

.PHONY: contracts
contracts: setup ## Check which package may import which
	$(BIN)/lint-imports --no-logo

.PHONY: e2e
e2e: setup test-packages ## Run only the tests that use the commands and pages as a person does
	$(PYTEST) -m e2e

.PHONY: crash
crash: setup ## Kill `hocba issue` at random, finish it, and count what was issued
	$(PYTEST) tests/e2e/test_crash.py

.PHONY: bench
bench: setup ## Measure speed beside the peers and the limit, in one interleaved run
	$(UV) sync --locked --quiet --inexact --group bench
	$(BIN)/python -m bench

.PHONY: bench-record
bench-record: setup ## Measure how fast the log grows on both databases, proofs, and the record's size
	$(BIN)/python -m bench.recording

.PHONY: bench-mirror
bench-mirror: setup ## Measure a mirror of 100,000 entries, and a reader's look-ups
	$(BIN)/python -m bench.mirroring

# ---------------------------------------------------------------------------------------- tending it

.PHONY: vectors
vectors: setup ## Make the vectors of tests/vectors again
	@for generator in tests/vectors/generate_*.py; do echo "$$generator"; $(BIN)/python "$$generator" || exit 1; done

.PHONY: schemas
schemas: setup ## Make the JSON Schemas of docs/formats/schemas again
	$(BIN)/python -m scripts.json_schemas

.PHONY: screenshots
screenshots: setup test-packages ## Take the pictures of the README again
	$(BIN)/python -m scripts.screenshots

.PHONY: docs
docs: setup ## Make the generated parts of docs/ again: module lines, error codes
	$(BIN)/python -m scripts.generated_docs

.PHONY: lock
lock: $(UV) ## Bring uv.lock up to date (nothing younger than a week)
	$(UV) lock --upgrade

.PHONY: clean
clean: ## Remove .venv, .tools, demo-data and the caches
	rm -rf .venv .tools demo-data build dist bench/out tests/e2e/out
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------------- how

# First the build backend, locked, then the project itself, built with it.
.venv/.locked: pyproject.toml uv.lock | $(UV)
	$(UV) sync --locked --quiet --no-install-project
	$(UV) sync --locked --quiet
	@touch $@

$(UV): scripts/uv.txt scripts/bootstrap-uv.sh
	@scripts/bootstrap-uv.sh
	@touch $@

.PHONY: test-packages
test-packages:
	@scripts/test-packages.sh
