#!/usr/bin/env bash
# regctl: images, tags, indexes, blobs, artifacts and their referrers.
set -euo pipefail
# shellcheck source=tests/clients/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
client regctl regctl
set +e

repo=$ATOLL_HOST/regctl/image
digest=$(image layout)
check "speak plain HTTP to the server" regctl registry set "$ATOLL_HOST" --tls disabled

check "copy an index in" regctl image copy ocidir://layout:v1 "$repo:v1"
check "ask for its digest" regctl image digest "$repo:v1"
same "the digest is the one that was pushed" "$digest" "$(answer)"
check "copy it out" regctl image copy "$repo:v1" ocidir://pulled:v1
same_blobs "every blob came back with the same bytes" layout pulled
check "read the manifest" regctl manifest get "$repo:v1" --format raw-body
same_file "it has the same bytes" "layout/blobs/sha256/${digest#sha256:}" answer
check "ask for the manifest's head" regctl manifest head "$repo:v1"
check "inspect one platform" regctl image inspect "$repo:v1" --platform linux/arm64
contains "its architecture is told" '"architecture": "arm64"'
check "export an image" regctl image export "$repo:v1" image.tar
check "import it under another name" regctl image import "$ATOLL_HOST/regctl/imported:v1" image.tar
check "ask for the digest of the import" regctl image digest "$ATOLL_HOST/regctl/imported:v1"
same "it has the same digest" "$digest" "$(answer)"
check "copy between repositories" regctl image copy "$repo:v1" "$ATOLL_HOST/regctl/copy:v1"
check "change an annotation in place" regctl image mod "$repo:v1" --create "$repo:annotated" --annotation "a=b"

check "list the tags" regctl tag ls "$repo"
same "all tags are listed, in order" "annotated v1" "$(answer | tr '\n' ' ' | sed 's/ $//')"
check "list a page of tags" regctl tag ls --limit 1 "$repo"
same "the page has one" "annotated" "$(answer)"
check "list the repositories" regctl repo ls "$ATOLL_HOST"
same "all are listed, in order" "regctl/copy regctl/image regctl/imported" "$(answer | tr '\n' ' ' | sed 's/ $//')"
check "delete a tag only" regctl tag delete "$repo:annotated"
refused "the tag is gone" regctl manifest head "$repo:annotated"
check "what else had the tag's repository stays" regctl manifest head "$repo:v1"

echo '{"checked":true}' >report.json
check "attach an artifact" regctl artifact put --artifact-type application/vnd.test.report --subject "$repo:v1" --file report.json
check "list what is attached" regctl artifact list "$repo:v1" --format '{{json .}}'
contains "it is listed" "application/vnd.test.report"
check "get what is attached" regctl artifact get --subject "$repo:v1" --filter-artifact-type application/vnd.test.report
same_file "it has the same bytes" report.json answer
check "copy with referrers" regctl image copy --referrers "$repo:v1" "$ATOLL_HOST/regctl/signed:v1"
check "list them at the copy" regctl artifact list "$ATOLL_HOST/regctl/signed:v1" --format '{{json .}}'
contains "it came along" "application/vnd.test.report"

check "make an index" regctl index create "$repo:index" --ref "$repo:v1" --platform linux/amd64
check "add to an index" regctl index add "$repo:index" --ref "$repo:v1" --platform linux/arm64
noise blob.bin 50000
check "put a blob" bash -c 'regctl blob put "$0" <blob.bin' "$repo"
check "get it" regctl blob get "$repo" "sha256:$(sha256 blob.bin)"
same_file "it has the same bytes" blob.bin answer
check "delete it" regctl blob delete "$repo" "sha256:$(sha256 blob.bin)"
refused "it is gone" regctl blob head "$repo" "sha256:$(sha256 blob.bin)"
check "delete a manifest" regctl manifest delete "$ATOLL_HOST/regctl/copy@$digest"
refused "it is gone" regctl manifest head "$ATOLL_HOST/regctl/copy@$digest"
finish
