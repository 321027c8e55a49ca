#!/usr/bin/env bash
# A member is lost and comes back: the others go on, nothing is hidden, and afterwards everything is whole.
set -euo pipefail
# shellcheck source=tests/cluster/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
scenario loss curl python3

# What one question may take: the deadline of config.json and two seconds of a busy machine.
readonly QUESTION_SECONDS=5
check "push images" python3 "$ATOLL_ROOT/scripts/samples.py" "$front" "$COUNT"
cp answer images
mapfile -t lost < <(repositories_of 2 images)
mapfile -t kept < <({ repositories_of 1 images && repositories_of 3 images; } | sort)
[ ${#lost[@]} -gt 0 ] && pass "member 2 holds ${#lost[@]} of $COUNT repositories" || fail "member 2 holds nothing"

readonly SEARCH='{GlobalSearch(query:"sample", requestedPage:{limit:100, offset:0, sortBy:ALPHABETIC_ASC}){Page{TotalCount} Repos{Name}}}'

# as_without_member_2 URL: what a member says while member 2 does not answer.
as_without_member_2() {
    local wrong=0 repository
    for repository in "${kept[@]}"; do
        ask "$1/v2/$repository/manifests/latest"
        [ "$status" = 200 ] || wrong=$((wrong + 1))
    done
    same "repositories of the others are there" 0 "$wrong"
    for repository in "${lost[@]}"; do
        ask "$1/v2/$repository/manifests/latest"
        [ "$status" = 503 ] && [ -n "$(header retry-after)" ] || wrong=$((wrong + 1))
    done
    same "those of member 2 are answered by 503 with Retry-After, never by 404" 0 "$wrong"
    contains "the body names the shard" "shard"
    lacks "and no address" "127.0.0.1"
    same "it is an error of the specification's form" True "$(json 'isinstance(a["errors"], list)')"
    ask "$1/v2/_catalog"
    same "the catalog is not given in part" "503" "$status"
    [ -n "$(header retry-after)" ] && pass "it says when to ask again" || fail "the catalog has no Retry-After"
    graphql "$1" "$SEARCH"
    same "the search answers" 200 "$status"
    same "with what there is" "${kept[*]}" "$(json '" ".join(r["Name"] for r in a["data"]["GlobalSearch"]["Repos"])')"
    same "and says what is missing" "SHARD_UNAVAILABLE" "$(json 'a["errors"][0]["extensions"]["code"]')"
    same "which shards" True "$(json 'len(a["errors"][0]["extensions"]["shards"]) > 0')"
    ask -X POST "$1/v2/${kept[0]}/blobs/uploads/"
    same "pushes to the others go on" 202 "$status"
}

member_kill 2
pass "member 2 is killed"
for n in 1 3; do as_without_member_2 "${member[$n]}"; done
eventually "the front no longer asks it" bash -c "for _ in 1 2 3 4 5 6; do curl -fsS -o /dev/null --max-time 5 '$front/v2/' || exit 1; done"
answers() { report 1 && [ "$(json 'len(a["missing"]) > 0')" = True ]; }
eventually "the report tells what is missing" answers
member_start 2
member_ready 2 && pass "member 2 is back"
eventually "nothing is missing any more" whole 1 2 3
complete() {
    local url
    for url in "$front" "${member[@]}"; do
        ask "$url/v2/_catalog"
        [ "$status" = 200 ] && [ "$(json 'len(a["repositories"])')" = "$COUNT" ] || return 1
    done
}
eventually "every member gives the whole catalog" complete
graphql "${member[1]}" "$SEARCH"
same "the search is whole" "$COUNT False" "$(json '"%d %s" % (a["data"]["GlobalSearch"]["Page"]["TotalCount"], bool(a.get("errors")))')"

kill -STOP "$(member_pid 2)"
pass "member 2 is stopped, and does not even refuse"
for n in 1 3; do
    for what in /v2/_catalog "/v2/${lost[0]}/manifests/latest"; do
        status=$(curl -sS --max-time "$QUESTION_SECONDS" -o answer -w '%{http_code}' "${member[$n]}$what" 2>output)
        same "member $n answers $what in time" 503 "$status"
    done
    status=$(curl -sS --max-time "$QUESTION_SECONDS" -o answer -w '%{http_code}' -G "${member[$n]}/v2/_zot/ext/search" \
        --data-urlencode "query=$SEARCH" 2>output)
    same "and searches in time" "200 SHARD_UNAVAILABLE" "$status $(json 'a["errors"][0]["extensions"]["code"]')"
done
kill -CONT "$(member_pid 2)"
eventually "when it goes on, everything is whole" complete
wrong=0
while read -r repository digest; do
    ask "$front/v2/$repository/manifests/latest"
    [ "$status" = 200 ] && [ "sha256:$(sha256 answer)" = "$digest" ] || wrong=$((wrong + 1))
done <images
same "nothing is lost" 0 "$wrong"
finish
