#!/usr/bin/env bash
# Every check and test of the repository: test.sh [STEP...], by default all steps in order.
#
# A step that fails does not keep the later ones from running, but the whole fails. Each step tells its time; a table at
# the end tells all of them. Programs that are missing are installed first in CI and when the user is root; otherwise
# they are named, with the command that brings each, and their tests count as skipped.
set -uo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ATOLL_ROOT" || exit 1

tools() {
    if [ "${CI:-}" = true ] || [ "$(id -u)" = 0 ]; then
        scripts/tools.sh
    else
        scripts/tools.sh --check || echo "the tests of what is missing are skipped; 'make tools' brings what needs no root"
    fi
}

format() {
    cargo fmt --all --check
}

shell() {
    if ! command -v shellcheck >/dev/null; then
        echo "shellcheck is missing; run 'sudo apt-get install shellcheck'"
        return 0
    fi
    # SC1091 would want the files that are sourced on the command line, each as its own argument.
    git ls-files -co --exclude-standard '*.sh' .ci/run | xargs shellcheck --external-sources --severity=warning
}

clippy() {
    cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
}

tidy() {
    # The fuzzer's programs are a workspace of their own, which nothing else here builds.
    cargo xtask tidy && cargo metadata --locked --manifest-path fuzz/Cargo.toml --format-version 1 >/dev/null
}

docs() {
    scripts/docs.sh
}

licences() {
    if ! command -v cargo-deny >/dev/null; then
        echo "cargo-deny is missing; run 'make tools'"
        return 0
    fi
    cargo deny --log-level error check licenses bans sources
}

unit() {
    cargo test --workspace --locked --quiet
}

# Members in one process from one seed: at least a hundred seeds, and at least two minutes.
simulation() {
    ATOLL_SIM_SECONDS=120 ATOLL_SIM_SEEDS=100 cargo test --locked --quiet --package atoll-testkit --test simulation
}

release() {
    cargo build --release --package atoll --locked --quiet && ls -l "$ATOLL_BIN"
}

conformance() {
    tests/conformance/run.sh
}

clients() {
    tests/clients/run.sh
}

golden() {
    tests/golden/run.sh
}

ui() {
    tests/ui/run.sh
}

cluster() {
    tests/cluster/run.sh
}

crash() {
    cargo run --locked --quiet --package atoll-testkit --bin crash -- --server "$ATOLL_BIN" --kills 40 --seconds 120
}

crash-cluster() {
    cargo run --locked --quiet --package atoll-testkit --bin crash -- --server "$ATOLL_BIN" --members 3 --kills 40 --seconds 60
}

steps=(tools format shell tidy docs licences clippy unit simulation release conformance clients golden ui cluster crash crash-cluster)
[ $# -eq 0 ] || steps=("$@")
summary=""
failed=""
for step in "${steps[@]}"; do
    if [ "$(type -t "$step")" != function ]; then
        echo "test.sh: there is no step '$step'; the steps are: tools format shell tidy docs licences clippy unit simulation release conformance clients golden ui cluster crash crash-cluster" >&2
        exit 2
    fi
    printf '\n== %s\n' "$step"
    began=$SECONDS
    # A subshell: one step's settings are not the next one's. No input: a tool that asks gets no answer.
    if ("$step") </dev/null; then
        result=ok
    else
        result=FAILED
        failed+=" $step"
    fi
    took=$((SECONDS - began))
    printf '== %s: %s after %d s\n' "$step" "$result" "$took"
    summary+=$(printf '  %-13s %5d s  %s' "$step" "$took" "$result")$'\n'
done

printf '\nsteps and their time:\n%s  %-13s %5d s\n' "$summary" all "$SECONDS"
if [ -n "$failed" ]; then
    echo "failed:$failed"
    exit 1
fi
echo "all steps passed"
