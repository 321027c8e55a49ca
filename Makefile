# `make help` lists what there is.
.DEFAULT_GOAL := help
.PHONY: help run cluster build test tools tidy conformance clients golden crash crash-cluster bench parts fuzz docs

help: ## lists these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

# What `atoll --version` tells.
run build bench: export ATOLL_COMMIT ?= $(or $(shell git rev-parse --short=12 HEAD 2>/dev/null),unknown)

run: ## builds the server and runs it: http://127.0.0.1:8080, data in ./data
	cargo run --release --package atoll -- serve

cluster: build ## runs three members behind a front, with sample images: http://127.0.0.1:8080, data in ./cluster-data
	@scripts/cluster.sh

build: ## builds the release binary, target/release/atoll
	cargo build --release --package atoll

test: ## runs every check and test; each step tells its time
	@scripts/test.sh

tools: ## brings the programs that the tests run: registry clients, the conformance suite
	@scripts/tools.sh

tidy: ## checks the house rules: ranks, owners, sizes, names
	cargo xtask tidy

conformance: build ## runs the official conformance suite, profiles 1.1 and dev
	@tests/conformance/run.sh

clients: build ## runs real clients: docker, skopeo, crane, oras, regctl, helm, podman, buildah, cosign, notation
	@tests/clients/run.sh

# KILLS=10000 for a night; SEED=N repeats the choices of a run that failed.
KILLS ?= 40
SECONDS ?= 0
crash: build ## kills the real server KILLS times under load and checks that nothing acknowledged is lost
	@cargo run --quiet --package atoll-testkit --bin crash -- --server $(or $(ATOLL_BIN),target/release/atoll) \
		--kills $(KILLS) --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

crash-cluster: build ## kills members of a real cluster of three under load; looks for what one acknowledged through the others
	@cargo run --quiet --package atoll-testkit --bin crash -- --server $(or $(ATOLL_BIN),target/release/atoll) --members 3 \
		--kills $(KILLS) --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

golden: build ## replays the recorded answers of the reference registry
	@tests/golden/run.sh

bench: ## measures what is shipped beside peers, rewrites docs/benchmarks.md; BENCH=--quick: two minutes, prints only
	cargo build --quiet --profile dist --package atoll --package atoll-bench
	target/dist/atoll-bench run --atoll $(or $(ATOLL_BIN),target/dist/atoll) --date "$$(date +%F)" $(or $(BENCH),--document docs/benchmarks.md)

parts: ## measures single functions: parsing, hashing, looking up
	cargo bench --package atoll-bench --bench parts

fuzz: SECONDS = 60
fuzz: ## searches each parser for inputs that break a promise, SECONDS=60 each
	@scripts/fuzz.sh $(SECONDS)

docs: ## checks that every link in the documentation leads somewhere
	@scripts/docs.sh
