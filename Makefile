# Every target sets up what it needs in $(VENV); a second run starts at once unless pyproject.toml has changed.
#
#   make demo                        the main job on real data
#   make test                        all tests; ARGS="-k lif" passes options on to pytest
#   make test EXTRAS="test torch"    with the comparisons against torch as well
#   make lint, make docs, make clean

PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= test
ARGS ?=
RUN = $(VENV)/bin/python

.PHONY: demo test lint docs clean
.NOTPARALLEL:

demo: $(VENV)/installed-plot
	$(RUN) examples/demo.py

test: $(EXTRAS:%=$(VENV)/installed-%)
	$(RUN) -m pytest $(ARGS)

lint: $(VENV)/installed-test
	$(RUN) -m flake8

docs: $(VENV)/installed-docs
	$(RUN) -m sphinx -W --keep-going -q doc doc/_build/html

clean:
	rm -rf $(VENV) build dist doc/_build .pytest_cache skspike.egg-info
	find skspike tests examples benchmarks doc -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/created:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed-%: pyproject.toml | $(VENV)/created
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable ".[$*]"
	@touch $@
