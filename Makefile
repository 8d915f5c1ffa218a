# For a newcomer: `make audit` audits a project, `make test` runs the tests. Both set up what they need.

PYTHON ?= python3
PROJECT ?= build/sentibot
REPORTS ?= reports
VENV := .venv
BIN := $(VENV)/bin
SENTIBOT := $(VENV)-sentibot
# Everything is installed from the hashed lists, nothing is resolved anew.
INSTALL := -m pip --disable-pip-version-check install --quiet
HASHED := $(INSTALL) --require-hashes

.PHONY: audit test test-slow check benchmark requirements clean

audit: $(VENV)/.runtime  ## Audit PROJECT (by default the clean SentiBot); write the reports to REPORTS
	@test "$(PROJECT)" != build/sentibot || test -d build/sentibot \
		|| $(BIN)/whence challenge new build/sentibot --edition clean
	@mkdir -p $(REPORTS)
	$(BIN)/whence audit $(PROJECT) --offline --fail-on never \
		--format terminal --output - \
		--format markdown --output $(REPORTS)/audit.md \
		--format json --output $(REPORTS)/audit.json \
		--format sarif --output $(REPORTS)/audit.sarif

test: $(VENV)/.development $(SENTIBOT)/.installed  ## All tests but the slow ones, in a few minutes
	$(BIN)/python -m pytest -n auto -m "not slow"

test-slow: $(VENV)/.development $(SENTIBOT)/.installed  ## The slow tests
	$(BIN)/python -m pytest -n auto -m slow

check: $(VENV)/.development  ## Lint, types, import contracts, and whence on itself
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/whence audit . --offline

benchmark: $(VENV)/.development  ## Measure; every script says how to read its figures
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

requirements: $(VENV)/.development  ## Resolve the hashed lists anew
	$(BIN)/python scripts/lock_requirements.py

clean:
	rm -rf $(VENV) $(SENTIBOT) $(REPORTS) build dist

$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(HASHED) -r requirements/build.txt
	$(BIN)/python $(HASHED) -r requirements/runtime.txt
	$(BIN)/python $(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.development: $(VENV)/.runtime requirements/development.txt
	$(BIN)/python $(HASHED) -r requirements/development.txt
	@touch $@

# SentiBot's own tests run in an environment of their own. Without it they are skipped, and say so.
$(SENTIBOT)/.installed: src/whence/challenge/clean/requirements-test.txt
	$(PYTHON) -m venv $(SENTIBOT)
	$(SENTIBOT)/bin/python $(HASHED) -r $< && touch $@ \
		|| echo "SentiBot's dependencies could not be installed: its own tests will be skipped" >&2
