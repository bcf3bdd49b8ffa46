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
	$(PYTEST) -m e2e --every-combination

.PHONY: crash
crash: setup test-packages ## Disturb batches at random for some minutes: kill -9, EIO, ENOSPC, a killed server, a full disk
	$(PYTEST) tests/crash

.PHONY: agent-proof
agent-proof: setup test-packages ## Sign 500 transcripts at an office, the agent killed twice, the line cut and the server killed once
	$(BIN)/pytest tests/crash/test_agent_at_length.py

.PHONY: levels-proof
levels-proof: setup ## Take 100 students of each level from workbooks to transcripts, each verified and validated
	$(BIN)/python -m scripts.levels_proof

.PHONY: desk
desk: setup test-packages ## Hand 500 transcripts in at the admissions desk at once: page, service, command
	$(BIN)/pytest -n 0 -s tests/length

.PHONY: load
load: setup test-packages ## Ask the front 500 serials and 50 files a second for ten minutes (LOAD_SECONDS=600), then send slow files
	$(BIN)/pytest -n 0 -s tests/load

.PHONY: contract
contract: setup ## Try both APIs with thousands of requests made up from their OpenAPI documents (schemathesis)
	$(UV) sync --locked --quiet --inexact --group contract
	$(BIN)/python -m scripts.api_contract

.PHONY: attacks
attacks: setup ## Flip a bit of every byte of an issued file and cut it at every length: some minutes
	$(PYTEST) tests/attacks

.PHONY: bench
bench: setup ## Measure speed beside the peers and the limit, in one interleaved run
	$(UV) sync --locked --quiet --inexact --group bench
	$(BIN)/python -m bench

.PHONY: bench-record
bench-record: setup ## Measure how fast the log grows on both databases, proofs, and the record's size
	$(BIN)/python -m bench.recording

.PHONY: bench-mirror
bench-mirror: setup ## Measure a mirror of 100,000 entries, and a reader's start and look-ups up to 1,000,000
	$(BIN)/python -m bench.mirroring
	$(BIN)/python -m bench.reading

.PHONY: bench-import
bench-import: setup ## Measure the import of 5,000 students from the files of four systems
	$(BIN)/python -m bench.importing

.PHONY: bench-qr
bench-qr: setup ## Measure which degraded pictures of our codes are read, beside OpenCV and jsQR (needs Node and npm)
	$(UV) sync --locked --quiet --inexact --group bench
	cd bench/jsqr && npm ci --ignore-scripts --no-audit --no-fund
	$(BIN)/python -m bench.qr_reading

.PHONY: bench-serving
bench-serving: setup ## Measure look-ups and known files by HTTP beside a bare WSGI handler and Flask + ORM + pyHanko
	$(BIN)/python -m bench.serving

.PHONY: bench-signers
bench-signers: setup test-packages ## Measure signatures a second by file and token, beside the key's own rate
	$(BIN)/python -m bench.signers

# ---------------------------------------------------------------------------------------- tending it

.PHONY: vectors
vectors: setup ## Make the vectors of tests/vectors again
	@for generator in tests/vectors/generate_*.py; do echo "$$generator"; $(BIN)/python "$$generator" || exit 1; done

.PHONY: schemas
schemas: setup ## Make the JSON Schemas of docs/formats/schemas again
	$(BIN)/python -m scripts.json_schemas

.PHONY: assets
assets: ## Build the portal's style sheet and fonts again from assets/ (needs Node and npm)
	cd assets && npm ci --ignore-scripts --no-audit --no-fund && node build.mjs

.PHONY: screenshots
screenshots: setup test-packages ## Take the pictures of the README again
	$(BIN)/python -m scripts.screenshots

.PHONY: agent
agent: setup ## Build hocba-agent, the program that signs at a school's office, into dist/hocba-agent
	$(BIN)/python -m scripts.agent_zipapp

.PHONY: guide-pictures
guide-pictures: setup test-packages ## Take the pictures of docs/huong-dan again, while a season is played
	$(BIN)/pytest tests/e2e/test_season.py --pictures docs/images/huong-dan

.PHONY: agent-pictures
agent-pictures: setup test-packages ## Take the pictures of docs/agent.md again
	$(BIN)/python -m scripts.agent_pictures

.PHONY: catalogue
catalogue: setup ## Compile the Vietnamese catalogue of the sign-in pages again
	$(BIN)/python -m scripts.sign_in_catalogue

.PHONY: docs
docs: setup ## Make the generated parts of docs/ again: module lines, error codes; and the tables of the portal's scripts
	$(BIN)/python -m scripts.generated_docs
	$(BIN)/python -m scripts.browser_tables

.PHONY: lock
lock: $(UV) ## Bring uv.lock up to date (nothing younger than a week)
	$(UV) lock --upgrade

.PHONY: clean
clean: ## Remove .venv, .tools, demo-data and the caches
	rm -rf .venv .tools demo-data build dist bench/out tests/e2e/out
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------------- how

# First the build backend, locked, then the project itself, built with it. Compiled once: where Python may not write
# what it compiles, each command would start a second or two later, and the suite starts hundreds.
.venv/.locked: pyproject.toml uv.lock | $(UV)
	$(UV) sync --locked --quiet --no-install-project
	$(UV) sync --locked --quiet --compile-bytecode
	$(BIN)/python -m compileall -q keys schemas service verify
	@touch $@

$(UV): scripts/uv.txt scripts/bootstrap-uv.sh
	@scripts/bootstrap-uv.sh
	@touch $@

.PHONY: test-packages
test-packages:
	@scripts/test-packages.sh
