# Each target installs its requirements into $(VENV) first. A second run starts at once, unless
# pyproject.toml has changed.
#
#   make demo                  show five findings in less than a minute, and draw them
#   make test                  run the tests that check an installation, in about six minutes
#                              on two cores. ARGS="-k lif" passes options to pytest, and
#                              ARGS="-n 0" uses one process
#   make test-all              run all tests, with every part in every test
#   make test-all EXTRAS="test torch brian2"  also compare with torch and brian2
#   make test-all EXTRAS="test export emulator"  also run exported C in an emulator
#   make check-part NAME=lif   run the tests whose names or parameters contain a word
#   make test-cluster          run searches on dask and ray, and measure the memory for 60,000 images.
#                              Takes some minutes
#   make test-oldest           run all tests with the oldest supported versions, in $(VENV)-oldest
#   make test-newest           run the tests with the newest numba and scikit-learn, pre-releases too,
#                              in $(VENV)-newest
#   make lint                  run flake8, isort and mypy
#   make docs                  build the documentation. ARGS="-D plot_gallery=0" skips the examples
#   make bench                 measure speed and memory of skspike and other packages, and print them.
#                              Takes more than an hour, and some GB in $(VENV)-peers. `make evidence`
#                              writes doc/speed.md
#   make bench TOPICS="forward rules"  measure some topics and print them. ARGS=--help lists options
#   make reproduce             check the claims of the paper, write doc/reproduction.md. Takes up to an
#                              hour on two cores. Continues after an interruption
#   make reproduce ARGS=--quick        the same on small data, in two minutes. ARGS=--help lists options
#   make evidence              run the benchmarks that the pages quote, store their output in
#                              doc/evidence.json and write the tables of the pages. Takes seven to
#                              eight hours on two cores, and prints a plan first. Continues after an
#                              interruption. ARGS=--plan only prints the plan,
#                              ARGS="weights decoding" runs some parts, ARGS="--jobs 1" one at a time
#   make fuzz                  run the property tests in tests/properties on 100,000 new cases.
#                              Continues after an interruption
#   make fuzz ARGS="--cases 1000000 --seconds 3600"  set the number of cases or the time
#   make mutants               make small changes in the source and list those that no test detects.
#                              Takes some hours. Continues after an interruption.
#                              ARGS="--seconds 1500" tries as many as the time allows
#   make loading               load 10,000 damaged files of models and graphs. Takes twenty minutes
#                              on two cores with ARGS="--processes 2". Continues after an interruption
#   make soak                  run a detector on a day of signals, and random configurations for half
#                              an hour, and measure the memory
#   make coverage              run all tests, and measure the coverage of lines and branches
#   make portability           check on x86-64 Linux what other systems and processors need. Takes up
#                              to an hour. ARGS="windows targets" runs some of the checks
#   make arm                   compare results with those of an emulated arm64 processor. Needs Debian,
#                              takes some hours. Continues after an interruption
#   make suite                 run all tests and add the result to the page on reliability.
#                              ARGS="-- -n 2" uses two processes
#   make clean                 delete environments and build results
#
# fuzz, mutants, loading, soak, coverage, suite and arm write their results to doc/reliability/.

PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= test
ARGS ?=
TOPICS ?=
RUN = $(VENV)/bin/python
# As many processes as cores. Each gets files that follow each other, because the tests of a file
# share compiled code. A process that has finished takes tests of another.
PYTEST = $(RUN) -m pytest -n auto --dist worksteal
PEERS = $(patsubst benchmarks/speed/peers/%.txt,$(VENV)-peers/%/installed,$(wildcard benchmarks/speed/peers/*.txt))

.PHONY: demo test test-all check-part test-cluster test-oldest test-newest lint docs bench reproduce evidence portability arm coverage fuzz loading mutants soak suite clean
.NOTPARALLEL:

demo: $(VENV)/installed-plot
	@$(RUN) -m skspike demo

test: $(EXTRAS:%=$(VENV)/installed-%)
	$(PYTEST) -m "not exhaustive" $(ARGS)

# cases of each property of tests/properties, of which `make test` runs fewer
test-all suite: export QUICK_EXAMPLES ?= 5

test-all: $(EXTRAS:%=$(VENV)/installed-%)
	$(PYTEST) $(ARGS)

check-part: $(EXTRAS:%=$(VENV)/installed-%)
	$(PYTEST) -k $(NAME) $(ARGS)

test-cluster: $(VENV)/installed-test $(VENV)/installed-cluster
	CLUSTER=1 $(RUN) -m pytest tests/test_clusters.py $(ARGS)

# Ignore deprecation warnings of old versions of other packages.
test-oldest:
	PIP_CONSTRAINT=tests/oldest.txt $(MAKE) suite VENV=$(VENV)-oldest ARGS="-- -W ignore::DeprecationWarning $(ARGS)"

# Install again each time, because there may be a new release. First look for names of numba that are
# in use and absent.
test-newest:
	$(MAKE) VENV=$(VENV)-newest $(VENV)-newest/installed-test
	$(VENV)-newest/bin/python -m pip install --quiet --disable-pip-version-check --upgrade --pre numba scikit-learn
	$(VENV)-newest/bin/python -m pip list --disable-pip-version-check
	$(VENV)-newest/bin/python tests/numba_names.py
	$(MAKE) VENV=$(VENV)-newest test

lint: $(VENV)/installed-test $(VENV)/installed-lint
	$(RUN) -m flake8
	$(RUN) -m isort --check-only --diff .
	$(RUN) -m mypy

docs: $(VENV)/installed-docs
	$(RUN) -m sphinx -W --keep-going -q $(ARGS) doc doc/_build/html
	$(RUN) doc/links.py

bench: $(VENV)/installed-plot $(PEERS)
	$(RUN) -m benchmarks.speed $(TOPICS) $(ARGS) --peers $(VENV)-peers

reproduce: $(VENV)/installed-plot
	$(RUN) benchmarks/reproduce.py $(ARGS)

# The part "browser" opens the page "Live" of the built documentation.
evidence: $(addprefix $(VENV)/installed-,test docs benchmark browser emulator) $(VENV)/others $(PEERS)
	$(RUN) -m sphinx -q -D plot_gallery=0 doc doc/_build/html
	$(RUN) benchmarks/evidence.py $(ARGS)

portability: $(VENV)/installed-test $(VENV)/installed-export
	$(RUN) -m benchmarks.portability $(ARGS)

arm: $(VENV)/installed-test $(VENV)/installed-export
	$(RUN) -m benchmarks.arm $(ARGS); status=$$?; $(RUN) benchmarks/evidence.py --write; exit $$status

coverage: $(VENV)/installed-coverage

coverage fuzz loading mutants soak suite: $(VENV)/installed-test
	$(RUN) -m benchmarks.reliability $@ $(ARGS); status=$$?; $(RUN) benchmarks/evidence.py --write; exit $$status

clean:
	rm -rf $(VENV) $(VENV)-oldest $(VENV)-newest $(VENV)-peers .arm .fuzz build dist doc/_build doc/api doc/gallery .mypy_cache .pytest_cache skspike.egg-info
	find skspike tests examples benchmarks doc -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/created:
	@echo "Creating an environment in $(VENV)."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed-%: pyproject.toml | $(VENV)/created
	@echo "Installing skspike with the extra '$*' into $(VENV). This can take some minutes."
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-compile --editable ".[$*]"
	@touch $@

# Install one requirement at a time. A package that cannot be installed is reported as absent, and the
# next `make evidence` or `make bench` tries it again.
$(VENV)/others: benchmarks/others.txt | $(VENV)/created
	@echo "Installing the packages of $< for comparison. This can take some minutes."
	-xargs -L 1 $(RUN) -m pip install --quiet --disable-pip-version-check < $< && touch $@

$(VENV)-peers/%/installed: benchmarks/speed/peers/%.txt
	@echo "Installing the packages of $< for comparison. This can take some minutes."
	@$(PYTHON) -m venv $(@D)
	-xargs -L 1 $(@D)/bin/python -m pip install --quiet --disable-pip-version-check < $< && touch $@
