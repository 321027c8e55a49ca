#!/usr/bin/env bash
# Runs a command against a fresh server: with-server.sh CONFIG COMMAND [ARGUMENT...]
#
# CONFIG is a JSON configuration file. Its storage folder, address and port are replaced by an empty temporary
# folder and a free loopback port. The command finds in its environment
#   ATOLL_URL       http://127.0.0.1:PORT
#   ATOLL_HOST      127.0.0.1:PORT
#   ATOLL_URLS      all addresses of the registry: the same one here
# Fails if the command fails, or if the server does not get ready, dies, panics, or does not stop when asked to.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

readonly READY_SECONDS=30
readonly STOP_SECONDS=30
readonly LOG_LINES_SHOWN=60

if [ $# -lt 2 ]; then
    echo "usage: with-server.sh CONFIG COMMAND [ARGUMENT...]" >&2
    exit 2
fi
config=$1
shift
if [ ! -x "$ATOLL_BIN" ]; then
    echo "with-server: $ATOLL_BIN is missing; build it with 'cargo build --release -p atoll', or name another by ATOLL_BIN" >&2
    exit 1
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/atoll-server.XXXXXX")
log=$work/server.log
server=
cleanup() {
    [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

complain() {
    echo "with-server: $1; the last lines of its log:" >&2
    tail -n "$LOG_LINES_SHOWN" "$log" >&2
    failed=1
}

port=$(python3 - "$config" "$work" <<'PYTHON'
import json, socket, sys

source, work = sys.argv[1:]
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
with open(source, encoding="utf-8") as file:
    settings = json.load(file)
settings.setdefault("storage", {})["rootDirectory"] = work + "/data"
settings.setdefault("http", {}).update(address="127.0.0.1", port=str(port))
with open(work + "/config.json", "w", encoding="utf-8") as file:
    json.dump(settings, file, indent=1)
print(port)
PYTHON
)
export ATOLL_HOST=127.0.0.1:$port ATOLL_URL=http://127.0.0.1:$port ATOLL_URLS=http://127.0.0.1:$port

failed=0
(cd "$work" && exec "$ATOLL_BIN" serve config.json) >"$log" 2>&1 </dev/null &
server=$!
waited=0
until curl -fsS -o /dev/null --max-time 1 "$ATOLL_URL/readyz" 2>/dev/null; do
    if ! kill -0 "$server" 2>/dev/null || [ "$waited" -ge $((READY_SECONDS * 10)) ]; then
        complain "the server was not ready after $((waited / 10)) s"
        exit 1
    fi
    sleep 0.1
    waited=$((waited + 1))
done

status=0
"$@" || status=$?

if kill -TERM "$server" 2>/dev/null; then
    waited=0
    while kill -0 "$server" 2>/dev/null && [ "$waited" -lt $((STOP_SECONDS * 10)) ]; do
        sleep 0.1
        waited=$((waited + 1))
    done
    if kill -0 "$server" 2>/dev/null; then
        complain "the server did not stop in $STOP_SECONDS s"
    elif ! wait "$server"; then
        complain "the server failed when it was asked to stop"
    fi
else
    complain "the server died"
fi
if [ "$failed" = 0 ] && grep -q "panicked at" "$log"; then
    complain "the server panicked"
fi
# A failure of the command is easier to understand with what the server said.
if [ "$status" != 0 ] && [ "$failed" = 0 ]; then
    complain "the command failed with status $status; the server itself is well"
fi
[ "$status" = 0 ] || exit "$status"
exit "$failed"
