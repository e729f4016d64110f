# `make demo` and `make test` are the two commands of the README. Only python3 (with venv), make and a network are needed.
SHELL := /bin/bash
PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .make/uv/bin/uv
BIN := .venv/bin

# A package mirror (PIP_INDEX_URL) or a folder of wheels (WHEELS=/path, no network) is used when given.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX := $(PIP_INDEX_URL)
endif
ifdef WHEELS
UV_FROM := --no-index --find-links $(WHEELS)
PIP_FROM := --no-index --find-links $(WHEELS)
endif

.PHONY: help demo test lint types imports unit services bench eval kibana lock soak clean
help:            ## this list
	@grep -E '^[a-z]+: .*##|^[a-z]+:  +##' Makefile | sed -E 's/:.*## */\t/' | expand -t 12

$(UV):
	@$(PYTHON) -m venv .make/uv
	@.make/uv/bin/pip install -q --disable-pip-version-check $(PIP_FROM) uv==$(UV_VERSION)

.make/run-env: requirements.lock pyproject.toml | $(UV)
	@test -x $(BIN)/python || $(UV) venv -q --python $(PYTHON) .venv
	@$(UV) pip install -q --python $(BIN)/python $(UV_FROM) --require-hashes -r requirements.lock
	@$(UV) pip install -q --python $(BIN)/python $(UV_FROM) --no-deps --no-build-isolation -e .
	@touch $@

.make/dev-env: requirements-dev.lock .make/run-env
	@$(UV) pip install -q --python $(BIN)/python $(UV_FROM) --require-hashes -r requirements-dev.lock
	@touch $@

demo: .make/run-env            ## a made-up school: crawls it, alerts, shows the dashboard
	@$(BIN)/tocsin demo

test: .make/dev-env services lint types imports unit            ## everything

services: .make/dev-env
	@tools/services.sh
	@tools/kibana/environment.sh

lint: .make/dev-env            ## ruff
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .make/dev-env            ## mypy, strict
	@$(BIN)/mypy

imports: .make/dev-env            ## imports point one way
	@$(BIN)/lint-imports

unit: .make/dev-env            ## the tests alone
	@tools/unit.sh

bench: .make/dev-env            ## speed, beside the peers
	@for name in pipeline group store tag collect extract discovery dashboard memory crash elastic; do test -f bench/$$name.py && echo "== $$name" && $(BIN)/python -m bench.$$name; done

soak: .make/dev-env services            ## for hours: kills, faults, three Elasticsearch nodes
	@SOAK=true tools/services.sh
	@for name in soak soak_elastic; do test -f bench/$$name.py && echo "== $$name" && $(BIN)/python -m bench.$$name || exit 1; done

# The peers are installed beside the environment, never into it; without a network the table is printed without them.
.make/eval-packages: requirements-eval.lock | $(UV)
	@$(UV) pip install -q --target $@ $(UV_FROM) --no-deps --require-hashes -r requirements-eval.lock || echo "without the peers"
	@mkdir -p $@ && touch $@

# DATA=/path: development sets outside the repository; CONFIG=/path: the configuration of their streams
eval: .make/dev-env .make/eval-packages            ## figures of understanding beside baselines; writes docs/quality.md
	@$(BIN)/python tests/eval/run.py --packages .make/eval-packages $(if $(DATA),--data $(DATA)) $(if $(CONFIG),--config $(CONFIG))

kibana: .make/dev-env            ## compile and lint the Kibana boards (needs Python 3.12 or newer)
	@CI=true tools/kibana/environment.sh
	@for board in dashboards/kibana/boards/*.yaml; do .make/kibana/bin/kb-dashboard-lint check --config tools/kibana/lint.yaml --severity-threshold info --input-file $$board || exit 1; done
	@.make/kibana/bin/python tools/kibana/compile.py dashboards/kibana/boards dashboards/kibana/compiled
	@$(BIN)/python -m dashboards.kibana.views > dashboards/kibana/compiled/views.ndjson

lock: | $(UV)            ## renew the hashed lock files
	@$(UV) pip compile --universal --generate-hashes --no-emit-index-url -q --extra build pyproject.toml -o requirements.lock
	@$(UV) pip compile --universal --generate-hashes --no-emit-index-url -q --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	@$(UV) pip compile --universal --generate-hashes --no-emit-index-url -q --no-emit-package numpy -c requirements-dev.lock tests/eval/requirements-eval.in -o requirements-eval.lock
	@$(UV) pip compile --universal --generate-hashes --no-emit-index-url -q --python-version 3.12 tools/kibana/requirements-kibana.in -o tools/kibana/requirements-kibana.lock

clean:            ## forget the environment
	@rm -rf .venv .make
