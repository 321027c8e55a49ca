#!/usr/bin/env bash
# The official conformance suite of the distribution specification against the real binary, in two profiles:
# `1.1`, the released specification, and `dev`, its main branch. Both with sparse manifests, which the suite leaves out by default.
#
#   run.sh [PROFILE...]      profiles: 1.1 dev
#
# Reports stay in target/conformance/${ATOLL_REPORTS}PROFILE (report.html, junit.xml, results.yaml, suite.log).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/env.sh
. "$here/../../scripts/env.sh"

if ! command -v conformance >/dev/null; then
    echo "the conformance suite is missing; 'make tools' brings it"
    echo "conformance: 0 passed, 0 failed, 2 skipped"
    # A test that was asked for and could not run is a failure where all tools must be there.
    [ "${CI:-}" = true ] && exit 1
    exit 0
fi

[ $# -gt 0 ] || set -- 1.1 dev
failed=0
for profile in "$@"; do
    results=${CARGO_TARGET_DIR:-$ATOLL_ROOT/target}/conformance/${ATOLL_REPORTS:-}$profile
    rm -rf "$results"
    mkdir -p "$results"
    # The suite says by its exit status whether a test failed, but ends with 0 when its configuration is wrong,
    # and does not count skipped tests against us: the reports decide, not the status.
    (
        # Settings of another run in the environment would win over these.
        for name in $(compgen -e OCI_); do unset "$name"; done
        # shellcheck disable=SC2016 # ATOLL_HOST is known to the inner shell only
        OCI_VERSION=$profile OCI_TLS=disabled OCI_DATA_SPARSE=true OCI_RESULTS_DIR=$results OCI_CONFIGURATION=/dev/null \
            "$ATOLL_WITH" "$here/config.json" \
            bash -c 'OCI_REGISTRY=$ATOLL_HOST conformance >"$OCI_RESULTS_DIR/suite.log" 2>&1 || true'
    ) || failed=1
    python3 "$here/summary.py" "$profile" "$results" || failed=1
done
exit "$failed"
