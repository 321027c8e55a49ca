#!/usr/bin/env bash
# Real clients against the real binary: run.sh [CLIENT...], by default all of them, each with a fresh server.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

[ $# -gt 0 ] || set -- crane skopeo oras regctl helm cosign notation podman buildah docker curl
failed=0
for name in "$@"; do
    "$here/$name.sh" || failed=1
done
exit "$failed"
