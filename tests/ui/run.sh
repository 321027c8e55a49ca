#!/usr/bin/env bash
# The web interface of the real server in a real browser: our own page, and a folder that `extensions.ui.path` names.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/env.sh
. "$here/../../scripts/env.sh"

if ! command -v chromium >/dev/null; then
    if [ "${CI:-}" = true ]; then
        echo "chromium is missing" >&2
        exit 1
    fi
    echo "chromium is missing; run 'sudo apt-get install chromium'"
    exit 0
fi

config=$(mktemp "${TMPDIR:-/tmp}/atoll-ui.XXXXXX.json")
trap 'rm -f "$config"' EXIT
failed=0
for interface in own folder; do
    path=
    [ "$interface" = own ] || path=", \"path\": \"$here/folder\""
    echo "{\"extensions\": {\"search\": {}, \"ui\": {\"enable\": true$path}}, \"log\": {\"level\": \"warn\"}}" >"$config"
    echo "the web interface in a browser: $interface"
    "$ATOLL_WITH" "$config" python3 "$here/browse.py" "$interface" || failed=1
done
exit "$failed"
