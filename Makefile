# `make` lists the targets. Requires Python 3.11 or newer and, for the first run, access to a package registry.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=

python := $(VENV)/bin/python
manage := $(python) manage.py
PYTEST ?= $(python) -m pytest
pip := $(python) -m pip --quiet --quiet --disable-pip-version-check install --require-hashes
# The lock must not depend on the machine's Python or on newer releases, so uv keeps the locked versions while they fit.
# `make lock ARGS=--upgrade` takes the newest. Extras stay in the lock: without them, pip rejects a requirement such as
# `coverage[toml]>=7` as not pinned as soon as a newer release exists.
LOCK_DIR ?= .
compile := $(python) -m uv --directory $(LOCK_DIR) pip compile --quiet --universal --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
# The checks ignore the developer's settings in `.env` and in the shell.
clean_environment = env -i PATH="$$PATH" HOME="$$HOME" ENV_FILE=/dev/null PUBLIC_BASE_URL=https://notes.example.org \
	DATABASE_PATH=$(VENV)/check.sqlite3 SECRET_KEY="$$($(python) -c 'import secrets; print(secrets.token_urlsafe(50))')"
spectacular := spectacular --format openapi-json --validate --fail-on-warn

# Python and pytest keep what they compiled, or each process of a test run would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run env migrate test node soak cost storm mutate clients bench check lint imports types deploy migrations \
	schema-current lock-current format examples schema lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Run

run: $(VENV)/.base ## Install, migrate and serve on http://127.0.0.1:8000; HOST and PORT set another address
	@$(python) -m notes_api.config.dotenv
	@$(manage) prepare
	@# gunicorn reads it too, and fails if it is empty.
	@[ -n "$$WEB_CONCURRENCY" ] || unset WEB_CONCURRENCY; exec $(python) -m gunicorn -c gunicorn.conf.py notes_api.asgi:application

env: $(VENV)/.base ## Write .env with random keys if it does not exist
	@$(python) -m notes_api.config.dotenv

migrate: $(VENV)/.base ## Apply missing database migrations
	@$(manage) migrate

# Test

test: $(VENV)/.dev ## Run the tests, on PostgreSQL if DATABASE_HOSTNAME is set; ARGS="-k trash" selects tests
	@$(PYTEST) -n auto --dist worksteal --cov --cov-report=term $(ARGS)

node: $(VENV)/.node ## Install what some tests need from npm: axe-core, and the packages of docs/clients.md

soak: $(VENV)/.dev ## Check replicas over 20,000 changes, 8 clients on one note, an account of 100,000 notes and hostile requests (20 minutes); see SOAK_*
	@SOAK_CHANGES=$${SOAK_CHANGES:-20000} $(python) -m pytest notes/tests/test_convergence.py -k every_replica -s -q -o log_level=WARNING
	@SOAK_OPERATIONS=$${SOAK_OPERATIONS:-8000} $(python) -m pytest notes/tests/test_linearizability.py -s -q -o log_level=WARNING
	@AGENT_ROUNDS=$${AGENT_ROUNDS:-1000} $(python) -m pytest notes/tests/test_mcp_agents.py -s -q -o log_level=WARNING
	@LARGE_ACCOUNT_NOTES=$${SOAK_NOTES:-100000} $(python) -m pytest notes/tests/test_large_account.py -s -q
	@SOAK_EXAMPLES=$${SOAK_EXAMPLES:-1000} $(python) -m pytest -q -o log_level=WARNING $$(git grep -l '^@given' -- '*/tests/*.py')
	@SOAK=1 $(python) -m pytest notes_api/tests/test_cost.py notes_api/tests/test_memory_bounds.py -q -o log_level=WARNING

cost: $(VENV)/.dev ## Measure what hostile requests cost and update docs/security/cost.md (10 minutes)
	@DJANGO_SETTINGS_MODULE=notes_api.tests.settings $(python) -c \
		"import django; django.setup(); from notes_api.tests.cost.table import main; main('$(ARGS)'.split())"

storm: $(VENV)/.dev ## Test the log-in throttles with 10,000 wrong passwords each (minutes); LOGINS sets another number
	@LOGINS=$${LOGINS:-10000} $(python) -m pytest -n auto --dist worksteal accounts/tests/test_login_storm.py $(ARGS)

# One process, because all mutants use the same test database.
mutate: $(VENV)/.dev ## Mutate the access checks and list the mutants that no test detects (16 minutes of CPU)
	@$(python) -m mutmut run --max-children 1 $(ARGS)
	@$(python) -m mutmut results

clients: $(VENV)/.dev ## Check: generated clients, linters of openapi.json, and MCP clients; needs node, npm and javac
	@$(MAKE) --no-print-directory VENV=$(VENV)-clients $(VENV)-clients/.clients
	@CLIENT_TOOLS=$(VENV)-clients $(python) -m pytest -q -rs -n auto --dist worksteal \
		notes_api/tests/test_generated_clients.py notes_api/tests/test_mcp_clients.py \
		notes_api/tests/test_mcp_oauth_clients.py $(ARGS)

bench: ## Compare the speed with FastAPI, DRF, PocketBase (35 minutes); ARGS=--quick gives a first impression
	@$(MAKE) --no-print-directory VENV=$(VENV)-bench $(VENV)-bench/.bench
	@exec $(VENV)-bench/bin/python -m benchmarks.comparison $(ARGS)

check: lint imports types deploy migrations schema-current lock-current ## Run all checks below
	@echo "All checks passed."

lint: $(VENV)/.dev ## Check: format and lint rules
	@$(python) -m ruff format --check --quiet . || { echo "Not formatted: make format"; exit 1; }
	@$(python) -m ruff check --quiet .

imports: $(VENV)/.dev ## Check: imports between packages go one way
	@PATH="$(VENV)/bin:$$PATH" lint-imports --no-logo >$(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }

types: $(VENV)/.dev ## Check: types (mypy --strict)
	@$(python) -m mypy .

deploy: $(VENV)/.dev ## Check: Django's deployment checks with an https PUBLIC_BASE_URL
	@$(clean_environment) $(manage) check --deploy --fail-level WARNING

migrations: $(VENV)/.dev ## Check: every model change has a migration
	@$(clean_environment) $(manage) makemigrations --check --dry-run

schema-current: $(VENV)/.dev ## Check: openapi.json is valid and matches the code
	@$(clean_environment) $(manage) $(spectacular) --file $(VENV)/openapi.json
	@cmp openapi.json $(VENV)/openapi.json || { echo "openapi.json is out of date: make schema"; exit 1; }

lock-current: $(VENV)/.dev ## Check: the locks match pyproject.toml and requirements/*.in
	@sh requirements/check.sh $(VENV)/lock

# Change

format: $(VENV)/.dev ## Format the code and fix what the linter can fix
	@$(python) -m ruff check --fix-only --quiet .
	@$(python) -m ruff format .

examples: $(VENV)/.dev ## Update the responses in docs/api.md
	@DJANGO_SETTINGS_MODULE=notes_api.tests.settings $(python) -m notes_api.tests.documents docs/api.md

schema: $(VENV)/.dev ## Generate openapi.json
	@$(clean_environment) $(manage) $(spectacular) --file openapi.json

lock: $(VENV)/.dev ## Compile pyproject.toml and requirements/*.in to locks; ARGS=--upgrade takes the newest releases
	@$(compile) $(ARGS) --python-version 3.11 pyproject.toml -o requirements/base.txt
	@$(compile) $(ARGS) --python-version 3.11 --constraints requirements/base.txt pyproject.toml requirements/dev.in \
		-o requirements/dev.txt
	@$(compile) $(ARGS) --python-version 3.11 --constraints requirements/base.txt pyproject.toml requirements/bench.in \
		-o requirements/bench.txt
	@$(compile) $(ARGS) --python-version 3.11 requirements/clients.in -o requirements/clients.txt
	@$(compile) $(ARGS) --python-version 3.13 --override requirements/django61.in pyproject.toml requirements/dev.in \
		-o requirements/django61.txt

clean: ## Remove virtual environments and caches; keeps .env and the data
	rm -rf .venv* .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The virtual environment: a stamp file records each lock that is installed in it.

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is required, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)."; \
		echo "Choose another interpreter: make PYTHON=python3.13 run"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.base: requirements/base.txt | $(VENV)/.python
	@echo "Installing the packages of the server into $(VENV) ..."
	@$(pip) -r requirements/base.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/.base
	@echo "Installing the packages of the tests and checks into $(VENV) ..."
	@$(pip) -r requirements/dev.txt
	@touch $@

$(VENV)/.node: notes_api/tests/node/package-lock.json notes_api/tests/node/package.json | $(VENV)/.python
	@mkdir -p $(VENV)/node
	@cp notes_api/tests/node/package.json notes_api/tests/node/package-lock.json $(VENV)/node/
	@npm --prefix $(VENV)/node ci --no-audit --no-fund --silent
	@touch $@

$(VENV)/.bench: requirements/bench.txt | $(VENV)/.python
	@echo "Installing this server and the servers to compare it with into $(VENV) ..."
	@$(pip) -r requirements/bench.txt
	@touch $@

$(VENV)/.clients: requirements/clients.txt notes_api/tests/clients/package-lock.json \
		notes_api/tests/clients/package.json | $(VENV)/.python
	@echo "Installing the generators of clients and the MCP clients into $(VENV) ..."
	@$(pip) -r requirements/clients.txt
	@cp notes_api/tests/clients/package.json notes_api/tests/clients/package-lock.json $(VENV)/
	@npm --prefix $(VENV) ci --no-audit --no-fund --loglevel=error
	@touch $@
