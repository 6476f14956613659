# Everything a newcomer, a developer and CI run. `make help` lists it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help run test check format bench lock clean

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(STAMP) ## the whole pipeline on this machine, on samples/, with a page to look at (ARGS="--help")
	@$(BIN)/python -m local $(ARGS)

test: $(STAMP) ## every test that needs nothing but Python (ARGS="-k orientation")
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: $(STAMP) ## format, lint, types, and who may import whom
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_shape.py

format: $(STAMP) ## rewrite the sources as `make check` wants them
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(STAMP) ## measure, and print ratios
	@$(BIN)/python -m bench $(ARGS)

lock: ## pin every requirements*.in again, with hashes (needs uv)
	@for file in requirements*.in; do \
	  uv pip compile -q --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" $$file -o $${file%.in}.txt; \
	done

clean: ## forget the virtual environment and the local cloud's data
	rm -rf $(VENV) .local

# uv where there is one (seconds), else what Python brings (a minute); the same pinned files either way.
$(STAMP): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Darkroom needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Installing into $(VENV) (once) ..."
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv -q --allow-existing --python "$$(command -v $(PYTHON))" $(VENV) && \
	  uv pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.txt; \
	else \
	  $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt; \
	fi
	@touch $(STAMP)
