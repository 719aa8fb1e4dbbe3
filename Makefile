# Everything here sets up what it needs by itself: a virtual environment in .venv, made once and
# refreshed when setup.cfg, pyproject.toml or this file changes.

VENV ?= .venv
BIN := $(VENV)/bin
# The first Python at hand that is new enough; PYTHON=... chooses another.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)
ARGS ?=
# Tests at a time: one more than there are cores, as some wait for time to pass.
WORKERS ?= $(shell expr 1 + $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2))

.NOTPARALLEL:
.PHONY: help run chat test lint format bench abuse pictures clean

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
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

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

clean: ## Remove all that was made here
	rm -rf .venv* build dist twisted/plugins/dropin.cache *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and was not found."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "No virtual environment could be made: on Debian, apt install python3-venv"; exit 1; }

$(VENV)/run: EXTRAS :=
$(VENV)/client: EXTRAS := [client]
$(VENV)/test: EXTRAS := [test]
$(VENV)/lint: EXTRAS := [lint]
$(VENV)/bench: EXTRAS := [bench]
$(VENV)/run $(VENV)/client $(VENV)/test $(VENV)/lint $(VENV)/bench: setup.cfg pyproject.toml Makefile | $(BIN)/python
	@echo "Setting up $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.$(EXTRAS)'
	@touch $@
