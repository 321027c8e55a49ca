#!/usr/bin/env bash
# Replays the recorded answers of the reference registry against the real binary, one fresh server per configuration.
#
#   run.sh [CONFIGURATION...]      configurations: open open-docker2s2
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/env.sh
. "$here/../../scripts/env.sh"

# The surfaces that the server answers today. `open` has cases of all of them, `open-docker2s2` none of `ops`.
declare -A surfaces=([open]="dist,ops" [open-docker2s2]="dist")

[ $# -gt 0 ] || set -- open open-docker2s2
failed=0
for configuration in "$@"; do
    echo "golden answers, configuration $configuration"
    # shellcheck disable=SC2016 # ATOLL_URL is known to the inner shell only
    "$ATOLL_ROOT/scripts/with-server.sh" "$here/config/$configuration.json" \
        bash -c 'python3 "$1" --url "$ATOLL_URL" --config "$2" --surface "$3" --demand' \
        replay "$here/replay.py" "$configuration" "${surfaces[$configuration]}" || failed=1
done
exit "$failed"
