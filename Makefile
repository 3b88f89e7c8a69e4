# The targets are the project's front door; `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo up test test-long check drill drill-sabotage drill-peers bench bench-large lifecycle pictures requirements sbom audit audit-reviewed clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: .venv/run ## Load, import, work and verify 10,000 orders on embedded servers
	@$(BIN)/orderflode demo

up: .venv/run ## Run all processes on embedded servers until Ctrl-C
	@$(BIN)/orderflode up

test: .venv/dev chromium ## Run all tests but the long ones
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not long"

test-long: .venv/dev chromium ## Run the tests that take minutes
	@$(BIN)/pytest -m long --timeout 1800
	@ORDERFLODE_EXAMPLES=100 $(BIN)/pytest --timeout 3600 \
		tests/integration/test_cohorts_equal_singles.py tests/integration/test_devices_as_singles.py

check: .venv/dev ## Ruff, mypy, import rules, then the tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache > .venv/imports.txt || { cat .venv/imports.txt; exit 1; }
	@$(MAKE) --no-print-directory test

drill: .venv/dev ## Break everything under load for ten minutes, and judge (SEED=1 MINUTES=10)
	@$(BIN)/orderflode drill --seed $(or $(SEED),1) --minutes $(or $(MINUTES),10)

drill-sabotage: .venv/dev ## Take each guard away in turn: the judge must see every one of them
	@$(BIN)/orderflode drill --sabotage all

drill-peers: .venv-bench/bench ## Naive Celery and DBOS under the same drill, beside ours (SEED=1 MINUTES=3)
	@.venv-bench/bin/python -m drill.peers --engine all --seed $(or $(SEED),1) --minutes $(or $(MINUTES),3)

bench: .venv-bench/bench ## Measure beside others: ten minutes on two quiet cores
	@.venv-bench/bin/python -m benchmarks

bench-large: .venv-bench/bench ## Measure what needs 1,000,000 orders: half an hour
	@.venv-bench/bin/python -m benchmarks --large

lifecycle: .venv/run ## Generate docs/order_lifecycle.md from the machines
	@$(BIN)/python -m backoffice.lifecycle_page

pictures: .venv/dev chromium ## Take the pictures of the back office in docs/ anew
	@PYTHONPATH=tests:. $(BIN)/python tests/pictures.py

requirements: .venv/dev ## Compile the hashed requirements from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra install pyproject.toml --output-file requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra install --extra dev --constraint requirements.txt pyproject.toml --output-file requirements-dev.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra install --extra bench --constraint requirements.txt pyproject.toml --output-file requirements-bench.txt

sbom: .venv/dev ## Write the bill of materials of what runs (CycloneDX)
	@$(BIN)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --of JSON --output-reproducible \
		--output-file $(or $(OUT),sbom.cdx.json)

audit: .venv/dev ## Ask whether a vulnerability is known in what we install
	@$(BIN)/python security/audit.py

audit-reviewed: .venv/dev ## The same, after a person has read the advisories of what changed
	@$(BIN)/python security/audit.py --reviewed

clean: ## Remove the environments and caches
	@rm -rf .venv .venv-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The browser of the tests of pages, where this machine lets us install it; they say so where there is none.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1; } \
		|| echo "Chromium is not installed: the tests of pages are skipped"

# The environments: what runs, and what tests on top. The command is installed at .venv/bin/orderflode by both.
# What is measured beside others has one of its own, where the product's versions are the same.
.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/run: .venv/made requirements.txt pyproject.toml
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/run requirements-dev.txt
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

.venv-bench/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@$(PYTHON) -m venv .venv-bench
	@touch $@

.venv-bench/bench: .venv-bench/made requirements-bench.txt pyproject.toml
	@.venv-bench/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-bench.txt
	@.venv-bench/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --editable .
	@touch $@
