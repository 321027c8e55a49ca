#!/usr/bin/env bash
# Runs a command against a fresh cluster: with-cluster.sh CONFIG COMMAND [ARGUMENT...]
#
# CONFIG is a JSON configuration file. Storage, address, port and cluster are replaced for each of three members (or
# $ATOLL_MEMBERS) on this machine. The command finds in its environment
#   ATOLL_URL, ATOLL_HOST   the front, which spreads requests over the members
#   ATOLL_URLS              the members themselves, with commas between
#   ATOLL_CLUSTER           the cluster's folder, for scripts/members.sh
# Fails if the command fails, or if a member does not get ready, dies without being ended by the command, panics, or
# does not stop when asked to.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/members.sh
. "$ATOLL_ROOT/scripts/members.sh"
PATH=$PATH:/usr/sbin:/sbin

if [ $# -lt 2 ]; then
    echo "usage: with-cluster.sh CONFIG COMMAND [ARGUMENT...]" >&2
    exit 2
fi
config=$1
shift
if [ ! -x "$ATOLL_BIN" ]; then
    echo "with-cluster: $ATOLL_BIN is missing; build it with 'cargo build --release -p atoll', or name another by ATOLL_BIN" >&2
    exit 1
fi

cluster=$(mktemp -d "${TMPDIR:-/tmp}/atoll-cluster.XXXXXX")
cleanup() {
    members_end
    rm -rf "$cluster"
}
trap cleanup EXIT

mapfile -t numbers < <(seq "${ATOLL_MEMBERS:-3}")
members_ports "${#numbers[@]}"
members_configure "$config" "${numbers[@]}"
for n in "${numbers[@]}"; do member_start "$n"; done
member_ready "${numbers[@]}"
members_whole "${numbers[@]}"
front_start "${numbers[@]}"

urls=()
for n in "${numbers[@]}"; do urls+=("http://$(member_host "$n")"); done
ATOLL_HOST=$(member_host 0)
ATOLL_URLS=$(
    IFS=,
    echo "${urls[*]}"
)
export ATOLL_HOST ATOLL_URL=http://$ATOLL_HOST ATOLL_URLS ATOLL_CLUSTER=$cluster

status=0
"$@" || status=$?

failed=0
complain() {
    member_complain "$1" "$2"
    failed=1
}
for pid in "$cluster"/[1-9]*.pid; do
    [ -e "$pid" ] || continue
    n=$(basename "$pid" .pid)
    # A member that the command has started is not our child, so its exit status is not known; its log is.
    if member_runs "$n"; then
        member_stop "$n" || failed=1
    else
        complain "$n" "member $n died"
    fi
done
for log in "$cluster"/*.log; do
    if grep -q "panicked at" "$log"; then complain "$(basename "$log" .log)" "$(basename "$log") has a panic"; fi
done
# A failure of the command is easier to understand with what the members said.
if [ "$status" != 0 ] && [ "$failed" = 0 ]; then
    for n in "${numbers[@]}"; do complain "$n" "the command failed with status $status; this is member $n"; done
fi
[ "$status" = 0 ] || exit "$status"
exit "$failed"
