# The commands of the developers of hookrig. `make ci` is what the project's own check runs.
GO          ?= go
LINT        := $(GO) tool -modfile=tools/go.mod golangci-lint
LINT_CONFIG := $(CURDIR)/.golangci.yml
FUZZTIME    ?= 60s
COUNT       ?= 10
ROUNDS      ?= 3

.PHONY: test lint race cross e2e bench bench-generate bench-load fuzz soak build ci

test: ## unit and CLI tests; needs Go alone
	$(GO) test ./...

race:
	$(GO) test -race ./...

lint:
	$(LINT) run --config $(LINT_CONFIG) ./...
	cd e2e && $(GO) tool -modfile=../tools/go.mod golangci-lint run --config $(LINT_CONFIG) --build-tags e2e ./...

cross: ## the code for the systems that this machine is not
	GOOS=windows $(GO) vet ./...
	GOOS=darwin $(GO) vet ./...

e2e: ## browsers, Node consumers, foreign verifiers; needs chromium, node, npm and php
	cd e2e/node && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	cd e2e && $(GO) test -tags e2e -timeout 12m ./...

bench: ## every benchmark, as text for benchstat
	$(GO) test -run '^$$' -bench . -benchmem -count $(COUNT) ./...

bench-load: ## load beside vegeta, k6 and wrk, which it builds and installs; ROUNDS of everything
	$(GO) run ./contract/load/peers -p watsi -rounds $(ROUNDS)

bench-generate: ## generation against json-schema-faker, in one run; needs node and npm
	cd e2e/node && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	cd e2e && $(GO) test -tags e2e -run '^$$' -bench JSONSchemaFaker -benchtime 5x .

soak: ## the long versions of the tests that .ci/run shortens
	HOOKRIG_SOAK=1 $(GO) test -timeout 2h ./...
	cd e2e && HOOKRIG_SOAK=1 $(GO) test -tags e2e -timeout 6h -run 'TestCorrect|TestReportScripts' ./...

fuzz: ## each fuzz target for FUZZTIME
	@set -e; for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

build: ## one file that needs nothing of the system
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/hookrig ./cmd/hookrig

ci:
	bash .ci/run
