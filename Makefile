# Everything runs in .venv, which the first target makes from the lock. BANK is a bank's file (docs/bank-file.md), VARS goes to dbt:
# make build BANK=/data/bank.yml, make build VARS='{studies: [card_usage]}'
PYTHON ?= python3
BIN := .venv/bin
BANK ?=
DOORS ?= excel postgres delta avro iceberg
VARS ?= $(if $(BANK),{bank: $(abspath $(BANK))},{})
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PIN := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-strip-extras
LOCK := $(PIN) --extra install pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help build doors describe check preview-refit report export test types sql walk fuzz format bench sample pictures docs lock sbom licences audit clean

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

build: .venv/runtime  ## build the warehouse and the report (BANK=..., or the sample bank)
	@$(BIN)/dbt --quiet build --vars '$(VARS)'
	@$(BIN)/dbt --quiet run-operation summary --vars '$(VARS)'
	@$(BIN)/python -m report

doors: .venv/runtime  ## install DuckDB's readers (DOORS='excel postgres', or all of them)
	@awk '/^[^ ]/ {on = /^duckdb-extension-($(subst $() ,|,$(strip $(DOORS))))/} on' requirements-dev.txt > .venv/doors.txt
	@$(PIP) install --require-hashes --no-deps --requirement .venv/doors.txt

describe: .venv/runtime  ## draft a bank's file (FILES=/data/extracts; OUT=bank.yml)
	@$(BIN)/python -m bank.describe '$(FILES)' $(if $(OUT),--out '$(OUT)')

check: .venv/runtime  ## read BANK's extracts, fit nothing, say what is in them
	@$(BIN)/python -m bank.check $(BANK) $(ARGS)

preview-refit: .venv/runtime  ## say what a refit would do (who moves, which names go on), and do nothing
	@$(BIN)/python -m report.refit --vars '$(VARS)'

report: .venv/runtime  ## render the report of the warehouse as it is
	$(BIN)/python -m report

export: .venv/runtime  ## write the marts to exports/, for Power BI, Tableau and Excel
	$(BIN)/python -m report.export

test: .venv/dev  ## run linters, type checks and all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory --jobs=2 types sql
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

types: .venv/dev
	$(BIN)/mypy

sql: .venv/dev
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 models tests

walk: .venv/dev  ## take 500 random builds and test each (hours; or WALK_SEED=2)
	WALK_STEPS=500 $(BIN)/python -m pytest tests/python/test_walk.py

fuzz: .venv/dev  ## stage 10,000 faulty extracts and read as many faulty bank's files (an hour; or FUZZ_SEED=2 for others)
	FUZZ_CASES=10000 $(BIN)/python -m pytest --capture=no tests/python/test_fuzz.py

format: .venv/dev  ## format Python and mend what the linters can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/sqlfluff fix models tests

bench: .venv/dev  ## measure builds against a notebook (an hour)
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.pages

sample: .venv/runtime  ## make the sample bank's extracts again, in seeds/sample
	$(BIN)/python -m sample_bank.generate

pictures: .venv/dev  ## make the documents' pictures again (needs Chromium)
	$(BIN)/python -m report.screenshots

docs: .venv/runtime  ## write dbt's documentation to target/static_index.html
	$(BIN)/dbt docs generate --static

lock: .venv/dev  ## pin the dependencies of pyproject.toml again
	$(LOCK) --extra dev --extra doors --output-file requirements-dev.txt
	$(LOCK) --constraint requirements-dev.txt --output-file requirements.txt
	echo 'duckdb>=2,<3' | $(PIN) --no-config --output-file requirements-duckdb-2.txt -

sbom: .venv/dev  ## write the bill of materials (CycloneDX) to target/sbom.cdx.json
	@$(BIN)/python -m supply.sbom

licences: .venv/dev  ## list the licences of all packages, and stop at one that a bank may not use
	@$(BIN)/python -m supply.licences

audit: .venv/dev  ## look for known vulnerabilities, where a service can be asked
	@$(BIN)/python -m supply.audit $(ARGS)

clean:  ## remove what was built, but not .venv
	rm -rf target logs exports warehouse/*.duckdb warehouse/*.wal warehouse/*.html warehouse/work

.venv/made:
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/runtime: .venv/made requirements.txt pyproject.toml
	@echo 'installing what requirements.txt pins into .venv, about a minute'
	@$(PIP) install --require-hashes --requirement requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/runtime requirements-dev.txt
	@echo 'installing what requirements-dev.txt pins into .venv, for the tests'
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch $@
