# Copyright (c) multiwan.routeros contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The interpreter that .venv is made with (3.11 or later)
PYTHON ?= python3
export PYTHON
# KEEP=1 leaves the laboratory up after the demo
KEEP ?=
export KEEP
# Arguments for pytest, e.g. make test ARGS="tests/unit -k mangle", and for make paper
ARGS ?=

# Ansible insists on a UTF-8 locale; this one is on every Linux, whatever LANG says.
ifeq ($(shell uname),Linux)
export LC_ALL := C.UTF-8
endif
# A package index that is slow for a moment is asked again, for longer than pip would by itself.
export PIP_DEFAULT_TIMEOUT ?= 60
export PIP_RETRIES ?= 10
# How many tests run at the same time: they wait about as long as they compute, so two cores have enough for four.
JOBS ?= 4
# When make began: the demo's wall time includes setting everything up.
export STARTED := $(shell date +%s)

BIN := .venv/bin
LINTERS := lint-ruff lint-mypy lint-yaml lint-shell lint-workflows lint-reuse lint-changelog lint-docs lint-ansible lint-sanity lint-units
# Several of Ansible's own tools start each other by name.
WITH_TOOLS := PATH="$(CURDIR)/$(BIN):$$PATH"

.DEFAULT_GOAL := help
.PHONY: help demo test molecule docs paper lint $(LINTERS) lint-galaxy bench build clean env env-demo env-tests

help: ## show this text
	@echo 'multiwan.routeros: MikroTik sites with several Internet links, as code'
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '  One linter alone:'
	@awk -F ':.*## ' '/^lint-[a-z]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '  A site of your own, once the demo has run: README.md, "A site of your own in the laboratory".'
	@echo '  KEEP=1 make demo leaves the laboratory up; PYTHON=... chooses the interpreter; ARGS=... goes to pytest.'

demo: env-demo ## four factory-default routers become working sites, on this machine, in about a minute
	@$(BIN)/python scripts/demo.py

test: env-tests ## every test
	@$(BIN)/pytest --numprocesses $(JOBS) --dist loadfile $(ARGS)

molecule: env ## two sites through molecule: on the laboratory, and on real Cloud Hosted Routers where there is an image
	@scripts/molecule

docs: env ## the documentation as a site: build/docs/index.html
	@scripts/build-docs

paper: env ## the paper's evaluation, measured in the laboratory: build/paper/paper.html (ARGS=--quick for a short run)
	@$(BIN)/python -m tests.paper $(ARGS)

lint: $(LINTERS) ## every linter

lint-ruff: env ## style and common mistakes of Python
	$(BIN)/ruff check
	$(BIN)/ruff format --check

lint-mypy: env ## types of the plugins, the laboratory, scripts and tests
	$(BIN)/mypy -p ansible_collections.multiwan.routeros.plugins -p routerlab
	$(BIN)/mypy scripts tests/unit tests/integration tests/artifact tests/docs tests/examples tests/runner tests/lab/tests tests/newcomer tests/paper tests/project tests/chr tests/molecule

lint-yaml: env ## style of YAML
	$(BIN)/yamllint --strict .

lint-shell: env ## common mistakes of shell scripts
	$(BIN)/shellcheck $$(grep -lsE '^#!.*sh$$' scripts/* .ci/*)

lint-workflows: env ## GitHub's files: their form, and what an outsider could abuse in them
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/[!c]*.yml
	$(BIN)/zizmor --offline --no-progress --quiet .github

lint-galaxy: env ## what Galaxy's importer says of the artifact (not part of make lint: it has an environment of its own)
	scripts/lint-galaxy

lint-reuse: env ## every file says whose it is and under which licence
	$(BIN)/reuse lint --lines

lint-changelog: env ## the changelog's fragments
	$(WITH_TOOLS) $(BIN)/antsibull-changelog lint

lint-docs: env ## what the plugins and docs/docsite say of themselves
	$(WITH_TOOLS) $(BIN)/antsibull-docs lint-collection-docs --plugin-docs .

lint-ansible: env ## roles and playbooks, by the rules for production
	$(WITH_TOOLS) $(BIN)/ansible-lint --profile production --offline

lint-sanity: env ## Ansible's own sanity tests, with nothing ignored
	scripts/lint-sanity

lint-units: env ## the unit tests by Ansible's own runner, on the newest ansible-core
	scripts/lint-units

bench: env ## what a task and a whole run cost, as ratios
	@$(BIN)/python scripts/bench.py

build: env ## the collection as dist/multiwan-routeros-VERSION.tar.gz
	$(BIN)/ansible-galaxy collection build --force --output-path dist

clean: ## stop the laboratory, remove .venv and all that tools left behind
	@if [ -x $(BIN)/routerlab ] && [ -d .routerlab ]; then $(BIN)/routerlab down || true; fi
	rm -rf build .venv .routerlab .ansible .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache dist tests/output
	find . -name .git -prune -o \( -name __pycache__ -o -name '*.egg-info' \) -prune -exec rm -rf {} +

# Nobody who only looks (demo) waits for what linters and documentation need, nor anybody but tests for browsers.
env-demo:
	@scripts/setup-env

env:
	@scripts/setup-env --tools

env-tests:
	@scripts/setup-env --tests
