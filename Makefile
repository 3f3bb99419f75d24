# make setup | demo | test | lint | types | docs | gallery | bench      (Python 3.11 or newer, and make)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup demo test lint types layers docs gallery bench clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Set PYTHON=python3.12, say.") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: setup
	$(BIN)/placement solve data/scenarios/one-week.yaml -o demo/one-week.plan --time-limit 60 --gap 0.001
	$(BIN)/placement verify demo/one-week.plan
	$(BIN)/placement show demo/one-week.plan

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

layers: setup
	$(BIN)/lint-imports

types: setup
	$(BIN)/mypy
	$(BIN)/mypy docs/generate.py docs/gallery.py

# docs/reference and the JSON Schema that is shipped, from the code that they describe.
docs: setup
	$(BIN)/python docs/generate.py

# One BLAS thread: the workers are two processes already, and threads of each cost a fifth more of the processors.
test: lint layers types
	OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist worksteal

# The pictures of docs/gallery.md, by the commands on that page: about five minutes.
gallery: setup
	$(BIN)/python docs/gallery.py

bench: setup
	$(BIN)/python tests/benchmarks/run.py

clean:
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache dist
