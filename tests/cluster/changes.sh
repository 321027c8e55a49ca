#!/usr/bin/env bash
# The list of members changes under load: a lone server becomes a member, 1 to 3, 3 to 4, 4 to 3. Nothing is lost, nothing is
# hidden, and no more moves than must.
set -euo pipefail
# shellcheck source=tests/cluster/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
export ATOLL_MEMBERS=4
scenario changes curl python3

# The harness has started four; this scenario builds its own cluster from the first one on.
for n in 1 2 3 4; do member_stop "$n" || fail "member $n does not stop"; done
rm -rf "$cluster"/[1-4]
members_configure "$configuration"
# or_end: without this step the rest says nothing.
or_end() { "$@" || { finish || exit 1; }; }
or_end member_start 1 && or_end member_ready 1
or_end check "push images to a server that is alone" python3 "$ATOLL_ROOT/scripts/samples.py" "${member[1]}" "$COUNT"
cp answer images

# watch N...: reads from these members until `watched`, which tells whether an answer has hidden something.
watch() {
    local n hosts=()
    for n in "$@"; do hosts+=("$(member_host "$n")"); done
    python3 "$here/watch.py" images hidden "${hosts[@]}" >asked 2>&1 &
    watcher=$!
}
watched() {
    kill -TERM "$watcher"
    wait "$watcher"
    { cat asked && cat hidden 2>/dev/null; } >output
    if [ -s hidden ]; then fail "something was hidden meanwhile"; else pass "nothing was hidden meanwhile ($(cat asked))"; fi
    grep -q "^[1-9]" asked || fail "nobody answered meanwhile"
    rm -f hidden
}

everything_is_there() {
    local repository digest n
    for n in "$@"; do
        ask "${member[$n]}/v2/_catalog"
        [ "$status" = 200 ] && [ "$(json 'len(a["repositories"])')" = "$COUNT" ] || return 1
        while read -r repository digest; do
            ask "${member[$n]}/v2/$repository/manifests/latest"
            [ "$status" = 200 ] && [ "sha256:$(sha256 answer)" = "$digest" ] || return 1
        done <images
    done
}
settled() { whole "$@" && everything_is_there "$@"; }
# held N: shards that the member serves, as it says itself.
held() {
    report "$1" && json "next(m['shardsHeld'] for m in a['members'] if m['id'] == $1)"
}

members_configure "$configuration" 1
member_stop 1
if (cd "$cluster" && timeout 20 "$ATOLL_BIN" serve 1.json) >output 2>&1; then
    fail "a lone folder is taken as a member's"
else
    cp output answer
    contains "a lone folder is not taken as a member's, and the refusal says what to do" "atoll cluster adopt"
fi
or_end check "it is adopted" "$ATOLL_BIN" cluster adopt --config "$cluster/1.json"
check "to adopt it again changes nothing" "$ATOLL_BIN" cluster adopt --config "$cluster/1.json"
member_start 1 && member_ready 1
or_end eventually "a cluster of one has everything" settled 1

watch 1 2 3
members_configure "$configuration" 1 2 3
member_stop 1
for n in 1 2 3; do member_start "$n"; done
or_end eventually "three members settle" settled 1 2 3
watched
shards=$(held 1)
[ "$shards" -lt 150 ] && [ "$shards" -gt 30 ] && pass "member 1 kept its share ($shards shards)" || fail "member 1 has $shards shards"

watch 1 2 3
before=$(held 1)
members_configure "$configuration" 1 2 3 4
member_start 4
for n in 1 2 3; do member_stop "$n" && member_start "$n" && member_ready "$n"; done
or_end eventually "four members settle after a rolling restart" settled 1 2 3 4
watched
new=$(held 4)
after=$(held 1)
[ "$new" -gt 20 ] && [ "$after" -le "$before" ] && pass "shards went to the new member only ($new of 256)" ||
    fail "member 4 has $new shards, member 1 has $after and had $before"

watch 1 2 3
check "member 4 gives its shards away" "$ATOLL_BIN" cluster drain --config "$cluster/4.json" --url "${member[4]}"
empty() { [ "$(held 4)" = 0 ] && whole 1 2 3; }
eventually "it has none any more" empty
members_configure "$configuration" 1 2 3
member_stop 4
for n in 1 2 3; do member_stop "$n" && member_start "$n" && member_ready "$n"; done
eventually "three members settle again" settled 1 2 3
watched
finish
