# Parley. The two commands to know are `make run` and `make test`: both install
# what is missing (Debian packages; on other systems they name it) and build.

SHELL := /bin/bash
GO ?= go
BIN := bin/parley
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1.0)
GOFLAGS_BUILD := -trimpath -ldflags "-X main.version=$(VERSION)"
LINT := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.5.0

# Packages that the program is built with, and those that the tests use too.
PKGS_BUILD := build-essential pkg-config libwebrtc-audio-processing-dev libpocketsphinx-dev libsphinxbase-dev \
              pocketsphinx-en-us flite1-dev espeak-ng curl ca-certificates
PKGS_TEST  := flite sox sip-tester baresip-core kamailio linphone-cli

.PHONY: help run test build setup setup-test lint fuzz bench turns e2e demo-call clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## Build, start Parley on loopback, make a demonstration call, stay up
	@etc/demo.sh $(BIN)

test: setup-test build ## Everything that must hold: all packages, and the program with real peers
	$(GO) vet ./...
	$(GO) test -timeout 15m $$($(GO) list ./... | grep -v '^parley/test/')
	$(GO) test -timeout 15m -count=1 ./test/... # never from the cache: it does not see the program that they run

build: setup ## Build bin/parley
	$(GO) build $(GOFLAGS_BUILD) -o $(BIN) ./cmd/parley

setup:
	@etc/setup.sh $(PKGS_BUILD)

setup-test:
	@etc/setup.sh $(PKGS_BUILD) $(PKGS_TEST)

lint: setup ## golangci-lint and gofmt
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these files"; exit 1; }
	$(LINT) run ./...

FUZZTIME ?= 60s
fuzz: setup-test ## Run every fuzzer for FUZZTIME (60s)
	@set -e; $(GO) list ./... | while read -r pkg; do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; done

bench: setup-test build ## Measure; one JSON line a figure
	$(GO) run ./test/bench -parley $(BIN)

turns: setup-test ## Score how the robot listens, on the held-out part of the corpus
	$(GO) run ./test/turns

e2e: setup-test build ## The long form of the tests with real peers
	PARLEY_E2E=long $(GO) test -timeout 60m -count=1 ./test/...

clean: ## Remove what was built
	rm -rf bin
