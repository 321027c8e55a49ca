#!/usr/bin/env bash
# oras: artifacts of any type, referrers, copies with their referrers, backup and restore, single blobs and manifests.
set -euo pipefail
# shellcheck source=tests/clients/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
client oras oras
set +e

repo=$ATOLL_HOST/oras/artifact
plain=(--plain-http)
api=(--distribution-spec v1.1-referrers-api)
noise data.bin 100000
noise loose.bin 70000
echo "a note" >note.txt
echo '{"components":[]}' >sbom.json
echo "a signature" >signature.txt

check "push an artifact of two files" oras push "${plain[@]}" --artifact-type application/vnd.test.data "$repo:v1" \
    data.bin:application/octet-stream note.txt:text/plain
check "pull it" oras pull "${plain[@]}" "$repo:v1" --output pulled
same_file "the first file has the same bytes" data.bin pulled/data.bin
same_file "the second file has the same bytes" note.txt pulled/note.txt
check "resolve the tag" oras resolve "${plain[@]}" "$repo:v1"
digest=$(answer)
check "tag it twice" oras tag "${plain[@]}" "$repo:v1" latest stable
check "list the tags" oras repo tags "${plain[@]}" "$repo"
same "all tags are listed, in order" "latest stable v1" "$(answer | tr '\n' ' ' | sed 's/ $//')"
check "list the repositories" oras repo ls "${plain[@]}" "$ATOLL_HOST"
contains "the repository is listed" "oras/artifact"

check "attach a bill of materials" oras attach "${plain[@]}" "${api[@]}" --artifact-type application/vnd.test.sbom \
    --annotation "made.by=test" "$repo:v1" sbom.json:application/json
check "attach a signature" oras attach "${plain[@]}" "${api[@]}" --artifact-type application/vnd.test.signature "$repo:v1" signature.txt
check "discover both by the referrers API" oras discover "${plain[@]}" "${api[@]}" --format json "$repo:v1"
same "two referrers" "2" "$(python3 -c 'import json; print(len(json.load(open("answer"))["referrers"]))')"
contains "their annotations are told" '"made.by": "test"'
check "discover one type" oras discover "${plain[@]}" "${api[@]}" --artifact-type application/vnd.test.sbom --format json "$repo:v1"
sbom=$(python3 -c 'import json; found = json.load(open("answer"))["referrers"]; print(found[0]["digest"] if len(found) == 1 else "many")')
check "attach to what is attached" oras attach "${plain[@]}" "${api[@]}" --artifact-type application/vnd.test.signature "$repo@$sbom" signature.txt
check "oras needs no fallback tag" oras repo tags "${plain[@]}" "$repo"
lacks "the tags are still the three" "sha256-"

check "copy with all referrers" oras cp --from-plain-http --to-plain-http --recursive "$repo:v1" "$ATOLL_HOST/oras/copy:v1"
check "discover them at the copy" oras discover "${plain[@]}" "${api[@]}" --format json "$ATOLL_HOST/oras/copy@$digest"
contains "the attached bill of materials came along" "$sbom"
check "back up with referrers" oras backup "${plain[@]}" --include-referrers --output backup "$repo:v1"
check "restore elsewhere" oras restore "${plain[@]}" --input backup "$ATOLL_HOST/oras/restored:v1"
check "resolve what was restored" oras resolve "${plain[@]}" "$ATOLL_HOST/oras/restored:v1"
same "it has the same digest" "$digest" "$(answer)"

check "push a single blob" oras blob push "${plain[@]}" "$repo" data.bin
blob=sha256:$(sha256 data.bin)
check "ask for its descriptor" oras blob fetch "${plain[@]}" --descriptor "$repo@$blob"
contains "its size is right" '"size":100000'
check "fetch it" oras blob fetch "${plain[@]}" --output fetched.bin "$repo@$blob"
same_file "it has the same bytes" data.bin fetched.bin
check "fetch a manifest" oras manifest fetch "${plain[@]}" --output manifest.json "$repo:v1"
check "push the same manifest under another tag" oras manifest push "${plain[@]}" "$repo:v2" manifest.json
check "resolve that tag" oras resolve "${plain[@]}" "$repo:v2"
same "the same bytes have the same digest" "$digest" "$(answer)"
check "delete the attached manifest" oras manifest delete "${plain[@]}" --force "$repo@$sbom"
check "discover again" oras discover "${plain[@]}" "${api[@]}" --format json "$repo:v1"
lacks "it is gone from the referrers" "$sbom"
loose=sha256:$(sha256 loose.bin)
check "push a blob that no manifest names" oras blob push "${plain[@]}" "$repo" loose.bin
check "push it to another repository" oras blob push "${plain[@]}" "$ATOLL_HOST/oras/copy" loose.bin
check "delete it there" oras blob delete "${plain[@]}" --force "$ATOLL_HOST/oras/copy@$loose"
refused "it is gone" oras blob fetch "${plain[@]}" --output gone.bin "$ATOLL_HOST/oras/copy@$loose"
check "the first repository still has it" oras blob fetch "${plain[@]}" --output still.bin "$repo@$loose"
same_file "it has the same bytes" loose.bin still.bin
finish
