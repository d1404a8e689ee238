# `make` or `make help` explains the targets. Everything that is made goes into .venv, node_modules and var.

SHELL := /bin/sh
VENV := .venv
BENCH_VENV := .venv-bench
PYTHON := $(VENV)/bin/python
PIP_FLAGS := --disable-pip-version-check --quiet --require-hashes
VAR_DIR ?= var
export VAR_DIR
WORKERS ?= 2
PORT ?= 8000
export PORT
export PYTHONDONTWRITEBYTECODE := 1

# What a production environment looks like, for `manage.py check --deploy`; nothing connects to it.
PRODUCTION := env -u PORTAL_EMBEDDED \
	DATABASE_URL=postgresql://portal@localhost/portal REDIS_URL=redis://localhost:6379/0 \
	ALLOWED_HOSTS=data.example.cn STORAGE_URL=file:///srv/portal/files EMAIL_URL=smtp://localhost:25 \
	SECRET_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(60))')
EMBEDDED := env -u DATABASE_URL PORTAL_EMBEDDED=1

.PHONY: help run test check bench services stop status locale front venv venv-dev lock clean
.DEFAULT_GOAL := help

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  PORT=8080 make run   another port      HOST=0.0.0.0 make run   reachable from other machines"
	@echo "  VAR_DIR=/path make run   another data folder      make test ARGS=\"tests/platform -k logs\"   some tests (WORKERS=0: in one process)"

run: venv front ## Run the whole portal on this machine, with demonstration data (Ctrl-C stops it)
	@exec $(PYTHON) -m portal.embedded run

test: venv-dev front browser ## Run every test
	@$(PYTHON) -m tools.translations compile
	@$(EMBEDDED) $(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: venv-dev front ## Format, lint, types, templates, layers, migrations, deployment settings, translations
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(EMBEDDED) $(PYTHON) -m mypy .
	$(PYTHON) -m djlint --lint --quiet templates portal catalogue opendata requests_app
	$(EMBEDDED) $(VENV)/bin/lint-imports
	$(EMBEDDED) $(PYTHON) manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING
	$(PYTHON) tools/locale.py check

BENCH ?= all
bench: venv-dev $(BENCH_VENV)/.done ## Measure the portal beside its peers into docs/benchmarks.md (BENCH="rows --rows 500000": a part)
	@$(PYTHON) -m tools.translations compile
	@env -u DATABASE_URL $(PYTHON) -m bench $(BENCH)

services: venv ## Start PostgreSQL and Redis alone and leave them running
	@$(PYTHON) -m portal.embedded services

stop: venv ## Stop what `make services` started
	@$(PYTHON) -m portal.embedded stop

status: venv ## Say whether PostgreSQL and Redis are up
	@$(PYTHON) -m portal.embedded status

locale: venv ## Take new strings into the translation file, and compile it
	@$(PYTHON) tools/locale.py update
	@$(PYTHON) tools/locale.py compile

lock: venv-dev ## Pin and hash the Python packages again from requirements*.in
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements.txt requirements.in
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements-dev.txt requirements-dev.in
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements-anonymity.txt requirements-anonymity.in

clean: ## Remove what was made, except the data in var
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# --- Python ----------------------------------------------------------------------------------------------------------

venv: $(VENV)/.run $(VENV)/.anonymity ## Make the virtual environment for running

venv-dev: $(VENV)/.dev $(VENV)/.anonymity ## Make the virtual environment for testing and checking

$(VENV)/.run: requirements.txt
	@test -e $@ || echo "正在安装 Python 依赖 / Installing the Python packages …"
	@$(MAKE) --no-print-directory $(PYTHON)
	@$(PYTHON) -m pip install $(PIP_FLAGS) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt
	@test -e $@ || echo "正在安装测试依赖 / Installing the packages for tests …"
	@$(MAKE) --no-print-directory $(PYTHON)
	@$(PYTHON) -m pip install $(PIP_FLAGS) -r requirements-dev.txt
	@touch $(VENV)/.run $@

# pandas and numpy for the second measurement of anonymity, apart from the portal's packages (docs/adr/0012).
$(VENV)/.anonymity: requirements-anonymity.txt
	@test -e $@ || echo "正在安装匿名度复核依赖 / Installing the packages that check anonymity again …"
	@$(MAKE) --no-print-directory $(PYTHON)
	@rm -rf $(VENV)/anonymity
	@$(PYTHON) -m pip install $(PIP_FLAGS) --no-deps --target $(VENV)/anonymity -r requirements-anonymity.txt
	@touch $@

# Datasette, which the portal is measured beside, keeps to an environment of its own.
$(BENCH_VENV)/.done: bench/requirements.txt | $(VENV)/.dev
	@echo "正在安装对照软件 / Installing what the portal is compared with …"
	@test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip install --disable-pip-version-check --quiet -r bench/requirements.txt
	@touch $@

$(PYTHON):
	@for python in python3 python3.13 python3.12 python3.11 python3.14; do \
		if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec $$python -m venv $(VENV); \
		fi; \
	done; \
	echo "需要 Python 3.11 或更高版本（含 venv 模块）。/ Python 3.11 or newer is needed, with its venv module (Debian: apt-get install python3-venv)." >&2; \
	exit 1

# --- Front end: by the npm that a Python package brings, so that no Node need be installed ---------------------------

front: node_modules/.done ## Fetch Bootstrap, htmx, ECharts, MapLibre and the icons by package-lock.json

node_modules/.done: package.json package-lock.json | venv
	@echo "正在安装前端依赖 / Installing the front-end packages …"
	@$(PYTHON) -m tools.npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

# --- Browser for the tests -------------------------------------------------------------------------------------------

.PHONY: browser
browser:
	@if command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "正在安装 Chromium / Installing Chromium for the browser tests …"; \
		apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q --no-install-recommends chromium fonts-noto-cjk >/dev/null; \
	else \
		echo "没有 Chromium，浏览器测试将跳过。/ No Chromium: the browser tests will be skipped (install: chromium fonts-noto-cjk)." >&2; \
	fi
