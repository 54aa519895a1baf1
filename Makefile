# How the console is set up, run, tested and checked. `make` alone lists what there is.
#   PYTHON=/path/to/python3.13 make test     to choose the Python yourself
#   make demo ARGS="--port 9000"             to hand options to the command

SHELL := /bin/sh
BIN := .venv/bin
# Tests wait for databases, browsers and workers more than they compute: three processes, a file of tests in one of them,
# in the order of tests/conftest.py (the longest first) and not in that of how many tests a file has.
# One seed, so that all of them find the same tests in the same order.
PYTEST := PYTHONHASHSEED=0 $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder
TEMPLATES = $$(find templates -name '*.html')

# The first Python that is new enough: newest names first, then what pyenv has installed.
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 12))
define SETUP
@for python in $(or $(PYTHON),python3.14 python3.13 python3.12 python3 "$$HOME"/.pyenv/versions/*/bin/python3); do \
	if "$$python" -c '$(NEW_ENOUGH)' >/dev/null 2>&1; then exec "$$python" bootstrap.py $(1); fi; \
done; \
echo "Steward needs Python 3.12 or newer, and $(or $(PYTHON),none) is $(if $(PYTHON),not,installed): install Python 3.13, or name one with PYTHON=/path/to/python3.13." >&2; \
exit 1
endef

.DEFAULT_GOAL := help
.PHONY: help demo test lint fix cover check audit bench drill mutants lock clean setup setup-demo

help:
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

demo: setup-demo ## set everything up and serve the console with five sandbox providers and made-up customers
	@$(BIN)/python manage.py demo $(ARGS)

test: setup ## set everything up and run all the tests
	@$(PYTEST) $(ARGS)

lint: setup ## check style, types, imports, templates and migrations without changing anything
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@if [ -d templates ]; then $(BIN)/djade --target-version 6.1 --check $(TEMPLATES) && $(BIN)/djlint --quiet templates; fi
	$(BIN)/python manage.py makemigrations --check --dry-run

fix: setup ## mend what can be mended by itself: format, imports, templates
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	@if [ -d templates ]; then $(BIN)/djade --target-version 6.1 $(TEMPLATES); fi

cover: setup ## run all the tests and report which lines they leave out
	@$(BIN)/coverage erase
	@PYTHONHASHSEED=0 $(BIN)/coverage run -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

check: lint test ## everything that must hold before a change is accepted: lint and test

audit: setup ## ask whether a locked requirement is known to be vulnerable, and look for insecure code
	$(BIN)/ruff check --select S .
	@$(BIN)/python -m tests.audited

bench: setup ## measure the console over real HTTP and print the figures
	@$(BIN)/python -m tests.bench $(ARGS)

drill: setup-demo ## send 300 changes through every fault, kill workers on the way, and compare with what the providers did
	@$(BIN)/python manage.py drill --changes 300 --kills 6 --freezes 2 --restarts 1 $(ARGS)

mutants: setup ## take each guard of delivery away in a copy of the tree, and see that a test notices
	@$(BIN)/python -m tests.mutants $(ARGS)

lock: setup ## resolve the requirements anew and write them down with their hashes
	$(call COMPILE,requirements)
	$(call COMPILE,requirements-oidc)
	$(call COMPILE,requirements-dev)

clean: ## remove the virtual environment, the caches and everything under var/
	@if [ -x $(BIN)/python ]; then $(BIN)/python -c 'from pathlib import Path; from console import embedded; from tests.server import server; server(Path("var/test").resolve()).remove(); embedded.remove("var", "var/test")'; fi
	rm -rf .venv var htmlcov .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup-demo:
	$(call SETUP,requirements.txt)

setup:
	$(call SETUP,requirements-dev.txt)

COMPILE = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.12 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(1).in --output-file $(1).txt
