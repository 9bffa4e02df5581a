# Everything a fresh machine with Python 3.11 and make needs; nothing is installed outside .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
APT = $(SUDO) apt-get update -qq && $(SUDO) apt-get install --yes -qq --no-install-recommends

.PHONY: demo sandbox test test-browser test-crash test-attack audit check-deploy follow lint typecheck fmt bench soak picture \
	screenshots lock clean

demo: $(VENV)/.ready            ## two turns against the local stand-in, no key needed (KEEP=1 leaves it running)
	@$(BIN)/orchestrator demo $(if $(KEEP),--keep)

sandbox: $(VENV)/.ready         ## the stand-in alone
	@$(BIN)/orchestrator sandbox

test: $(VENV)/.ready            ## the whole suite, on three workers
	@$(BIN)/pytest

test-browser: $(VENV)/.ready tests/browser/node_modules ## the page in a real Chromium, which it installs (Debian)
	@command -v chromium >/dev/null || { $(APT) chromium; }
	@$(BIN)/pytest -m browser tests/browser -n 2 --timeout 180

test-crash: $(VENV)/.ready      ## the whole matrix of kills; ten minutes
	@CRASH_MATRIX=1 $(BIN)/pytest -m 'not browser' tests/crash tests/soak

test-attack: $(VENV)/.ready     ## 10,000 hostile inputs for each parser; twenty minutes
	@HOSTILE_INPUTS=10000 $(BIN)/pytest tests/attack

audit: $(VENV)/.ready           ## known holes in what is locked (asks PyPI), and bandit
	@PATH="$(CURDIR)/$(BIN):$$PATH" task audit

follow:                         ## docs/operations.md in an empty Debian (needs root and debootstrap; ten minutes)
	@scripts/follow.sh

check-deploy:                   ## Dockerfile and systemd unit (needs systemd-analyze and hadolint)
	@scripts/check_deploy.sh

lint: $(VENV)/.ready            ## style, format, import contracts
	@PATH="$(CURDIR)/$(BIN):$$PATH" task lint

typecheck: $(VENV)/.ready       ## mypy, strict
	@PATH="$(CURDIR)/$(BIN):$$PATH" task typecheck

fmt: $(VENV)/.ready
	@PATH="$(CURDIR)/$(BIN):$$PATH" task fmt

bench: $(VENV)/.ready           ## everything that is measured, beside what is aimed at (ARGS=--page: into the documentation)
	@$(BIN)/python -m benchmarks $(ARGS)

soak: $(VENV)/.ready            ## half an hour of load while things go wrong (ARGS="--minutes 2 --database postgres")
	@$(BIN)/python -m scripts.soak $(ARGS)

picture: $(VENV)/.ready         ## docs/demo.svg, from a real run
	@$(BIN)/python -m scripts.picture

screenshots: $(VENV)/.ready     ## the pictures of the page, from a real run in Chromium
	@command -v chromium >/dev/null || { $(APT) chromium; }
	@fc-list | grep -q Inter || { $(APT) fonts-inter; }
	@$(BIN)/python -m scripts.screenshots

lock:                           ## after a change of dependencies (needs Poetry and its export plugin)
	poetry lock
	poetry export --with dev --all-extras --output requirements.txt
	poetry export --output requirements-run.txt

$(VENV)/.ready: $(VENV)/.installed pyproject.toml
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with make PYTHON=…")'
	@echo "Building $(VENV) (once, about a minute) …"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	@touch $@

tests/browser/node_modules: tests/browser/package-lock.json
	@command -v npm >/dev/null || { $(APT) npm; }
	@npm ci --silent --no-audit --no-fund --prefix tests/browser
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
