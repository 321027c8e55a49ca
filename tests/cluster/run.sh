#!/usr/bin/env bash
# The cluster, with real members: run.sh [NAME...], by default everything in order.
#
#   conformance golden clients         what one server passes, against three members behind a front
#   one_answer loss changes rotation clock trust   what only a cluster can get wrong
#   fronts deploy                      the examples below deploy/
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/env.sh
. "$here/../../scripts/env.sh"

[ $# -gt 0 ] || set -- one_answer loss changes rotation clock trust fronts deploy conformance golden clients
failed=""
for name in "$@"; do
    began=$SECONDS
    case $name in
    conformance | golden | clients)
        ATOLL_WITH=$ATOLL_ROOT/scripts/with-cluster.sh ATOLL_REPORTS=cluster- "$ATOLL_ROOT/tests/$name/run.sh" || failed+=" $name"
        ;;
    *)
        "$here/$name.sh" || failed+=" $name"
        ;;
    esac
    echo "cluster: $name took $((SECONDS - began)) s"
done
[ -z "$failed" ] || { echo "cluster, failed:$failed" && exit 1; }
