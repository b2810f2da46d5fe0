# "make" alone lists what there is: every target with a comment after "##".

VERSION   := $(shell git describe --always --dirty 2>/dev/null || echo dev)
TOOL      := go tool -modfile=tools/go.mod
FUZZTIME  ?= 30s
TESTFLAGS ?=

.DEFAULT_GOAL := help
.PHONY: help run build test test-postgres race check tidy format vet size lint vuln fmt cover fuzz bench bench-go e2e preview clean

help:
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build and start the service; its data goes to ./data
	@test -d bin || echo "Compiling SQLite for the first build: this takes about two minutes, later builds take seconds."
	@$(MAKE) --no-print-directory build
	@bin/sessionhub serve

build: ## Build bin/sessionhub
	@go build -ldflags '-X main.version=$(VERSION)' -o bin/sessionhub .

test: ## Run the tests; more with TESTFLAGS='-race -v -run Name' PACKAGES=./hub
	@{ command -v node && test -d e2e/node_modules; } >/dev/null || echo "Skipping what needs Node.js: install it, then npm ci in e2e/"
	@test -n "$$TEST_POSTGRES" || echo "Skipping what needs PostgreSQL: make test-postgres runs that, apt-get install postgresql installs it"
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || echo "Skipping what needs Chromium: install it"
	@go test $(TESTFLAGS) $(or $(PACKAGES),./...)

race: ## Run the tests with the race detector
	@$(MAKE) --no-print-directory test TESTFLAGS='-race $(TESTFLAGS)'

test-postgres: ## Run the tests on a throw-away PostgreSQL; PACKAGES='./handlers' for some of them
	@go run ./repository/pgtest/with env TEST_ON=postgres go test $(TESTFLAGS) $(or $(PACKAGES),./repository/... ./handlers ./e2e/...)

check: tidy format vet size lint vuln ## Check module files, format, vet, sizes, lint and known vulnerabilities
	@echo "check: all is well"

tidy:
	@go mod tidy -diff
	@cd tools && go mod tidy -diff
	@cd bench && go mod tidy -diff

format:
	@$(TOOL) golangci-lint fmt --diff

vet:
	@go vet ./...
	@cd tools && go vet ./... && go test ./...
	@cd bench && go vet ./... && go test ./...

size:
	@cd tools && go run ./size ..

lint:
	@$(TOOL) golangci-lint run
	@cd tools && go tool golangci-lint run
	@cd bench && go tool -modfile=../tools/go.mod golangci-lint run

# Without the database there is nothing to compare with, which is not the code's fault.
vuln:
	@out=$$($(TOOL) govulncheck ./... 2>&1); failed=$$?; \
	case $$out in \
	*"fetching vulnerabilities"*) echo "govulncheck: not checked, the vulnerability database cannot be reached" ;; \
	*) echo "$$out"; exit $$failed ;; \
	esac

fmt: ## Format every Go file
	@$(TOOL) golangci-lint fmt

COVER := -covermode=atomic -coverpkg=./crypto,./handlers,./models,./repository -coverprofile=coverage.out

cover: ## Fail when handlers, repository or crypto have less than 85 % of their statements tested
	@$(MAKE) --no-print-directory test TESTFLAGS='$(COVER) $(TESTFLAGS)'
	@cd tools && go run ./cover -min 85 sessionhub/handlers sessionhub/repository sessionhub/crypto <../coverage.out

fuzz: ## Run every fuzz target for FUZZTIME (30s), one after another
	@targets=$$(go test -list '^Fuzz' ./...) || { echo "$$targets"; exit 1; }; \
	echo "$$targets" | awk '/^Fuzz/ { name[++n] = $$1 } /^ok/ { for (i = 1; i <= n; i++) print $$2, name[i]; n = 0 }' | { \
	ran=0; \
	while read -r package target; do \
		echo "$$package $$target"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x "$$package" </dev/null || exit 1; \
		ran=$$((ran + 1)); \
	done; \
	echo "fuzz: ran $$ran targets"; test $$ran -gt 0; }

BENCH ?= serve

bench: build ## Measure beside what it could be compared with (ten minutes); more with BENCH='serve -big 1000000', BENCH=search or BENCH=postgres
	@cd bench && go build -o ../bin/bench .
	@bin/bench $(BENCH)

BENCHTIME ?= 300ms
COUNT     ?= 1

bench-go: ## Run the Go benchmarks for benchstat, BENCHTIME (300ms) each; COUNT=10 to compare
	@go test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) -count $(COUNT) -timeout 0 ./...

e2e: ## Run the tests with real clients and a real browser; needs Node.js and Chromium
	@cd e2e && npm ci --no-audit --no-fund
	@E2E_REQUIRED=1 go test -count=1 $(TESTFLAGS) ./e2e/...

ADDR ?= 127.0.0.1:3001

preview: ## Show every page of the service with made-up content, at ADDR (127.0.0.1:3001)
	@go run ./web/preview -addr $(ADDR)

clean: ## Remove what was built, not ./data
	@rm -rf bin coverage.out
