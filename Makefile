# make demo: the whole path on the bundled tiny models.   make test: the whole test suite.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STUDY ?= params/demo.yaml
export HF_HUB_OFFLINE ?= 1
export HF_DATASETS_OFFLINE ?= 1
export TOKENIZERS_PARALLELISM ?= false

.PHONY: demo test lab lint bench clean
.DELETE_ON_ERROR:

demo: $(VENV)/.run
	$(BIN)/mergekit-eval demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal

lab: $(VENV)/.lab
	$(BIN)/jupyter lab notebooks

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --keep-id --verify notebooks/*.ipynb

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

# Each stamp installs the package with the extras its target needs; constraints.txt pins every version.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: EXTRAS = run
$(VENV)/.lab: EXTRAS = run,lab
$(VENV)/.dev: EXTRAS = run,lab,dev
$(VENV)/.run $(VENV)/.lab $(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$(EXTRAS)]'
	touch $@

clean:
	rm -rf $(VENV) outputs build dist *.egg-info
