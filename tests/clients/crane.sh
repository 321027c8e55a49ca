#!/usr/bin/env bash
# crane: push and pull an index, append, copy, tag, list, catalog, validate, delete.
set -euo pipefail
# shellcheck source=tests/clients/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
client crane crane
set +e

repo=$ATOLL_HOST/crane/image
digest=$(image layout)

check "push an index of two platforms" crane push layout "$repo:v1"
check "ask for its digest" crane digest "$repo:v1"
same "the digest is the one that was pushed" "$digest" "$(answer)"
check "pull it as a layout" crane pull --format oci "$repo:v1" pulled
same_blobs "every blob came back with the same bytes" layout pulled
check "read the manifest by digest" crane manifest "$repo@$digest"
same_file "the manifest has the same bytes" "layout/blobs/sha256/${digest#sha256:}" answer
check "validate the image of one platform, layer by layer" crane validate --remote "$repo:v1" --platform linux/arm64

check "push again: nothing is uploaded twice" crane push layout "$repo:again"
check "copy to another repository, which mounts the blobs" crane copy "$repo:v1" "$ATOLL_HOST/crane/copy:v1"
check "ask for the digest of the copy" crane digest "$ATOLL_HOST/crane/copy:v1"
same "the copy has the same digest" "$digest" "$(answer)"

noise big 3000000
tar --create --file layer.tar big
check "append a layer of 3 MB to an image" crane append --base "$repo@$(crane digest --platform linux/amd64 "$repo:v1")" \
    --new_layer layer.tar --new_tag "$repo:appended"
check "export its file system" crane export "$repo:appended" files.tar
tar --extract --file files.tar big --to-stdout >big.back
same_file "the appended file has the same bytes" big big.back
check "change a label" crane mutate "$repo:appended" --label "a=b" --tag "$repo:mutated"
check "build an index from two images" crane index append --manifest "$repo:appended" --manifest "$repo:mutated" --tag "$repo:index"

check "tag by digest" crane tag "$repo@$digest" latest
check "list the tags" crane ls "$repo"
same "all tags are listed, in order" "again appended index latest mutated v1" "$(answer | tr '\n' ' ' | sed 's/ $//')"
check "list the repositories" crane catalog "$ATOLL_HOST"
same "both repositories are listed" "crane/copy crane/image" "$(answer | tr '\n' ' ' | sed 's/ $//')"

check "delete by digest" crane delete "$ATOLL_HOST/crane/copy@$digest"
refused "what was deleted cannot be pulled" crane manifest "$ATOLL_HOST/crane/copy@$digest"
refused "its tag is gone with it" crane manifest "$ATOLL_HOST/crane/copy:v1"
check "the other repository still has it" crane validate --remote "$repo:v1" --platform linux/amd64
refused "an unknown tag is refused" crane manifest "$repo:nothing"
finish
