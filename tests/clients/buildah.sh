#!/usr/bin/env bash
# buildah: from scratch, copy, commit, push, pull, manifest lists.
set -euo pipefail
# shellcheck source=tests/clients/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
client buildah buildah skopeo
set +e

bud=(buildah --root "$work/root" --runroot "$work/runroot" --storage-driver vfs)
repo=$ATOLL_HOST/buildah/image
plain=(--tls-verify=false)
mkdir -p "$HOME/.config/containers"
printf '{"default":[{"type":"insecureAcceptAnything"}]}\n' >"$HOME/.config/containers/policy.json"

noise payload 100000
check "begin from nothing" "${bud[@]}" from scratch
container=$(answer)
check "copy a file in" "${bud[@]}" copy "$container" payload /payload
check "set its configuration" "${bud[@]}" config --label test=yes --cmd /payload "$container"
check "commit" "${bud[@]}" commit "$container" "$repo:v1"
check "push" "${bud[@]}" push "${plain[@]}" --digestfile pushed.digest "$repo:v1"
check "commit straight to the registry, in docker's format" "${bud[@]}" commit "${plain[@]}" --format docker "$container" "docker://$repo:direct"
check "forget everything" "${bud[@]}" rm --all
check "forget the image" "${bud[@]}" rmi --all --force
check "build on what was pushed" "${bud[@]}" from "${plain[@]}" "$repo@$(cat pushed.digest)"
container=$(answer | tail -n 1)
check "mount its files" "${bud[@]}" mount "$container"
same_file "the payload has the same bytes" payload "$(answer)/payload"
check "pull the other one" "${bud[@]}" pull "${plain[@]}" "$repo:direct"
check "make a manifest list" "${bud[@]}" manifest create list
check "add from the registry" "${bud[@]}" manifest add "${plain[@]}" list "docker://$repo:v1"
check "push the manifest list" "${bud[@]}" manifest push --all "${plain[@]}" list "docker://$repo:list"
check "read it back" skopeo inspect --tls-verify=false --raw "docker://$repo:list"
contains "it lists what was pushed" "$(cat pushed.digest)"

stop_client() {
    "${bud[@]}" umount --all >/dev/null 2>&1
    "${bud[@]}" rm --all >/dev/null 2>&1
    "${bud[@]}" rmi --all --force >/dev/null 2>&1
}
finish
