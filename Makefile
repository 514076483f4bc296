# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
SITE_READY := .venv/.site-ready
unexport PYTHONDONTWRITEBYTECODE  # so that a module is compiled once, and not by each of many processes

.PHONY: help demo test test-quick lab hub build standalone site check clean

help: ## Show what there is to do
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml packaging/kerasgrader/pyproject.toml
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . --editable packaging/kerasgrader
	@touch $(READY)

# What the site's pages are made with: only `make site`, its tests and the types need it.
$(SITE_READY): $(READY) requirements-site.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-site.lock
	@touch $(SITE_READY)

demo: build ## Build the course, grade a demo class, print the marks, write feedback and a class report
	$(BIN)/python -m tests.demo

test: $(SITE_READY) ## Run all tests, three at a time: about a quarter of an hour on two cores
	$(BIN)/python -m pytest --numprocesses=3

test-quick: $(SITE_READY) ## Run the tests that need no kernel, in a minute and a half
	$(BIN)/python -m pytest --numprocesses=2 -m "not slow"

lab: $(READY) build ## Open JupyterLab on a student's copy of the course, at its welcome page
	mkdir -p lab
	for unit in release/*/; do [ -e "lab/$$(basename $$unit)" ] || cp -r "$$unit" lab/; done
	$(BIN)/kerascheck welcome lab
	$(BIN)/jupyter lab --notebook-dir=lab lab/welcome.ipynb

hub: $(READY) ## Run a JupyterHub for the class in hub/class.toml (as root; otherwise a trial)
	$(BIN)/python -m hub

build: $(READY) ## Build source/, release/ and the published evidence from lessons/
	$(BIN)/kerasgrader build

standalone: build ## Write notebooks that carry the course inside, and run wherever TensorFlow and Jupyter are
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	$(BIN)/kerasgrader standalone

site: $(SITE_READY) ## Write the course as a static site, with all outputs, into build/site
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	$(BIN)/python -m website

check: $(SITE_READY) ## Lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

clean: ## Remove what was made, but no submissions and no gradebook
	rm -rf .venv demo lab build dist standalone .mypy_cache .pytest_cache .ruff_cache
