#!/usr/bin/env bash
# podman: build, push, pull, tag, search tags, manifest lists; with a storage of its own that is removed afterwards.
set -euo pipefail
# shellcheck source=tests/clients/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
client podman podman skopeo
set +e

pod=(podman --root "$work/root" --runroot "$work/runroot" --storage-driver vfs --events-backend file --tmpdir "$work/tmp")
repo=$ATOLL_HOST/podman/image
plain=(--tls-verify=false)
printf '{"default":[{"type":"insecureAcceptAnything"}]}\n' >policy.json
mkdir -p "$HOME/.config/containers"
cp policy.json "$HOME/.config/containers/policy.json"

digest=$(image layout)
check "put an index there" skopeo --insecure-policy copy --all --dest-tls-verify=false oci:layout:v1 "docker://$repo:v1"
check "pull the platform of this machine" "${pod[@]}" pull "${plain[@]}" "$repo:v1"
check "pull another platform by digest" "${pod[@]}" pull "${plain[@]}" --platform linux/arm64 "$repo@$digest"

noise payload 100000
printf 'FROM scratch\nCOPY payload /payload\nLABEL test=yes\n' >Containerfile
check "build an image" "${pod[@]}" build --isolation chroot --tag "$repo:built" .
check "push it" "${pod[@]}" push "${plain[@]}" --digestfile built.digest "$repo:built"
check "push it in docker's format" "${pod[@]}" push "${plain[@]}" --format v2s2 "$repo:built" "$ATOLL_HOST/podman/docker:built"
check "push it with zstd layers" "${pod[@]}" push "${plain[@]}" --compression-format zstd "$repo:built" "$ATOLL_HOST/podman/zstd:built"
check "forget everything" "${pod[@]}" rmi --all --force
check "pull it by digest" "${pod[@]}" pull "${plain[@]}" "$repo@$(cat built.digest)"
image_id=$(answer | tail -n 1)
check "mount its files" "${pod[@]}" image mount "$image_id"
same_file "the payload has the same bytes" payload "$(answer)/payload"
"${pod[@]}" image unmount "$image_id" >output 2>&1
check "pull the zstd layers" "${pod[@]}" pull "${plain[@]}" "$ATOLL_HOST/podman/zstd:built"
check "pull docker's format" "${pod[@]}" pull "${plain[@]}" "$ATOLL_HOST/podman/docker:built"

check "tag another name" "${pod[@]}" tag "$image_id" "$repo:second"
check "push that name" "${pod[@]}" push "${plain[@]}" "$repo:second"
check "list the tags" "${pod[@]}" search "${plain[@]}" --list-tags --limit 100 "$repo"
same "all tags are listed, in order" "TAG built second v1" "$(answer | awk '{ print $2 }' | tr '\n' ' ' | sed 's/ $//')"
check "make a manifest list" "${pod[@]}" manifest create list "containers-storage:$image_id"
check "push the manifest list" "${pod[@]}" manifest push --all "${plain[@]}" list "docker://$repo:list"
check "read it back" skopeo inspect --tls-verify=false --raw "docker://$repo:list"
contains "it is a list" '"manifests"'
refused "an unknown tag is refused" "${pod[@]}" pull "${plain[@]}" "$repo:nothing"

stop_client() {
    "${pod[@]}" rmi --all --force >/dev/null 2>&1
}
finish
