# Everything a newcomer, a developer and CI run. `make help` lists it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
ARGS   ?=
INTEROP := .interop
CLIENTS := .clients
DEPLOY := .deploy
PROJECT ?=
REGION  ?=
PREFIX  ?=
YES     ?=
# A company's certificates are the system's, and uv would look at its own.
UV_SYSTEM_CERTS ?= 1
export UV_SYSTEM_CERTS
# The tests start hundreds of processes; each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-slow check format bench prove browser interop clients package try-packages plan deploy destroy lock clean

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(STAMP) ## the whole pipeline on this machine, on samples/, with a page to look at (ARGS="--help")
	@$(BIN)/python -m local $(ARGS)

test: $(STAMP) ## the tests, in under five minutes on two cores (ARGS="-k orientation")
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not slow" $(ARGS)

test-slow: $(STAMP) ## the other tests: whole processes are started and killed, and searches are long
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m slow $(ARGS)

check: $(STAMP) ## format, lint, types, and who may import whom
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/repository/test_shape.py

format: $(STAMP) ## rewrite the sources as `make check` wants them
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(STAMP) ## measure, and print ratios
	@$(BIN)/python -m bench $(ARGS)

prove: $(STAMP) ## kill processes at every step, seed bugs, raise a storm, search all states; 15 minutes (ARGS="--help")
	@$(BIN)/python -m prove $(ARGS)

browser: $(STAMP) $(VENV)/.browser ## the page in the system's Chromium, with what drives and checks it
	@$(BIN)/python -m pytest -q -m browser $(ARGS)

interop: $(STAMP) $(INTEROP)/.installed ## read our exports with pycocotools, supervision and Label Studio's own library
	@$(BIN)/python -m pytest -q tests/shared/exports/test_interop.py $(ARGS)

clients: $(STAMP) $(CLIENTS)/.installed ## try other people's storage clients on the local cloud: Node, gcsfs, smart_open; rclone and gcloud where installed
	@DARKROOM_CLIENTS=$(CLIENTS) $(BIN)/python -m pytest -q -rs -m clients tests/local/test_clients.py $(ARGS)

package: ## pack the functions, for those who run terraform by themselves
	@$(PYTHON) -m terraform.package

try-packages: $(STAMP) $(DEPLOY)/.installed ## start every packed function with nothing but what it has when deployed
	@$(BIN)/python -m pytest -q tests/terraform/test_package.py $(ARGS)

plan: ## what `make deploy` would change on Google Cloud, in full
deploy: ## to Google Cloud: checks, plans, asks, does it (PROJECT=... REGION=... PREFIX=... YES=1 ARGS="-var ...")
destroy: ## take it from Google Cloud again; buckets that hold something are kept
plan deploy destroy:
	@$(PYTHON) -m terraform.deploy $@ --project "$(PROJECT)" $(if $(REGION),--region $(REGION)) $(if $(PREFIX),--prefix $(PREFIX)) $(if $(YES),--yes) -- $(ARGS)

lock: ## pin every requirements*.in again, with hashes, and say what changed (ARGS="--upgrade")
	@uv=$$(setup/uv $(PYTHON)) || { echo "make lock needs uv, which cannot be had here."; exit 1; }; \
	$(PYTHON) -m setup.lock "$$uv" $(ARGS)

clean: ## forget the virtual environment and the local cloud's data
	rm -rf $(VENV) $(INTEROP) $(CLIENTS) $(DEPLOY) .local terraform/.build

# $(call install,ENVIRONMENT,REQUIREMENTS,INTERPRETER)
define install
@setup/environment $(1) $(2) $(3)
@touch $@
endef

$(STAMP): requirements-dev.txt
	$(call install,$(VENV),requirements-dev.txt,$(PYTHON))

$(VENV)/.browser: requirements-browser.txt | $(STAMP)
	$(call install,$(VENV),requirements-browser.txt,$(BIN)/python)

# The readers of others bring another OpenCV, and much else that nothing here needs.
$(INTEROP)/.installed: requirements-interop.txt | $(STAMP)
	$(call install,$(INTEROP),requirements-interop.txt,$(BIN)/python)

# Node's client comes from npm, where there is one.
$(CLIENTS)/.installed: requirements-clients.txt tests/local/clients/package-lock.json | $(STAMP)
	$(call install,$(CLIENTS),requirements-clients.txt,$(BIN)/python)
	@if command -v npm >/dev/null 2>&1; then \
	  cp tests/local/clients/package.json tests/local/clients/package-lock.json $(CLIENTS) && \
	  npm ci --silent --no-audit --no-fund --ignore-scripts --prefix $(CLIENTS); \
	fi

# What a deployed function has: requirements.txt and nothing else.
$(DEPLOY)/.installed: requirements.txt | $(STAMP)
	$(call install,$(DEPLOY),requirements.txt,$(BIN)/python)
