# Everything that a developer runs, and the same gate that CI runs. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help demo test quick lint format reference networks docs bench clean

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
# One worker more than cores, because many tests wait for a process that they start; at most eight because of
# memory. A file's tests stay together, because they share fixtures.
# The order is set by tests/conftest.py: long files come first.
PARALLEL := -n $(shell n=$$(getconf _NPROCESSORS_ONLN) && echo $$((n < 8 ? n + 1 : 8))) --dist loadscope --no-loadscope-reorder
BENCHED := commands cnn_search
BENCHMARKS := bayesian cnn_search commands gpu head_search images memory overhead precision scale tuners
STARTED := $(shell date +%s)
took = seconds=$$(($$(date +%s) - $(STARTED))); echo "$(1) in $$((seconds / 60)) min $$((seconds % 60)) s."

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: $(STAMP) ## Tune the models on the bundled digits and write reports/demo.html
	@$(BIN)/python -m tunebench.demo

test: $(STAMP) lint ## The complete gate: style, types, import rules, every test, coverage
	@echo "Tests:"
	@$(BIN)/python -m pytest -q --cov $(PARALLEL)
	@$(call took,The gate passed)

quick: $(STAMP) lint ## The gate without the slow tests
	@echo "Tests, without the slow ones:"
	@$(BIN)/python -m pytest -q -m "not slow" $(PARALLEL)
	@$(call took,The quick gate passed)

lint: $(STAMP) ## Style, types and import rules
	@echo "Style, types and import rules:"
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: $(STAMP) ## Fix what ruff can fix, and format the code
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

reference: $(STAMP) ## Write docs/options.md from tunebench/options.py
	@$(BIN)/python -c "from tunebench.cli.option_reference import reference; print(reference(), end='')" > docs/options.md

networks: $(STAMP) ## Measure the networks of the installed Keras again, which takes minutes
	@$(BIN)/python -c "from tunebench.backbones import applications as a; print(a.table_text(map(a.measured, a.networks())), end='')" > $(VENV)/networks.json
	@mv $(VENV)/networks.json tunebench/backbones/applications.json

# tests/test_manual.py builds it too, as a part of `make test`.
docs: $(STAMP) ## Build the manual into build/manual, and run its notebook
	@$(BIN)/python -m sphinx -W --keep-going -q docs build/manual
	@echo "The manual: build/manual/index.html"

# BENCH sets how long it takes, such as BENCH="--train-size 2000 --trials 3 --epochs 4 --repeats 1".
bench: $(STAMP)-bench ## Time tunebench beside plain Keras Tuner and Optuna scripts (DATA=DIR names CIFAR-10's folder)
	@$(BIN)/python benchmarks/commands.py
	@$(BIN)/python benchmarks/cnn_search.py $(if $(DATA),--data-dir "$(DATA)") $(BENCH)
	@echo "Figures and tables: benchmarks/results/. More to measure: $(filter-out $(BENCHED),$(BENCHMARKS));"
	@echo "each says with --help what it measures."

clean: ## Remove .venv, caches and builds; runs and reports stay
	@rm -rf $(VENV) build dist .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installs again only if pyproject.toml is newer than the last installation.
$(STAMP): pyproject.toml
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { $(find_python) && "$$python" -m venv --clear $(VENV); }
	@echo "Installing into $(VENV), which takes a few minutes the first time ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)

$(STAMP)-bench: $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

# TensorFlow has no packages for other versions. A name may lead nowhere (pyenv's shims), so each is tried.
usable = import sys, $(1); sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
define find_python
for python in $(PYTHON) python3.13 python3.12 python3.11 python3 ""; do \
	"$$python" -c "$(call usable,ensurepip)" 2>/dev/null && break; \
	done; \
	if [ -z "$$python" ]; then \
		if python3 -c "$(call usable,sys)" 2>/dev/null; \
		then echo "Python has no venv. Install it, on Debian and Ubuntu with: apt-get install python3-venv"; \
		else echo "No Python 3.11 to 3.13 was found. Install one, or name it: make PYTHON=/path/to/python3.12 ..."; \
		fi >&2; false; \
	fi
endef
