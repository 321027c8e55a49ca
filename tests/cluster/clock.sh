#!/usr/bin/env bash
# A member whose clock is wrong: by an hour it works like any other; by years the others do not trust it, and everybody says why.
set -euo pipefail
# shellcheck source=tests/cluster/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
scenario clock curl python3 faketime

# The library that the program `faketime` would load; with the program between, signals would not reach the member.
library=$(find /usr/lib /usr/local/lib -name 'libfaketime.so.1' 2>/dev/null | head -n 1)
check "push images" python3 "$ATOLL_ROOT/scripts/samples.py" "$front" "$COUNT"
cp answer images
mapfile -t own < <(repositories_of 3 images)
mapfile -t others < <({ repositories_of 1 images && repositories_of 2 images; } | sort)
[ ${#own[@]} -gt 0 ] && [ ${#others[@]} -gt 0 ] && pass "member 3 holds ${#own[@]} of $COUNT repositories" || fail "nothing to compare"

# member_start_at N OFFSET: starts it with a clock that is off by so much. Intervals are as long as ever.
member_start_at() {
    (cd "$cluster" && exec env LD_PRELOAD="$library" FAKETIME="$2" FAKETIME_DONT_FAKE_MONOTONIC=1 "$ATOLL_BIN" serve "$1.json") \
        >>"$cluster/$1.log" 2>&1 </dev/null &
    echo $! >"$cluster/$1.pid"
    disown
}

# push_blob URL REPOSITORY TEXT: in two requests; the status of the last is in $status.
push_blob() {
    local digest location
    printf '%s' "$3" >blob
    digest=sha256:$(sha256 blob)
    ask -X POST "$1/v2/$2/blobs/uploads/"
    location=$(header location)
    ask -X PUT --data-binary @blob -H 'Content-Type: application/octet-stream' "${1}${location#"$1"}?digest=$digest"
    echo "$digest" >digest
}

# works OFFSET: pull, push, search and an upload through every member, to and from the one whose clock is off.
works() {
    local wrong=0 n repository digest
    while read -r repository digest; do
        for n in 1 2 3; do
            ask "${member[n]}/v2/$repository/manifests/latest"
            [ "$status" = 200 ] && [ "sha256:$(sha256 answer)" = "$digest" ] || wrong=$((wrong + 1))
        done
    done <images
    same "$1: every member gives every image" 0 "$wrong"
    for n in 1 3; do
        for repository in "${own[0]}" "${others[0]}"; do
            push_blob "${member[n]}" "$repository" "by way of $n, $1"
            same "$1: a push through member $n to $repository" 201 "$status"
            ask "${member[2]}/v2/$repository/blobs/$(cat digest)"
            same "$1: can be pulled through member 2" 200 "$status"
        done
        graphql "${member[n]}" '{GlobalSearch(query:"sample", requestedPage:{limit:100, offset:0}){Page{TotalCount}}}'
        same "$1: member $n searches all" "$COUNT None" "$(json '"%d %s" % (a["data"]["GlobalSearch"]["Page"]["TotalCount"], a.get("errors"))')"
    done
}

# begin_upload: an upload to member 3 of which one piece has come.
begin_upload() {
    ask -X POST "${member[1]}/v2/${own[0]}/blobs/uploads/"
    upload=$(header location)
    ask -X PATCH --data-binary 'first piece, ' -H 'Content-Type: application/octet-stream' "${member[1]}$upload"
}

for offset in -1h +1h; do
    begin_upload
    member_stop 3
    member_start_at 3 "$offset"
    member_ready 3 && pass "member 3 is ready with its clock off by $offset"
    eventually "nothing is missing" whole 1 2 3
    works "$offset"
    printf 'first piece, last piece' >blob
    ask -X PUT --data-binary 'last piece' -H 'Content-Type: application/octet-stream' \
        "${member[2]}$upload?digest=sha256:$(sha256 blob)"
    same "an upload from before goes on" 201 "$status"
done

# says N OTHER: member N says of member OTHER that it does not answer for a reason that has to do with clocks.
says() {
    report "$1" && [ "$(json '[m["state"] != "up" and "clock" in (m.get("trouble") or "") for m in a["members"] if m["id"] == '"$2"']')" = "[True]" ]
}

for offset in -3y +3y; do
    member_stop 3
    member_start_at 3 "$offset"
    eventually "$offset: member 1 says that the clocks do not agree" says 1 3
    eventually "$offset: and so does member 3" says 3 1
    "$ATOLL_BIN" cluster status --url "${member[1]}" >answer 2>&1
    contains "the operator is told by the command" "clock"
    grep -q "clock" "$cluster/3.log" && pass "$offset: its log tells it" || fail "$offset: the log of member 3 says nothing of clocks"
    wrong=0
    for repository in "${others[@]}"; do
        ask "${member[1]}/v2/$repository/manifests/latest"
        [ "$status" = 200 ] || wrong=$((wrong + 1))
    done
    for repository in "${own[@]}"; do
        ask "${member[2]}/v2/$repository/manifests/latest"
        [ "$status" = 503 ] || wrong=$((wrong + 1))
    done
    same "$offset: the others go on, and nothing of it is called gone" 0 "$wrong"
done
member_stop 3
member_start 3
member_ready 3
eventually "with the right time everything is whole again" whole 1 2 3
works "mended"
finish
