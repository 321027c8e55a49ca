#!/usr/bin/env bash
# docker: its real daemon and client; push and pull in docker's own format, pull of OCI indexes, manifest lists.
#
# The daemon runs for the time of this script alone, with its own folders and without network set-up. It needs root.
set -euo pipefail
# shellcheck source=tests/clients/harness.sh
. "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
if [ "$(id -u)" != 0 ]; then
    echo "docker: its daemon needs root; run this script as root to test it"
    echo "clients-docker: 0 passed, 0 failed, 1 skipped"
    exit 0
fi
client docker dockerd docker skopeo
set +e

readonly DAEMON_SECONDS=60
daemon=
stop_client() {
    [ -n "$daemon" ] || return 0
    kill -TERM "$daemon" 2>/dev/null
    wait "$daemon" 2>/dev/null
}

# A loopback registry is one of those that docker speaks plain HTTP to without being told.
dockerd --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/dockerd.pid" --host "unix://$work/docker.sock" \
    --storage-driver vfs --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --bridge=none \
    >"$work/dockerd.log" 2>&1 &
daemon=$!
export DOCKER_HOST=unix://$work/docker.sock
for _ in $(seq $((DAEMON_SECONDS * 5))); do
    docker version >/dev/null 2>&1 && break
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.2
done
cp dockerd.log output
if ! check "the daemon runs" docker version; then
    tail -n 20 dockerd.log
    finish
    exit 1
fi

repo=$ATOLL_HOST/docker/image
noise payload 100000
tar --create --file root.tar payload
digest=$(image layout)

check "make an image" docker import --change 'CMD ["/payload"]' root.tar "$repo:v1"
image_id=$(answer)
check "push it" docker push "$repo:v1"
pushed=$(answer | sed -n 's/.*digest: \(sha256:[0-9a-f]*\).*/\1/p')
check "push it again: all layers are there" docker push "$repo:v1"
contains "no layer is sent twice" "Layer already exists"
check "push another tag of it" bash -c 'docker tag "$0:v1" "$0:v2" && docker push "$0:v2"' "$repo"
check "push to another repository, which mounts the layer" bash -c 'docker tag "$0:v1" "$1:v1" && docker push "$1:v1"' "$repo" "$ATOLL_HOST/docker/copy"
contains "the layer is mounted" "Mounted from docker/image"
check "forget the image" docker rmi --force "$image_id"
check "pull it by tag" docker pull "$repo:v1"
contains "it has the digest that was pushed" "$pushed"
check "pull it by digest" docker pull "$repo@$pushed"
check "ask for its id" docker inspect --format '{{.Id}}' "$repo:v1"
same "it is the same image" "$image_id" "$(answer)"
check "pull all tags" docker pull --all-tags "$repo"
check "save its files" docker save --output saved.tar "$repo:v1"
check "the registry keeps docker's own media type" skopeo inspect --tls-verify=false --raw "docker://$repo:v1"
contains "it does" "application/vnd.docker.distribution.manifest.v2+json"

check "put an OCI index there" skopeo --insecure-policy copy --all --dest-tls-verify=false oci:layout:v1 "docker://$repo:oci"
check "pull this machine's platform of it" docker pull "$repo:oci"
contains "it has the index's digest" "$digest"
check "pull another platform of it" docker pull --platform linux/arm64 "$repo:oci"
check "ask for its platform" docker inspect --format '{{.Architecture}}' "$repo:oci"
same "it is the other platform" "arm64" "$(answer)"

check "make a manifest list" docker manifest create --insecure "$repo:list" "$repo:v1"
check "push the manifest list" docker manifest push --insecure "$repo:list"
check "read it back" docker manifest inspect --insecure "$repo:list"
contains "it lists what was pushed" "$pushed"
refused "an unknown tag is refused" docker pull "$repo:nothing"
finish
