# whence: two commands for a newcomer are `make audit` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROJECT ?= $(VENV)/sentibot
REPORTS ?= reports
# Everything is installed from the hashed lists, never resolved anew.
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes
OWN := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation

.PHONY: audit test check benchmark requirements clean

audit: $(VENV)/.runtime  ## Audit PROJECT (default: the clean SentiBot); reports go to REPORTS
	@test "$(PROJECT)" != "$(VENV)/sentibot" || test -d $(VENV)/sentibot \
		|| $(BIN)/whence challenge new --edition clean $(VENV)/sentibot
	@mkdir -p $(REPORTS)
	$(BIN)/whence audit $(PROJECT) --offline \
		--format terminal --output - \
		--format markdown --output $(REPORTS)/audit.md \
		--format json --output $(REPORTS)/audit.json \
		--format sarif --output $(REPORTS)/audit.sarif

test: $(VENV)/.development  ## Run all tests, SentiBot's own included
	$(BIN)/python -m pytest -n auto

check: $(VENV)/.development  ## Lint, types, import contracts, and whence on itself
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/whence audit . --offline --fail-on low

benchmark: $(VENV)/.development  ## Measure; every script says how to read its figures
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

requirements: $(VENV)/.development  ## Resolve the hashed lists anew
	$(BIN)/python scripts/lock_requirements.py

clean:
	rm -rf $(VENV) $(REPORTS) dist

$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements/build.txt -r requirements/runtime.txt
	$(OWN) --editable .
	@touch $@

$(VENV)/.development: $(VENV)/.runtime requirements/development.txt
	$(PIP) -r requirements/development.txt
	@touch $@
