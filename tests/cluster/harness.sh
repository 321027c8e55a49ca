# shellcheck shell=bash
# What the scenarios of a cluster share: real members on this machine, behind a front. A script begins with
#
#   . "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
#   scenario NAME PROGRAM...
#
# which starts three members, and goes on like a script of tests/clients. Members are ended and started by the functions of
# scripts/members.sh; $front and ${member[N]} are their addresses.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/clients/harness.sh
. "$here/../clients/harness.sh"
# shellcheck source=scripts/members.sh
. "$ATOLL_ROOT/scripts/members.sh"
ATOLL_WITH=$ATOLL_ROOT/scripts/with-cluster.sh
kind=cluster
# shellcheck disable=SC2034 # read by `client`
configuration=$here/config.json

# Longer than any member needs to notice, to ask again and to answer.
readonly SETTLE_SECONDS=60
# Sample images. Each cluster has a key of its own and so a layout of its own: with a dozen, a member holds none in one run of a
# hundred; with these, in one of a million.
# shellcheck disable=SC2034 # read by the scenarios
readonly COUNT=36

scenario() {
    client "$@"
    set +e
    # shellcheck disable=SC2034 # read by the scenarios
    front=http://$(member_host 0)
    member=()
    local n
    for n in $(awk '$1 > 0 { print $1 }' "$cluster/ports"); do member[n]=http://$(member_host "$n"); done
}

# ask CURL_ARGUMENT...: the status is in $status, the body in $work/answer, the headers in $work/headers.
ask() {
    status=$(curl -sS --max-time 30 -o "$work/answer" -D "$work/headers" -w '%{http_code}' "$@" 2>"$work/output")
    [ -e "$work/answer" ] || : >"$work/answer"
}

# json EXPRESSION: a Python expression over the last answer, `a`.
json() {
    python3 -c 'import json, sys; a = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$work/answer" "$1" 2>&1
}

# graphql URL QUERY: asks the search.
graphql() {
    ask -G "$1/v2/_zot/ext/search" --data-urlencode "query=$2"
}

# header NAME: a header of the last answer.
header() {
    grep -i "^$1:" "$work/headers" | tail -n 1 | cut -d: -f2- | tr -d '\r' | sed 's/^ *//'
}

# eventually WHAT COMMAND...: the command, which may be a function, succeeds within SETTLE_SECONDS.
eventually() {
    local what=$1 waited=0
    shift
    until "$@" >"$work/output" 2>&1; do
        if [ "$waited" -ge $((SETTLE_SECONDS * 5)) ]; then
            fail "$what (not within $SETTLE_SECONDS s)"
            return 1
        fi
        sleep 0.2
        waited=$((waited + 1))
    done
    pass "$what"
}

# report N: the cluster as the member N sees it.
report() {
    ask "${member[$1]}/v2/_atoll/cluster"
    [ "$status" = 200 ]
}

# whole N...: these members see nothing missing and nothing on its way.
whole() {
    local n
    for n in "$@"; do
        report "$n" && [ "$(json 'len(a["missing"]) + len(a["moves"])')" = 0 ] || return 1
    done
}

# owner REPOSITORY: the number of the member that should hold it.
owner() {
    "$ATOLL_BIN" cluster owner "$1" --config "$cluster/1.json" --output json |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["member"])'
}

# repositories_of N FILE: those of the file, lines of REPOSITORY DIGEST, that the member N should hold.
repositories_of() {
    local repository _digest
    while read -r repository _digest; do
        [ "$(owner "$repository")" != "$1" ] || echo "$repository"
    done <"$2"
}
