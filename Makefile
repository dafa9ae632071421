# Mời Số. "make" alone lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO          ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
TSC         := scripts/tsc/node_modules/.bin/tsc
ESCPOS      := scripts/escpos/node_modules/.package-lock.json

# make run HOST=192.168.1.5 [PORT=8080] [DATA=folder] [CROWD=off] [ARGS="…"]
HOST  ?=
PORT  ?= 8080
DATA  ?= .moiso-demo
CROWD ?= on
ARGS  ?=
ROOT  ?= layer
CUT   ?= 60s

FUZZTIME ?= 30s

ifeq ($(strip $(HOST)),)
REACH = -listen 127.0.0.1:$(PORT)
else
REACH = -listen $(HOST):$(PORT) -public-url http://$(HOST):$(PORT) -demo-public
endif

.PHONY: help run build check test test-tools test-install e2e-devices release bench bench-quick fuzz soak fonts pictures voice clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## the demo city on this machine; HOST=ADDRESS for phones in the local network
	@exec bin/server serve $(REACH) -data $(DATA) -demo -demo-crowd=$(CROWD) $(ARGS)

build: ## the three programs as static binaries in ./bin
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=auto -o bin/ ./server ./kiosk ./display

check: $(TSC) ## gofmt, vet, staticcheck, import arrows, types of the pages' scripts
	@unformatted=$$(gofmt -l assets internal server kiosk display scripts); \
	  test -z "$$unformatted" || { echo "gofmt is needed on:"; echo "$$unformatted"; exit 1; }
	@unchecked=$$(find assets/js -name '*.js' -exec grep -L '^// @ts-check' {} +); \
	  test -z "$$unchecked" || { echo "these scripts do not begin with // @ts-check:"; echo "$$unchecked"; exit 1; }
	$(GO) vet ./...
	$(GO) -C scripts/release vet .
	$(GO) run $(STATICCHECK) ./...
	$(GO) test ./internal
	$(TSC) -p scripts/tsc/tsconfig.json

# npm ci takes the versions and hashes of the lockfile, and nothing else.
$(ESCPOS): scripts/escpos/package-lock.json | test-tools
	npm ci --prefix scripts/escpos --no-audit --no-fund
	@touch $@

$(TSC): scripts/tsc/package-lock.json | test-tools
	npm ci --prefix scripts/tsc --no-audit --no-fund
	@touch $@

test: test-tools check $(ESCPOS) ## check, then every test with the race detector, browser tests included
	$(GO) test -race -timeout 30m ./...
	@scripts/test-install $(ROOT)

e2e-devices: test-tools ## kiosk, printer, screen and server through what happens in a hall; CUT=60s of dead network
	MOISO_CUT=$(CUT) $(GO) test -count 1 -run '^TestDevicesSurviveWhatHappensInAHall$$' -v -timeout 30m ./server

test-install: ## make the packages and install them in a root of their own; ROOT=clean makes a new Debian for it
	@scripts/test-install $(ROOT)

release: ## archives and Debian packages for every machine, in ./dist
	@$(GO) -C scripts/release run . -root "$(CURDIR)" -out "$(CURDIR)/dist"

test-tools: ## install what the tests need and this machine lacks (apt)
	@scripts/test-tools

bench: ## the table of ratios, each figure beside its baseline; MOISO_BENCH_DIR keeps the year of data
	$(GO) test -tags bench -run '^TestTheTableOfRatios$$' -count 1 -v -timeout 2h ./server

bench-quick: ## the same table in its short form, in under two minutes
	MOISO_BENCH_QUICK=1 $(GO) test -tags bench -run '^TestTheTableOfRatios$$' -count 1 -v -timeout 30m ./server

fuzz: ## each fuzz target for FUZZTIME (30s)
	@scripts/fuzz $(FUZZTIME)

soak: test-tools $(ESCPOS) ## the tests that last: MOISO_SOAK=1 makes them run their long form
	MOISO_SOAK=1 MOISO_CUT=5m $(GO) test -count 1 -p 1 -timeout 6h ./...

fonts: ## make assets/paper anew; FROM=folder with Inter's static TTF files
	scripts/ticket-fonts.py $(FROM)

pictures: test-tools ## take the pictures of the README and the manuals anew, in doc/pictures
	MOISO_PICTURES="$(CURDIR)/doc/pictures" $(GO) test -count 1 -run '^TestThePicturesOfTheBooks$$' -timeout 10m ./server

voice: ## make assets/voice anew; needs espeak-ng, flite and ffmpeg (apt)
	$(GO) run ./scripts/voice $(VOICE)

clean: ## remove what was built; the demo's data stays
	rm -rf bin dist .screens scripts/tsc/node_modules scripts/escpos/node_modules
