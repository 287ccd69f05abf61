# Every target sets up what it needs in $(VENV); a second run starts at once unless pyproject.toml has changed.
#
#   make demo                        the main job on real data
#   make test                        all tests; ARGS="-k lif" passes options on to pytest
#   make test EXTRAS="test torch brian2"  with the comparisons against torch and brian2 as well
#   make test-cluster                searches on dask and ray, and how much memory 60,000 images take: some minutes
#   make bench                       speed beside peer libraries, into doc/speed.md: half an hour, and some GB in $(VENV)-peers
#   make bench TOPICS="forward rules"  some topics alone, printed only; ARGS passes options on, ARGS=--help lists them
#   make reproduce                   the paper's claims, into doc/reproduction.md: within an hour on two cores; goes on after a kill
#   make reproduce ARGS=--quick      the same in two minutes, small; ARGS="--mnist mnist10k.npz" takes digits in, --help lists more
#   make docs ARGS="-D plot_gallery=0"  the pages without running the examples
#   make fuzz                        the properties of tests/properties on 100,000 new cases; goes on after a kill, counts into doc/reliability
#   make fuzz ARGS="--cases 1000000 --seconds 3600"    more of them, or for a time; ARGS=--help lists more
#   make mutants                     small wrong changes of the source, and which of them the tests do not notice; goes on after a stop
#   make loading                     10,000 damaged files of models and graphs, loaded one by one; half an hour
#   make soak                        half an hour of random configurations, with memory watched
#   make coverage                    lines and branches that the tests reach, kernels without compilation
#   make suite                       all tests, and a row of how they ended for the page on reliability; ARGS="-- -n 2" takes two processes
#   make test-oldest                 the same with the oldest versions that pyproject.toml allows, in $(VENV)-oldest
#   make lint, make docs, make clean

PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= test
ARGS ?=
TOPICS ?=
RUN = $(VENV)/bin/python
PEERS = $(patsubst benchmarks/speed/peers/%.txt,$(VENV)-peers/%/installed,$(wildcard benchmarks/speed/peers/*.txt))

.PHONY: demo test test-cluster test-oldest lint docs bench reproduce coverage fuzz loading mutants soak suite clean
.NOTPARALLEL:

demo: $(VENV)/installed-plot
	$(RUN) examples/demo.py

test: $(EXTRAS:%=$(VENV)/installed-%)
	$(RUN) -m pytest $(ARGS)

test-cluster: $(VENV)/installed-test $(VENV)/installed-cluster
	CLUSTER=1 $(RUN) -m pytest tests/test_clusters.py $(ARGS)

# What other packages' old versions say of their own time is not ours.
test-oldest:
	PIP_CONSTRAINT=tests/oldest.txt $(MAKE) suite VENV=$(VENV)-oldest ARGS="-- -W ignore::DeprecationWarning $(ARGS)"

lint: $(VENV)/installed-test
	$(RUN) -m flake8
	$(RUN) -m mypy

docs: $(VENV)/installed-docs
	$(RUN) -m sphinx -W --keep-going -q $(ARGS) doc doc/_build/html
	$(RUN) doc/links.py

bench: $(VENV)/installed-plot $(PEERS)
	$(RUN) -m benchmarks.speed $(TOPICS) $(ARGS) --peers $(VENV)-peers $(if $(TOPICS),,--output doc/speed.md)

reproduce: $(VENV)/installed-plot
	$(RUN) benchmarks/reproduce.py $(ARGS)

coverage fuzz loading mutants soak suite: $(VENV)/installed-test
	$(RUN) -m benchmarks.reliability $@ $(ARGS); status=$$?; $(RUN) -m benchmarks.reliability page; exit $$status

clean:
	rm -rf $(VENV) $(VENV)-oldest $(VENV)-peers .fuzz build dist doc/_build doc/api doc/gallery .mypy_cache .pytest_cache skspike.egg-info
	find skspike tests examples benchmarks doc -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/created:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed-%: pyproject.toml | $(VENV)/created
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable ".[$*]"
	@touch $@

# One requirement at a time: a peer that does not install is reported as absent, and tried again by the next `make bench`.
$(VENV)-peers/%/installed: benchmarks/speed/peers/%.txt
	$(PYTHON) -m venv $(@D)
	-xargs -L 1 $(@D)/bin/python -m pip install --quiet --disable-pip-version-check < $< && touch $@
