# Cutout. `make` alone lists what can be made.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

FUZZ   ?= 20s
BENCH  ?= 5
OUT    ?= out
SOAK   ?= 10m
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: help run build test check lint wasm bench accuracy weights fuzz cover dist clean golden notices reconnect soak versus

help: ## list these targets
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## play now with three bots; without a display it plays a demo into out/
	@.ci/setup run
	@bin/cutout play --bots 3

build: ## build bin/cutout
	@.ci/setup build
	@.ci/progress go build -v -o bin/cutout ./cmd/cutout

test: build ## run every test with the race detector, the sensor and the room included
	@.ci/setup test
	@.ci/headless go test -race -shuffle=on -timeout 30m ./...

check: build lint wasm test ## all that must hold before a change lands

lint: ## formatting, vet, staticcheck, go.mod
	@unformatted=$$(gofmt -s -l cmd game kinect netvideo assets); \
	  if [ -n "$$unformatted" ]; then echo "not formatted (gofmt -s -w): $$unformatted"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...
	go mod tidy -diff

wasm: ## the parts which are also played in a browser must build for it
	GOOS=js GOARCH=wasm go build ./kinect ./kinect/puppet ./netvideo ./game/...

bench: build ## measure every stage beside a peer or a limit; writes docs/performance.md
	@.ci/setup test
	@.ci/headless .ci/bench $(BENCH)

accuracy: ## how well people are found, as a table; worst frames in out/accuracy
	@go run ./cmd/bodyaccuracy --pictures $(OUT)/accuracy $(ACCURACY)

weights: ## grow the forest that finds joints anew; stopped and started again, it goes on
	@mkdir -p $(OUT)
	go run ./cmd/bodytrain --out $(OUT)/trees.bin
	cp $(OUT)/trees.bin kinect/body/forest/trees.bin

fuzz: ## fuzz each target for FUZZ=20s
	@.ci/setup build
	@.ci/fuzz $(FUZZ)

cover: ## coverage without the virtual Kinect; the page is out/coverage.html
	@.ci/setup test
	@mkdir -p $(OUT)
	@.ci/headless go test -coverprofile=coverage.out ./...
	@grep -v '/virtual/' coverage.out > $(OUT)/coverage.out
	@go tool cover -func=$(OUT)/coverage.out | tail -n 1
	@go tool cover -html=$(OUT)/coverage.out -o $(OUT)/coverage.html

reconnect: ## cut, kill and move everything a room needs; prints how long until pictures are back
	CUTOUT_RECONNECT=1 go test ./netvideo/reconnect -v -timeout 30m -run 'Cuts|Server|Host|Cluster|Reconnects'

soak: ## people come and go for SOAK=10m; prints what is held meanwhile
	CUTOUT_SOAK=$(SOAK) go test ./netvideo/reconnect -v -timeout 0 -run Soak

versus: ## calls through us and through Chromium, side by side; writes docs/media.md
	@.ci/setup versus
	go test ./netvideo/versus -v -timeout 0 -run 'EachWay|Versus' -versus $(VERSUS) -results $(CURDIR)/$(OUT)/versus.jsonl -page $(CURDIR)/docs/media.md

golden: ## render the golden pictures anew; look at the diff before you commit it
	@.ci/headless go test ./game/view -run Golden -update

dist: build ## a tarball that runs without root and without Go on a desktop Linux
	@.ci/setup dist
	@.ci/dist

notices: build ## docs/third-party-notices.txt anew, from what the program is built of
	.ci/notices bin/cutout > docs/third-party-notices.txt

clean: ## remove what was built
	rm -rf bin out dist coverage.out
