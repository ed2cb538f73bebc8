# make             set up, train and attack the four models, draw the figures, print the table
# make test        set up and run the whole test suite; make test-fast: its quick part
# make figures     only draw; make extensions: the studies; make benchmark: what everything costs
#
# Nothing here looks at modification times: a fresh clone's are arbitrary.

VENV := .venv
RUN := $(VENV)/bin/python
# The first Python for which TensorFlow has wheels; name another with make PYTHON=/path/to/python
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$python && break; done)

.PHONY: all environment test-environment train figures table test test-fast test-oldest lint extensions benchmark

all: train
	@$(MAKE) --no-print-directory figures table

train: environment
	@$(RUN) experiment_regular.py
	@$(RUN) experiment_robust.py

figures: environment
	@$(RUN) plots

table: environment
	@$(RUN) compare.py

test: test-environment
	@$(RUN) -m pytest -n 2 --dist loadfile

test-fast: test-environment
	@$(RUN) -m pytest -m "not slow"

# The lower bounds of requirements.txt, exactly, under the tests of everything but the extensions
CORE := adversarial command_line compare data experiments plots_command plots_data plots_schematic run_files training
test-oldest: environment
	@[ -x .venv-oldest/bin/python ] || "$(PYTHON)" -m venv .venv-oldest
	@sed 's/>=/==/; s/ *#.*//' requirements.txt > .venv-oldest/requirements.txt
	@.venv-oldest/bin/python -m pip install --quiet -r .venv-oldest/requirements.txt hypothesis pytest scipy
	@.venv-oldest/bin/python -m pytest $(CORE:%=tests/test_%.py)

lint: test-environment
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

# One study reads the gradients of every batch, which git doesn't keep: without them, the training comes first.
extensions: test-environment
	@for run in regular robust_0.1 robust_0.2 robust_0.3; do \
		[ -f results/$$run/gradients.npz ] || { $(MAKE) --no-print-directory train; break; }; done
	@for study in initialization optimum seeds attacks dynamics claims explorer/build; do \
		$(RUN) extensions/$$study.py || exit; done

benchmark: test-environment
	@$(RUN) extensions/benchmark.py

environment:
	@sh environment.sh "$(PYTHON)" requirements.txt

test-environment: environment
	@sh environment.sh "$(PYTHON)" requirements-dev.txt
