# `make` lists the targets. Needed: Python 3.11 or newer, make, and a package registry for the first run.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=

python := $(VENV)/bin/python
manage := $(python) manage.py
pip := $(python) -m pip --quiet --quiet --disable-pip-version-check install --require-hashes
# The newest Python of the machine must not change the lock, nor a newer release upstream: what stands there is kept
# while it fits. `make lock ARGS=--upgrade` takes the newest. Extras stay in the lock: without them pip meets a
# package's `coverage[toml]>=7` as a requirement that is not pinned, once a release newer than the locked one is out.
LOCK_DIR ?= .
compile := $(python) -m uv --directory $(LOCK_DIR) pip compile --quiet --universal --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
# The gates see no setting of the developer's, neither from `.env` nor from the shell.
clean_environment = env -i PATH="$$PATH" HOME="$$HOME" ENV_FILE=/dev/null PUBLIC_BASE_URL=https://notes.example.org \
	DATABASE_PATH=$(VENV)/check.sqlite3 SECRET_KEY="$$($(python) -c 'import secrets; print(secrets.token_urlsafe(50))')"
spectacular := spectacular --format openapi-json --validate --fail-on-warn

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run env migrate test soak storm mutate bench check lint format types deploy migrations schema-current \
	schema lock-current lock examples clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- running ---------------------------------------------------------------------------------------------------------

run: $(VENV)/.base ## Serve on http://127.0.0.1:8000 (HOST and PORT change that); sets up all it needs
	@$(python) -m notes_api.dotenv
	@$(manage) prepare
	@exec $(python) -m gunicorn -c gunicorn.conf.py notes_api.asgi:application

env: $(VENV)/.base ## Write .env with fresh random keys, unless there is one
	@$(python) -m notes_api.dotenv

migrate: $(VENV)/.base ## Bring the database up to date
	@$(manage) migrate

# --- testing ---------------------------------------------------------------------------------------------------------

test: $(VENV)/.dev ## Run the tests, on PostgreSQL if DATABASE_HOSTNAME is set; ARGS="-k trash" chooses
	@$(python) -m pytest -n auto --dist worksteal --cov --cov-report=term $(ARGS)

soak: $(VENV)/.dev ## Converge over 20,000 changes, about five minutes; SOAK_CHANGES and SOAK_SEED choose others
	@SOAK_CHANGES=$${SOAK_CHANGES:-20000} $(python) -m pytest notes/tests/test_convergence.py -k every_replica -s -q -o log_level=WARNING

storm: $(VENV)/.dev ## Guess passwords 10,000 times in each storm of log-ins, which takes minutes; LOGINS chooses another number
	@LOGINS=$${LOGINS:-10000} $(python) -m pytest -n auto --dist worksteal accounts/tests/test_login_storm.py $(ARGS)

# One at a time: all of them use the same test database.
mutate: $(VENV)/.dev ## Break what lets people in, in hundreds of ways, and list those that no test notices; takes minutes
	@$(python) -m mutmut run --max-children 1 $(ARGS)
	@$(python) -m mutmut results

bench: ## Measure against FastAPI and stock DRF, about 25 minutes; ARGS=--quick for a first look
	@$(MAKE) --no-print-directory VENV=$(VENV)-bench $(VENV)-bench/.bench
	@exec $(VENV)-bench/bin/python -m benchmarks.comparison $(ARGS)

check: lint types deploy migrations schema-current lock-current ## Run every gate below
	@echo "All gates passed."

lint: $(VENV)/.dev ## Gate: format and lint
	@$(python) -m ruff format --check --quiet . || { echo "Not formatted: make format"; exit 1; }
	@$(python) -m ruff check --quiet .

types: $(VENV)/.dev ## Gate: mypy, strict
	@$(python) -m mypy .

deploy: $(VENV)/.dev ## Gate: Django's deployment checks, with an https PUBLIC_BASE_URL
	@$(clean_environment) $(manage) check --deploy --fail-level WARNING

migrations: $(VENV)/.dev ## Gate: no model change without its migration
	@$(clean_environment) $(manage) makemigrations --check --dry-run

schema-current: $(VENV)/.dev ## Gate: openapi.json is valid and says what the code does
	@$(clean_environment) $(manage) $(spectacular) --file $(VENV)/openapi.json
	@cmp openapi.json $(VENV)/openapi.json || { echo "openapi.json is out of date: make schema"; exit 1; }

lock-current: $(VENV)/.dev ## Gate: the locks follow from requirements/*.in
	@sh requirements/check.sh $(VENV)/lock

# --- changing --------------------------------------------------------------------------------------------------------

format: $(VENV)/.dev ## Format the code and mend what the linter can
	@$(python) -m ruff check --fix-only --quiet .
	@$(python) -m ruff format .

examples: $(VENV)/.dev ## Write the answers in docs/api.md that are no longer true
	@DJANGO_SETTINGS_MODULE=notes_api.tests.settings $(python) -m notes_api.tests.documents docs/api.md

schema: $(VENV)/.dev ## Write openapi.json
	@$(clean_environment) $(manage) $(spectacular) --file openapi.json

lock: $(VENV)/.dev ## Compile requirements/*.in to the locks; ARGS=--upgrade takes the newest releases
	@$(compile) $(ARGS) --python-version 3.11 requirements/base.in -o requirements/base.txt
	@$(compile) $(ARGS) --python-version 3.11 --constraints requirements/base.txt requirements/dev.in \
		-o requirements/dev.txt
	@$(compile) $(ARGS) --python-version 3.11 --constraints requirements/base.txt requirements/bench.in \
		-o requirements/bench.txt
	@$(compile) $(ARGS) --python-version 3.13 --override requirements/django61.in requirements/dev.in \
		-o requirements/django61.txt

clean: ## Remove what was built: virtual environments and caches, never .env or the data
	rm -rf .venv* .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the virtual environment: a stamp for each lock it holds ---------------------------------------------------------

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)."; \
		echo "Name another one: make PYTHON=python3.13 run"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.base: requirements/base.txt | $(VENV)/.python
	@echo "Installing what the server needs into $(VENV) ..."
	@$(pip) -r requirements/base.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/.base
	@echo "Installing what the tests and checks need into $(VENV) ..."
	@$(pip) -r requirements/dev.txt
	@touch $@

$(VENV)/.bench: requirements/bench.txt | $(VENV)/.python
	@echo "Installing this server and those it is measured against into $(VENV) ..."
	@$(pip) -r requirements/bench.txt
	@touch $@
