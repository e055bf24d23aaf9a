# make demo: the whole path on the bundled tiny models.   make test: the whole test suite.   make test-fast: while working.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STUDY ?= params/demo.yaml
export HF_HUB_OFFLINE ?= 1
export HF_DATASETS_OFFLINE ?= 1
export TOKENIZERS_PARALLELISM ?= false

# Compiled modules and tests are kept, whatever the environment says: else each worker and kernel compiles its own.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo test test-fast lab lint bench clean
.DELETE_ON_ERROR:

demo: $(VENV)/.run
	$(BIN)/mergekit-eval demo

test: $(VENV)/.dev $(VENV)/.tex
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-fast: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not system and not slow and not real_data"

lab: $(VENV)/.lab
	$(BIN)/jupyter lab notebooks

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
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

# Four tests set tables and figures with a real LaTeX. Where there is none, root on Debian gets it; others skip them.
TEX := texlive-latex-recommended texlive-latex-extra texlive-science texlive-pictures cm-super dvipng
$(VENV)/.tex: | $(VENV)/bin/python
	@kpsewhich siunitx.sty pgf.sty type1cm.sty type1ec.sty >/dev/null 2>&1 || \
	{ [ "$$(id -u)" = 0 ] && apt-get update -qq && echo "installing LaTeX for four tests" && \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(TEX) >/dev/null 2>&1; } || \
	echo "no LaTeX: the four tests that need one will skip"
	@touch $@

clean:
	rm -rf $(VENV) outputs build dist *.egg-info
