# `make demo` and `make test` work from a fresh clone; the rest is for those who change the code.
# PYTHON=python3.12 make test   chooses the interpreter of a new .venv.

VENV := .venv
BIN := $(VENV)/bin
PACKAGING := setup.py scripts/make-venv $(wildcard constraints/*.txt)
CODE := $(wildcard calibration edge_app firmware_configs model_compression driver_simulator benchmarks tests setup.py docs/conf.py)

help:
	@echo 'make demo test | check format lint types docs bench scenarios crash-test teacher-smoke clean   (see CONTRIBUTING.md)'

.PHONY: help demo test crash-test format format-check lint types docs bench scenarios teacher-smoke check clean
.DEFAULT_GOAL := check

$(VENV)/installed-demo: $(PACKAGING)
	@scripts/make-venv demo
	@touch $@

$(VENV)/installed-dev: $(PACKAGING)
	@scripts/make-venv demo,dev
	@touch $@ $(VENV)/installed-demo

demo: $(VENV)/installed-demo
	@scripts/need-mosquitto "the demo runs on amqtt, which speaks MQTT 3.1.1 only"
	@$(BIN)/vigil demo

test: $(VENV)/installed-dev
	@scripts/need-mosquitto "the tests marked mosquitto are skipped"
	@$(BIN)/python -m pytest

format: $(VENV)/installed-dev
	@$(BIN)/ruff check --select I --fix $(CODE)
	@$(BIN)/ruff format $(CODE)

format-check: $(VENV)/installed-dev
	@$(BIN)/ruff format --check $(CODE)

lint: $(VENV)/installed-dev
	@$(BIN)/ruff check $(CODE)

types: $(VENV)/installed-dev
	@$(BIN)/mypy

docs: $(VENV)/installed-dev
	@$(BIN)/sphinx-build -q -W --keep-going -n -b html docs build/docs
	@echo "docs: build/docs/index.html"

bench: $(VENV)/installed-dev
	@$(BIN)/python -m benchmarks

scenarios: $(VENV)/installed-dev
	@$(BIN)/python -m driver_simulator.suite $(SCENARIOS)

# Power cuts, deaths, dead links, bad disks: minutes, or with FULL=1 the whole sweep.
crash-test: $(VENV)/installed-dev
	@scripts/need-mosquitto "kills, links, outage, clocks, frames and the event about a damaged file cannot be tried"
	@$(BIN)/python -m benchmarks.no_loss $(if $(FULL),--full)

# Needs the extra `train`, and photographs of many people: make teacher-smoke PHOTOGRAPHS=~/photographs
teacher-smoke: $(VENV)/installed-dev
	@test -n "$(PHOTOGRAPHS)" || { echo "name a folder of photographs: make teacher-smoke PHOTOGRAPHS=FOLDER" >&2; exit 2; }
	@$(BIN)/python -m benchmarks.teacher_smoke $(PHOTOGRAPHS) $(TEACHER)

check: format-check lint types docs test

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
