# `make help` lists what there is.
.DEFAULT_GOAL := help
.PHONY: help run build test tools tidy conformance clients golden

help: ## lists these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: ## builds the server and runs it: http://127.0.0.1:8080, data in ./data
	cargo run --release --package atoll -- serve

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

golden: build ## replays the recorded answers of the reference registry
	@tests/golden/run.sh
