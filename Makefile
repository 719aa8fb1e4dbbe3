# Everything here sets up what it needs by itself: a virtual environment in .venv, made once and
# refreshed when setup.cfg, pyproject.toml, this file or the lock in requirements/ changes. The lock
# has the exact versions that were tested, and their hashes; setup.cfg has the ranges.

# What may be chosen is chosen behind `make`: the environment may mean something else by such names.
VENV = .venv
BIN := $(VENV)/bin
PIP = python -m pip --quiet --disable-pip-version-check
EXTRAS := client postgresql test lint bench
# The first Python at hand that is new enough; PYTHON=... chooses another.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON = $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)
ARGS =
# Tests at a time: two more than there are cores, as some wait for time to pass.
WORKERS = $(shell expr 2 + $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2))
# Each of them, and each server that they start, would else compile everything anew.
PYTEST = env -u PYTHONDONTWRITEBYTECODE $(1)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

.NOTPARALLEL:
.PHONY: help run chat test soak newest lint format bench abuse pictures lock clean

help: ## What there is to make
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: $(VENV)/run ## Start the chat server on ports 4000 and 5000; ARGS="--port 6000" for another
	@test -n "$(ARGS)" || printf '%s\n' '' \
		'  Once it is listening, open two more terminals:' \
		'    nc localhost 4000       and type   LOGIN yourname' \
		'    telnet localhost 5000   and type   JOIN lobby yourname' \
		'  HELP lists the commands there. Ctrl-C here stops the server.' ''
	@exec $(BIN)/twistd --nodaemon --pidfile= chat $(ARGS)

chat: $(VENV)/client ## Sit in the chat, with a screen; ARGS="--user alice --room lobby" for whom and where
	@exec $(BIN)/twisted-chat $(ARGS)

test: $(VENV)/test ## Run the tests; ARGS="-k history" for some of them
	@$(call PYTEST,$(BIN))

soak: $(VENV)/test ## The same with twenty times the examples, and what takes long (half an hour)
	@SOAK=1 $(call PYTEST,$(BIN)) -m ""

newest: $(VENV)-newest/bin/python ## Run the tests with the newest of all that setup.cfg allows, and not the lock
	@$(VENV)-newest/bin/$(PIP) install --upgrade --upgrade-strategy eager --editable '.[test]'
	@$(call PYTEST,$(VENV)-newest/bin)

lint: $(VENV)/lint ## Check style, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/lint ## Put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/bench ## Measure what a line costs, into docs/performance.md; ARGS="--quick" for a look
	$(BIN)/python -m benchmarks $(ARGS)

abuse: $(VENV)/run ## See what rude clients can do to the others; ARGS="greedy" for some of them
	$(BIN)/python -m benchmarks.abuse $(ARGS)

pictures: $(VENV)/test ## Take the pictures of the client anew
	$(BIN)/python -m docs.pictures.make

# One resolution of everything comes first, and each file keeps to it, so that all agree. It holds on
# every system and for every Python from the oldest on. setuptools is in it to install this project
# itself. Packages are taken from where pip takes them, and no file says where that is.
COMPILE = sed -n 's/^requires = \["\(.*\)"\]/\1/p' pyproject.toml | \
	UV_DEFAULT_INDEX="$${PIP_INDEX_URL:-$$($(VENV)-lock/bin/pip config get global.index-url 2>/dev/null)}" \
	$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command 'make lock' --no-emit-index-url - setup.cfg

lock: $(VENV)-lock/bin/python ## Take the newest versions that setup.cfg allows into requirements/
	@$(VENV)-lock/bin/$(PIP) install --upgrade uv
	@$(COMPILE) --upgrade --all-extras --output-file $(VENV)-lock/all.txt
	@mkdir -p requirements && cp $(VENV)-lock/all.txt requirements/run.txt
	@$(COMPILE) --output-file requirements/run.txt
	@for extra in $(EXTRAS); do cp $(VENV)-lock/all.txt requirements/$$extra.txt; \
		$(COMPILE) --extra $$extra --output-file requirements/$$extra.txt || exit 1; done

clean: ## Remove all that was made here
	rm -rf .venv* build dist twisted/plugins/dropin.cache *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

%/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and was not found."; exit 1; }
	@$(PYTHON) -m venv $* || { rm -rf $*; \
		echo "No virtual environment could be made: on Debian, apt install python3-venv"; exit 1; }

$(VENV)/run $(EXTRAS:%=$(VENV)/%): $(VENV)/%: requirements/%.txt setup.cfg pyproject.toml Makefile | $(BIN)/python
	@echo "Setting up $(VENV) ..."
	@$(BIN)/$(PIP) install --require-hashes --requirement $<
	@$(BIN)/$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
