#!/usr/bin/env bash
# The examples below deploy/: configurations are valid, units and manifests are understood by the programs that read them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/clients/harness.sh
. "$here/../clients/harness.sh"
kind=cluster
# No server is needed.
ATOLL_HOST=none client deploy python3
set +e
deploy=$ATOLL_ROOT/deploy

(umask 077 && python3 -c 'import os; print(os.urandom(32).hex())' >cluster-secret)
ATOLL__CLUSTER__HASHKEY=$(python3 -c 'import os; print(os.urandom(8).hex())')
export ATOLL__CLUSTER__HASHKEY ATOLL__ATOLL__CLUSTER__SECRETFILE=$work/cluster-secret

for example in systemd/member.json:10.0.0.2:8080 docker/config.json:atoll-2:8080 kubernetes/config.json:atoll-1.members:8080; do
    file=${example%%:*} own=${example#*:}
    check "$file is valid for $own" "$ATOLL_BIN" verify "$deploy/$file" --set "atoll.cluster.member=$own"
    [ ! -s output ] && pass "without a warning" || fail "$file has warnings"
    check "its layout" "$ATOLL_BIN" cluster layout --config "$deploy/$file" --set "atoll.cluster.member=$own"
    contains "has three members" "256 shards over 3 members"
done
(
    unset ATOLL__CLUSTER__HASHKEY
    "$ATOLL_BIN" verify "$deploy/systemd/member.json"
) >output 2>&1 && fail "a key that nobody has put in place is taken" || pass "a key that nobody has put in place is refused"

# optional PROGRAM WHAT COMMAND...: a check that needs a program which is not everywhere.
optional() {
    local program=$1
    shift
    if command -v "$program" >/dev/null; then check "$@"; else echo "  skip  $1 ($program is missing)"; fi
}

for unit in atoll.service atoll@.service; do
    # The program need not be installed where the unit is checked.
    sed "s|/usr/local/bin/atoll|$ATOLL_BIN|" "$deploy/systemd/$unit" >"$unit"
done
cp atoll@.service atoll@1.service
optional systemd-analyze "systemd understands atoll.service" systemd-analyze verify "$work/atoll.service"
optional systemd-analyze "systemd understands atoll@.service" systemd-analyze verify "$work/atoll@1.service"
optional kubectl "kubectl understands the StatefulSet" kubectl kustomize "$deploy/kubernetes"
if command -v kubectl >/dev/null; then
    contains "with names for members that are not ready" "publishNotReadyAddresses: true"
    contains "and a place for the configuration" "atoll-0.members:8080"
fi
optional haproxy "HAProxy understands its example" haproxy -c -f "$deploy/haproxy/haproxy.cfg"
optional haproxy "HAProxy understands the example for containers" haproxy -c -f "$deploy/docker/haproxy.cfg"
if docker compose version >/dev/null 2>&1; then
    cp "$deploy"/docker/* . && check "docker understands compose.yaml" env HASH_KEY=x docker compose -f compose.yaml config
else
    echo "  skip  docker understands compose.yaml (docker compose is missing)"
fi
finish
