# The commands of the project; `make` alone lists them. They work from any folder (`make -C path`).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint check parity bench conformance checkov drill docs athena down lock clean

# Without .pyc files every start compiles Pulumi's AWS package again: 4 s instead of 2.
unexport PYTHONDONTWRITEBYTECODE
export UV_HTTP_TIMEOUT ?= 120

BIN := .venv/bin
IS_311 := import sys; sys.exit(sys.version_info[:2] != (3, 11))
ROOMS := $(wildcard */__init__.py)

help: ## List the commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 13

setup: .venv/.project .emulator/.installed .policy/.installed .jars/.installed ## Install everything into .venv, .emulator, .policy and .jars

demo: setup ## Bring the platform up on this machine and walk through it (ARGS="--help" for its options)
	$(BIN)/headwater demo $(ARGS)

test: setup .checkov/.installed ## Run every test (ARGS="-k name" for some)
	$(BIN)/python -m pytest -n 2 --durations 15 $(ARGS)

lint: setup ## Lint, check types and imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

check: lint ## The same, and run the fast tests
	$(BIN)/python -m pytest -q -n 2 -m "not e2e and not slow" $(ARGS)

N ?= 300
parity: setup ## The parity law on N generated histories (N=300); results in build/parity.json
	$(BIN)/python -m tests.parity.run $(N)

bench: setup ## Run the benchmarks (NAME=stream for one, ARGS="--scale 0.1" for a quick look)
	$(BIN)/python -m benchmarks $(NAME) $(ARGS)

conformance: setup ## Let the real AWS provider of Terraform judge every environment; results in build/conformance.json
	$(BIN)/python -m infra.terraform.conformance

drill: setup ## Break two local regions in every way there is (NAME=region_killed for one); results in build/drill.json
	$(BIN)/python -m dr drill $(if $(NAME),--name $(NAME))

checkov: setup .checkov/.installed ## Let Checkov look at the export of every environment; results in build/checkov.json
	$(BIN)/python -m infra.terraform.checkov

docs: setup ## Make the drawings and tables of docs/ and the graphs of cost/ again, from the program
	$(BIN)/python -m infra.preview
	$(BIN)/python -m cost capacity --plot docs/capacity.svg --page docs/capacity.md > /dev/null
	$(BIN)/python -m cost graphs

athena: .athena/.installed ## Install into .athena what runs training sets on Athena

down: setup ## Stop the local platform
	$(BIN)/headwater down local

# What a function carries has the version that is tested here: hence the constraint.
COMPILE = $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header $(ARGS)
WITH_PROJECT := --constraint requirements/project.txt
lock: .venv/.bootstrapped ## Lock requirements/*.in again (ARGS=--upgrade for newer versions)
	$(COMPILE) --python-version 3.11 requirements/bootstrap.in --output-file requirements/bootstrap.txt
	$(COMPILE) --python-version 3.11 requirements/project.in --output-file requirements/project.txt
	$(COMPILE) --python-version 3.11 requirements/emulator.in --output-file requirements/emulator.txt
	$(COMPILE) --python-version 3.11 requirements/athena.in --output-file requirements/athena.txt
	$(COMPILE) --python-version 3.11 requirements/checkov.in --output-file requirements/checkov.txt
	$(COMPILE) --python-version 3.11 requirements/policy.in --output-file requirements/policy.txt
	$(COMPILE) --python-version 3.11 requirements/feast.in --output-file requirements/feast.txt
	$(COMPILE) --python-version 3.11 --no-deps requirements/jars.in --output-file requirements/jars.txt
	$(COMPILE) --python-version 3.11 $(WITH_PROJECT) requirements/lambda_local.in \
		--output-file requirements/lambda_local.txt
	$(COMPILE) --python-version 3.11 $(WITH_PROJECT) requirements/lambda_numpy.in \
		--output-file requirements/lambda_numpy.txt
	$(COMPILE) --python-version 3.13 --python-platform aarch64-manylinux2014 $(WITH_PROJECT) \
		requirements/lambda.in --output-file requirements/lambda.txt
	$(COMPILE) --python-version 3.11 --python-platform x86_64-manylinux_2_28 $(WITH_PROJECT) \
		requirements/glue.in --output-file requirements/glue.txt
	$(COMPILE) --python-version 3.11 --python-platform x86_64-manylinux_2_28 $(WITH_PROJECT) \
		requirements/glue_replica.in --output-file requirements/glue_replica.txt

clean: ## Remove what was built and cached; the environments stay
	rm -rf build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -path './.*' -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is touched when its step is done, so an interrupted step is taken again. An installation that
# finds its mark was interrupted half way through a package, and writes every package again.
# $(1): environment, $(2): requirements.
define install
	again=; if [ -e $(1)/.installing ]; then again=--reinstall; fi; \
	touch $(1)/.installing; \
	$(BIN)/uv pip install --python $(1)/bin/python $$again --require-hashes --requirements $(2); \
	rm $(1)/.installing; touch $@
endef

# An interpreter that is gone or was upgraded makes its environment again.
.venv/bin/python .emulator/bin/python .athena/bin/python .policy/bin/python .checkov/bin/python: ;

.venv/.bootstrapped: .venv/bin/python requirements/bootstrap.txt
	@if ! $(BIN)/python -c '$(IS_311); import pip' 2>/dev/null; then \
		for python in $(if $(PYTHON),"$(PYTHON)",python3.11 python3 python); do \
			if "$$python" -c '$(IS_311)' 2>/dev/null; then "$$python" -m venv --clear .venv; break; fi; \
		done; \
		if ! $(BIN)/python -c '$(IS_311)' 2>/dev/null; then \
			echo "Python: found no working 3.11 as $(or $(PYTHON),python3.11 python3 or python)." \
				"Install Python 3.11 with its venv module, or name it: make setup PYTHON=/path/to/python3.11" >&2; \
			exit 1; \
		fi; \
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --force-reinstall \
		--require-hashes --requirement requirements/bootstrap.txt
	@touch $@

.venv/.installed: .venv/.bootstrapped requirements/project.txt
	@$(call install,.venv,requirements/project.txt)

# Again when a room is added: the editable installation lists them.
.venv/.project: .venv/.installed pyproject.toml $(ROOMS)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --reinstall-package headwater \
		--no-deps --no-build-isolation --editable .
	@touch $@

# The local cloud pins libraries that the project needs in newer versions.
.emulator/.installed: .venv/.bootstrapped .emulator/bin/python requirements/emulator.txt
	@if ! .emulator/bin/python -c '$(IS_311)' 2>/dev/null; then \
		$(BIN)/uv venv --quiet --clear --python $(BIN)/python .emulator; \
	fi
	@$(call install,.emulator,requirements/emulator.txt)

# awswrangler is behind the Arrow that the project uses.
.athena/.installed: .venv/.bootstrapped .athena/bin/python requirements/athena.txt
	@if ! .athena/bin/python -c '$(IS_311)' 2>/dev/null; then \
		$(BIN)/uv venv --quiet --clear --python $(BIN)/python .athena; \
	fi
	@$(call install,.athena,requirements/athena.txt)

# The SDK of policies pins a protobuf that is behind the project's.
.policy/.installed: .venv/.bootstrapped .policy/bin/python requirements/policy.txt
	@if ! .policy/bin/python -c '$(IS_311)' 2>/dev/null; then \
		$(BIN)/uv venv --quiet --clear --python $(BIN)/python .policy; \
	fi
	@$(call install,.policy,requirements/policy.txt)

# Checkov pins a hundred libraries, many of which the project has in other versions.
.checkov/.installed: .venv/.bootstrapped .checkov/bin/python requirements/checkov.txt
	@if ! .checkov/bin/python -c '$(IS_311)' 2>/dev/null; then \
		$(BIN)/uv venv --quiet --clear --python $(BIN)/python .checkov; \
	fi
	@$(call install,.checkov,requirements/checkov.txt)

.jars/.installed: .venv/.bootstrapped requirements/jars.txt
	@rm -rf .jars
	@$(BIN)/uv pip install --quiet --target .jars --no-deps --require-hashes --requirements requirements/jars.txt
	@rm -rf .jars/feature_store_pyspark/jars/*-3.[0-4].jar .jars/snowpark_connect_deps_iceberg/jars/*_2.13-*.jar
	@# This jar has Iceberg's classes elsewhere and does not tell Spark of its data source.
	@mkdir -p .jars/source/META-INF/services
	@echo smfs.shaded.org.apache.iceberg.spark.source.IcebergSource \
		> .jars/source/META-INF/services/org.apache.spark.sql.sources.DataSourceRegister
	@cd .jars/source && ../../$(BIN)/python -m zipfile -c ../feature_store_pyspark/jars/source.jar META-INF/
	@touch $@
