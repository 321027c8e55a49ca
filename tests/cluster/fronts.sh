#!/usr/bin/env bash
# The fronts below deploy/ as they are, but for addresses: pushes and pulls go through, and a lost member is left out.
set -euo pipefail
# shellcheck source=tests/cluster/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
scenario fronts curl python3

readonly FRONT_SECONDS=20
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
pid=
stop_client() {
    [ -z "$pid" ] || { kill -TERM "$pid" && wait "$pid"; } 2>/dev/null
    pid=
}

# example FILE: the example with the addresses of this machine.
example() {
    sed -e "s/0\.0\.0\.0:8000/127.0.0.1:$port/" -e "s/10\.0\.0\.1:8080/$(member_host 1)/" \
        -e "s/10\.0\.0\.2:8080/$(member_host 2)/" -e "s/10\.0\.0\.3:8080/$(member_host 3)/" "$ATOLL_ROOT/deploy/$1"
}

run_haproxy() {
    example haproxy/haproxy.cfg >haproxy.cfg
    haproxy -db -f haproxy.cfg >front.log 2>&1 &
    pid=$!
}

run_nginx() {
    mkdir -p nginx/temp
    {
        echo "daemon off; pid $work/nginx/pid; error_log stderr; events {} http { access_log off;"
        for path in client_body proxy fastcgi uwsgi scgi; do echo "${path}_temp_path $work/nginx/temp/$path;"; done
        example nginx/atoll.conf
        echo "}"
    } >nginx.conf
    nginx -e stderr -p "$work/nginx" -c "$work/nginx.conf" >front.log 2>&1 &
    pid=$!
}

# try FRONT: what must go through it.
try() {
    local name=$1 url=http://127.0.0.1:$port place n wrong=0
    if ! command -v "$name" >/dev/null; then
        echo "  $name is missing; 'make tools' brings it"
        [ "${CI:-}" = true ] && fail "$name is missing"
        return
    fi
    "run_$name"
    waited=0
    until curl -fsS -o /dev/null --max-time 2 "$url/readyz" 2>/dev/null || [ "$waited" -ge $((FRONT_SECONDS * 5)) ]; do
        sleep 0.2
        waited=$((waited + 1))
    done
    cp front.log output
    check "$name: images are pushed" python3 "$ATOLL_ROOT/scripts/samples.py" "$url" 12 "$name"
    noise big 20000000
    ask -X POST "$url/v2/$name/big/blobs/uploads/"
    place=$(header location)
    ask -X PUT -T big -H "Content-Type: application/octet-stream" "$url${place#"$url"}?digest=sha256:$(sha256 big)"
    same "$name: a layer of 20 MB goes through" 201 "$status"
    ask "$url/v2/$name/big/blobs/sha256:$(sha256 big)"
    same_file "$name: and comes back with the same bytes" big answer
    ask -I "$url/v2/$name/web/manifests/latest"
    same "$name: HEAD" 200 "$status"
    member_kill 3
    sleep 5
    for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
        ask "$url/v2/"
        [ "$status" = 200 ] || wrong=$((wrong + 1))
    done
    same "$name: a lost member is left out" 0 "$wrong"
    member_start 3
    member_ready 3
    eventually "$name: everything is whole again" whole 1 2 3
    stop_client
}

try haproxy
try nginx
finish
