# make             set up, train and attack the four models, draw the figures, print the table
# make test        set up and run the whole test suite; make test-fast: its quick part
# make digits A=4 B=9    the same experiment for two other digits
# make studies     what goes beyond the post, and the explorer
# make pages       put the numbers' tables into the pages again, and list every wrong number
# make lint        ruff; make test-oldest: the lower bounds of requirements.txt, under the tests
#
# Nothing here looks at modification times, which are arbitrary in a fresh clone, or (-E) at PYTHON's variables.

VENV := .venv
RUN := $(VENV)/bin/python -E
# The first Python for which TensorFlow has wheels; name another with make PYTHON=/path/to/python
PYTHON := $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -E -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$python && break; done)

.PHONY: all environment test-environment train figures table digits test test-fast test-oldest lint studies pages

all: train
	@$(MAKE) --no-print-directory figures table

train: environment
	@$(RUN) experiment_regular.py
	@$(RUN) experiment_robust.py

figures: environment
	@$(RUN) plots

table: environment
	@$(RUN) compare.py

digits: environment
	@[ "$(A)" ] && [ "$(B)" ] || { echo "error: name two digits: make digits A=7 B=9" >&2; exit 1; }
	@$(RUN) experiment_regular.py --digits $(A) $(B)
	@$(RUN) experiment_robust.py --digits $(A) $(B)
	@$(RUN) plots --digits $(A) $(B)
	@$(RUN) compare.py --digits $(A) $(B)

test: test-environment
	@$(RUN) -m pytest -n 2 --dist load --maxschedchunk=1

test-fast: test-environment
	@$(RUN) -m pytest -n 2 --dist worksteal -m "not slow"

# The lower bounds of requirements.txt, exactly, under the tests of the reproduction
test-oldest: environment
	@[ -x .venv-oldest/bin/python ] || "$(PYTHON)" -E -m venv .venv-oldest
	@sed 's/>=/==/; s/ *#.*//' requirements.txt > .venv-oldest/requirements.txt
	@.venv-oldest/bin/python -E -m pip install --no-user --quiet -r .venv-oldest/requirements.txt pytest scipy
	@.venv-oldest/bin/python -E -m pytest --ignore tests/studies --ignore tests/test_pages.py --ignore tests/test_explorer.py

lint: test-environment
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

studies: test-environment
	@$(RUN) -m studies
	@$(RUN) -m explorer.build

pages: test-environment
	@$(RUN) -m studies.shared.pages

environment:
	@sh environment.sh "$(PYTHON)" requirements.txt

test-environment: environment
	@sh environment.sh "$(PYTHON)" requirements-dev.txt
