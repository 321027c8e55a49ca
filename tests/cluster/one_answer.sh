#!/usr/bin/env bash
# Three members, one answer: whatever is asked, every member and the front say the same.
set -euo pipefail
# shellcheck source=tests/cluster/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
scenario one-answer curl python3

check "push images through all members in turn" python3 "$ATOLL_ROOT/scripts/samples.py" "$ATOLL_URLS" "$COUNT"
cp answer images
for n in 1 2 3; do
    found=$(repositories_of "$n" images | wc -l)
    [ "$found" -gt 0 ] && pass "member $n holds some of them ($found)" || fail "member $n holds none of $COUNT"
done

everybody=("$front" "${member[@]}")
# same_everywhere WHAT PATH: front and members give the same status and body.
same_everywhere() {
    local url
    rm -f first
    for url in "${everybody[@]}"; do
        ask "$url$2"
        echo "$status" >>answer
        if [ ! -e first ]; then cp answer first; elif ! cmp first answer >output; then
            fail "$1: $url differs"
            return 1
        fi
    done
    pass "$1 (status $status)"
}
same_everywhere "the catalog" /v2/_catalog
same "it has all repositories" "$COUNT" "$(curl -sS "$front/v2/_catalog" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["repositories"]))')"
same_everywhere "a page of the catalog" "/v2/_catalog?n=5&last=sample/cron"
same_everywhere "discovery" /v2/_oci/ext/discover
same_everywhere "an unknown repository" /v2/no/such/tags/list
for path in tags/list manifests/latest referrers/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855; do
    same_everywhere "sample/web: $path" "/v2/sample/web/$path"
done

ask "$front/v2/_catalog?n=7"
pages=$(json '" ".join(a["repositories"])')
while next=$(header link | sed -n 's/^<\(.*\)>.*/\1/p') && [ -n "$next" ]; do
    ask "$front$next"
    pages+=" $(json '" ".join(a["repositories"])')"
done
ask "$front/v2/_catalog"
same "pages over different members concatenate to the whole list" "$(json '" ".join(a["repositories"])')" "$pages"

# same_search WHAT QUERY
same_search() {
    local url
    rm -f first
    for url in "${everybody[@]}"; do
        graphql "$url" "$2"
        if [ ! -e first ]; then cp answer first; elif ! cmp first answer >output; then
            fail "$1: $url differs"
            return 1
        fi
    done
    same "$1: no errors" True "$(json 'not a.get("errors")')"
}
same_search "search for repositories" '{GlobalSearch(query:"sample", requestedPage:{limit:10, offset:5, sortBy:ALPHABETIC_ASC}){Page{TotalCount ItemCount} Repos{Name LastUpdated Size}}}'
same "it counts all of them" "$COUNT" "$(json 'a["data"]["GlobalSearch"]["Page"]["TotalCount"]')"
same_search "the newest images" '{RepoListWithNewestImage(requestedPage:{limit:0, sortBy:ALPHABETIC_ASC}){Page{TotalCount} Results{Name NewestImage{Tag Digest}}}}'
same_search "one image" '{Image(image:"sample/web:latest"){RepoName Tag Digest Size}}'
digest=$(awk '$1 == "sample/mail" { print $2 }' images)
same_search "images by digest" "{ImageListForDigest(id:\"$digest\"){Page{TotalCount} Results{RepoName Tag}}}"

wrong=0
while read -r repository digest; do
    for url in "${member[@]}"; do
        ask "$url/v2/$repository/manifests/latest"
        [ "$status" = 200 ] && [ "sha256:$(sha256 answer)" = "$digest" ] || wrong=$((wrong + 1))
        layer=$(json 'a["layers"][0]["digest"]')
        ask "$url/v2/$repository/blobs/$layer"
        [ "$status" = 200 ] && [ "sha256:$(sha256 answer)" = "$layer" ] || wrong=$((wrong + 1))
    done
done <images
same "every member gives every manifest and layer, byte for byte" 0 "$wrong"

noise blob 3000000
blob=sha256:$(sha256 blob)
ask -X POST "${member[1]}/v2/sample/chunks/blobs/uploads/"
same "an upload is begun through one member" 202 "$status"
place=$(header location)
head -c 1000000 blob >part
ask -X PATCH --data-binary @part -H "Content-Type: application/octet-stream" -H "Content-Range: 0-999999" "${member[2]}$place"
same "it goes on through another" 202 "$status"
ask "${member[3]}$(header location)"
same "a third tells how far it is" "204 0-999999" "$status $(header range)"
tail -c +1000001 blob >part
ask -X PUT --data-binary @part -H "Content-Type: application/octet-stream" "${member[3]}$place?digest=$blob"
same "and finishes it" 201 "$status"
ask "${member[1]}/v2/sample/chunks/blobs/$blob" -H "Range: bytes=999990-1000009"
tail -c +999991 blob | head -c 20 >part
same "a range of it is read through the first" 206 "$status"
same_file "with the right bytes" part answer

mounted=0
for name in a b c d e f g h; do
    ask -X POST "$front/v2/mount/$name/blobs/uploads/?mount=$blob&from=sample/chunks"
    [ "$status" = 201 ] && ask "$front/v2/mount/$name/blobs/$blob" && cmp -s blob answer && mounted=$((mounted + 1))
done
same "a blob is mounted from any member to any member" 8 "$mounted"

for n in 1 2 3; do
    check "member $n tells the state of the cluster" "$ATOLL_BIN" cluster status --url "${member[$n]}"
    contains "and misses nothing" " 0 missing, 0 moving"
done
ask "${member[2]}/v2/sample/web/manifests/latest" -H "X-Zot-Cluster-Hop-Count: 1" -H "X-Forwarded-For: 10.0.0.1" -H "Forwarded: for=10.0.0.1"
same "headers that pretend to come from a member change nothing" 200 "$status"
ask -X POST "${member[2]}/v2/_atoll/cluster/drain" -H "Authorization: Atoll 00"
same "nobody without the key has a member give its shards away" 403 "$status"
curl -ks --max-time 5 -o answer "https://$(member_link 1)/" && fail "the link answers a stranger" || pass "the link does not answer a stranger"
curl -s --max-time 5 -o answer "http://$(member_link 1)/v2/" && fail "the link answers in plain text" || pass "the link does not answer in plain text"
ask "${member[1]}/metrics"
contains "metrics tell of the other members" 'atoll_cluster_peer_calls_total{member="2"'
finish
