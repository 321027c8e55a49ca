#!/usr/bin/env bash
# Replays the recorded answers of the reference registry against the real binary, one fresh server per configuration.
#
#   run.sh [CONFIGURATION...]      configurations: open open-docker2s2
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/env.sh
. "$here/../../scripts/env.sh"

# The surfaces of each configuration: all that it has cases of.
declare -A surfaces=([open]="dist,ops,ext,ui,graphql" [open-docker2s2]="dist,graphql")

[ $# -gt 0 ] || set -- open open-docker2s2
failed=0
for configuration in "$@"; do
    echo "golden answers, configuration $configuration"
    # shellcheck disable=SC2016 # ATOLL_URLS is known to the inner shell only
    "$ATOLL_WITH" "$here/config/$configuration.json" \
        bash -c 'python3 "$1" --urls "$ATOLL_URLS" --config "$2" --surface "$3" --demand' \
        replay "$here/replay.py" "$configuration" "${surfaces[$configuration]}" || failed=1
done
exit "$failed"
