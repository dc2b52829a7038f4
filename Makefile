# What one does here. `make help` prints the lines that have two hashes.

PREFIX ?= /usr/local
DESTDIR ?=
BUILT := .build/release
SWIFT_FILES = $(shell find Sources Tests Package.swift -name '*.swift' -not -path '*/Generated/*')

.DEFAULT_GOAL := help
.PHONY: help tour build test lint format bench install uninstall clean

help: ## print this
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

tour: ## install what is needed, build, and show step by step what pouch does (as root)
	scripts/install-dependencies build run tour
	$(MAKE) --no-print-directory build
	scripts/leave-no-trace scripts/tour

build: ## build what ships
	swift build -c release

test: ## install what is needed and run every test (as root, else without those that need it)
	scripts/install-dependencies build run test
	$(MAKE) --no-print-directory lint
	scripts/test

lint: ## check the form of the sources
	@swift format lint --strict --parallel $(SWIFT_FILES)

format: ## bring the sources into form
	@swift format --in-place --parallel $(SWIFT_FILES)

bench: ## measure beside dockerd and ctr, and write docs/benchmarks.md (as root)
	scripts/install-dependencies build run bench
	$(MAKE) --no-print-directory build
	bench/run --into docs/benchmarks.md

install: ## put what was built into PREFIX (/usr/local), under DESTDIR
	scripts/install "$(BUILT)" "$(DESTDIR)" "$(PREFIX)"

uninstall: ## take away what install put there
	scripts/install --undo "$(DESTDIR)" "$(PREFIX)"

clean: ## forget what was built and downloaded
	rm -rf .build tests/vm/.cache
