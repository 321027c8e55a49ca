#!/usr/bin/env bash
# skopeo: copy in and out, between repositories, in both manifest formats; inspect, list, sync, delete.
set -euo pipefail
# shellcheck source=tests/clients/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
client skopeo skopeo
set +e

to=(--insecure-policy)
repo=docker://$ATOLL_HOST/skopeo/image
digest=$(image layout)

check "copy an index in" skopeo "${to[@]}" copy --all --dest-tls-verify=false oci:layout:v1 "$repo:v1"
check "inspect the raw manifest" skopeo inspect --tls-verify=false --raw "$repo:v1"
same_file "it has the same bytes" "layout/blobs/sha256/${digest#sha256:}" answer
check "copy it out" skopeo "${to[@]}" copy --all --src-tls-verify=false "$repo:v1" oci:pulled:v1
same_blobs "every blob came back with the same bytes" layout pulled
check "copy to another repository" skopeo "${to[@]}" copy --all --src-tls-verify=false --dest-tls-verify=false \
    "$repo:v1" "docker://$ATOLL_HOST/skopeo/copy:v1"
check "copy by digest, keeping the digests" skopeo "${to[@]}" copy --all --preserve-digests --src-tls-verify=false --dest-tls-verify=false \
    "$repo@$digest" "docker://$ATOLL_HOST/skopeo/copy:v2"
check "inspect one platform" skopeo inspect --tls-verify=false --override-arch arm64 "$repo:v1"
contains "its architecture is told" '"Architecture": "arm64"'

check "convert to docker's format on the way in" skopeo "${to[@]}" copy --format v2s2 --dest-tls-verify=false oci:layout:v1 "$repo:v2s2"
check "inspect the converted manifest" skopeo inspect --tls-verify=false --raw "$repo:v2s2"
contains "it is a docker manifest" "application/vnd.docker.distribution.manifest.v2+json"
check "copy it out as a docker archive" skopeo "${to[@]}" copy --src-tls-verify=false "$repo:v2s2" docker-archive:archive.tar:test:v1

check "list the tags" skopeo list-tags --tls-verify=false "$repo"
same "all tags are listed, in order" '["v1", "v2s2"]' "$(python3 -c 'import json; print(json.dumps(json.load(open("answer"))["Tags"]))')"
check "mirror the repository into a folder" skopeo sync --all --src-tls-verify=false --src docker --dest dir "$ATOLL_HOST/skopeo/copy" mirror
check "delete a tag's manifest" skopeo delete --tls-verify=false "$repo:v2s2"
refused "it is gone" skopeo inspect --tls-verify=false --raw "$repo:v2s2"
check "the rest is still there" skopeo inspect --tls-verify=false --raw "$repo:v1"
finish
