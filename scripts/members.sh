# shellcheck shell=bash
# Members of a cluster on this machine, each with a folder of its own. Sourced, never run by itself.
#
# A cluster lives in one folder, $cluster: N.json (configuration), N.log, N.pid, N/ (data) of each member N, and `ports`,
# a line "N PORT LINK_PORT" for each. The front is member 0: its PORT is where clients connect.

# Below with-cluster.sh the folder is known.
cluster=${cluster:-${ATOLL_CLUSTER:-}}
readonly MEMBER_READY_SECONDS=60
readonly MEMBER_STOP_SECONDS=60
readonly MEMBER_LOG_LINES=30

# members_ports COUNT [FIRST_PORT]: chooses ports for the front and COUNT members: free ones, or FIRST_PORT for the first member,
# the one before it for the front, and so on.
members_ports() {
    python3 - "$cluster/ports" "$@" <<'PYTHON'
import socket, sys

path, count, first = sys.argv[1], int(sys.argv[2]), int((sys.argv[3:] or [0])[0])
held, lines = [], []


def free():
    held.append(socket.socket())
    held[-1].bind(("127.0.0.1", 0))
    return held[-1].getsockname()[1]


for number in range(count + 1):
    public = first - 1 + number if first else free()
    link = public + 10000 if first else free()
    lines.append(f"{number} {public} {link}\n")
open(path, "w", encoding="utf-8").writelines(lines)
PYTHON
}

# member_host N: where clients reach the member.
member_host() {
    awk -v n="$1" '$1 == n { print "127.0.0.1:" $2 }' "$cluster/ports"
}

# member_link N: where the other members reach it.
member_link() {
    awk -v n="$1" '$1 == n { print "127.0.0.1:" $3 }' "$cluster/ports"
}

# members_configure BASE N...: writes the configurations of these members, each of which lists all of them. BASE is a JSON
# configuration; storage, address, port and cluster are replaced. Without members the server 1 is alone.
members_configure() {
    python3 - "$cluster" "$@" <<'PYTHON'
import json, os, sys

folder, base, *numbers = sys.argv[1:]
ports = {}
for line in open(folder + "/ports", encoding="utf-8"):
    number, public, link = line.split()
    ports[number] = (public, link)
key, secret = folder + "/key", folder + "/secret"
if not os.path.exists(key):
    for path, text in ((key, os.urandom(8).hex()), (secret, os.urandom(32).hex())):
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
for number in numbers or ["1"]:
    with open(base, encoding="utf-8") as file:
        settings = json.load(file)
    settings.setdefault("storage", {})["rootDirectory"] = f"{folder}/{number}"
    settings.setdefault("http", {}).update(address="127.0.0.1", port=ports[number][0])
    if not numbers:
        settings.get("atoll", {}).pop("cluster", None)
    if numbers:
        address = {n: "127.0.0.1:" + ports[n][0] for n in numbers}
        settings["cluster"] = {"members": list(address.values()), "hashKey": open(key, encoding="utf-8").read()}
        own = settings.setdefault("atoll", {}).setdefault("cluster", {})
        own["secretFile"] = secret
        own["members"] = [
            {"address": address[n], "id": int(n), "link": "127.0.0.1:" + ports[n][1]} for n in numbers
        ]
    with open(f"{folder}/{number}.json", "w", encoding="utf-8") as file:
        json.dump(settings, file, indent=1)
PYTHON
}

member_pid() {
    cat "$cluster/$1.pid" 2>/dev/null
}

member_runs() {
    local pid
    pid=$(member_pid "$1") && kill -0 "$pid" 2>/dev/null
}

# member_start N: starts it and does not wait.
member_start() {
    (cd "$cluster" && exec "$ATOLL_BIN" serve "$1.json") >>"$cluster/$1.log" 2>&1 </dev/null &
    echo $! >"$cluster/$1.pid"
    # The shell says nothing when it is killed.
    disown
}

# member_ready N...: waits until each says so.
member_ready() {
    local n waited=0
    for n in "$@"; do
        until curl -fsS -o /dev/null --max-time 1 "http://$(member_host "$n")/readyz" 2>/dev/null; do
            if ! member_runs "$n" || [ "$waited" -ge $((MEMBER_READY_SECONDS * 10)) ]; then
                member_complain "$n" "member $n was not ready after $((waited / 10)) s"
                return 1
            fi
            sleep 0.1
            waited=$((waited + 1))
        done
    done
}

# members_whole N...: waits until each knows of all shards who serves them, and none is on its way.
members_whole() {
    local n waited=0
    for n in "$@"; do
        until curl -fsS --max-time 1 "http://$(member_host "$n")/v2/_atoll/cluster" 2>/dev/null |
            python3 -c 'import json, sys; a = json.load(sys.stdin); sys.exit(bool(a["missing"] or a["moves"]))' 2>/dev/null; do
            if [ "$waited" -ge $((MEMBER_READY_SECONDS * 10)) ]; then
                member_complain "$n" "member $n does not know of all shards after $((waited / 10)) s"
                return 1
            fi
            sleep 0.1
            waited=$((waited + 1))
        done
    done
}

member_complain() {
    echo "members: $2; the last lines of its log:" >&2
    tail -n "$MEMBER_LOG_LINES" "$cluster/$1.log" >&2
}

# member_end N SIGNAL: sends the signal and waits for the end. Fails if there was nothing to end or it did not end.
member_end() {
    local pid waited=0
    pid=$(member_pid "$1") || return 1
    kill "-$2" "$pid" 2>/dev/null || return 1
    while kill -0 "$pid" 2>/dev/null; do
        if [ "$waited" -ge $((MEMBER_STOP_SECONDS * 10)) ]; then
            member_complain "$1" "member $1 did not stop in $MEMBER_STOP_SECONDS s"
            return 1
        fi
        sleep 0.1
        waited=$((waited + 1))
    done
    rm -f "$cluster/$1.pid"
}

member_stop() { member_end "$1" TERM; }
member_kill() { member_end "$1" KILL; }

# front_start N...: spreads what comes in over these members. HAProxy spreads requests; without it, connections are spread.
front_start() {
    local n members=()
    for n in "$@"; do members+=("$(member_host "$n")"); done
    if command -v haproxy >/dev/null; then
        {
            cat <<HAPROXY
defaults
    mode http
    timeout connect 2s
    timeout client 15m
    timeout server 15m
    option redispatch
    retries 3
frontend registry
    bind $(member_host 0)
    default_backend members
backend members
    balance roundrobin
    option httpchk GET /readyz
    default-server check inter 300ms fall 1 rise 1
HAPROXY
            for n in "$@"; do echo "    server member$n $(member_host "$n")"; done
        } >"$cluster/front.cfg"
        haproxy -db -f "$cluster/front.cfg" >>"$cluster/0.log" 2>&1 </dev/null &
    else
        python3 "$ATOLL_ROOT/scripts/front.py" "$(member_host 0)" "$(
            IFS=,
            echo "${members[*]}"
        )" >>"$cluster/0.log" 2>&1 </dev/null &
    fi
    echo $! >"$cluster/0.pid"
    disown
    member_ready 0
}

# members_end: ends whatever still runs.
members_end() {
    local pid
    for pid in "$cluster"/*.pid; do
        [ -e "$pid" ] || continue
        kill -CONT "$(cat "$pid")" 2>/dev/null
        kill -KILL "$(cat "$pid")" 2>/dev/null
        rm -f "$pid"
    done
    return 0
}
