#!/usr/bin/env bash
# Brings the programs that the tests run: `tools.sh` installs what is missing, `tools.sh --check` only names it.
#
# Debian packages are installed when the user is root. Go programs are built at the versions below into
# $ATOLL_TOOLS (by default ~/.cache/atoll-tools); a program that already reports its version is not built again.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

readonly CARGO_DENY_VERSION=0.20.2

# program, Debian package
readonly DEBIAN_TOOLS="
skopeo skopeo
podman podman
buildah buildah
fuse-overlayfs fuse-overlayfs
newuidmap uidmap
docker docker.io
dockerd docker.io
nginx nginx-light
docker-registry docker-registry
wrk wrk
haproxy haproxy
shellcheck shellcheck
python3 python3
curl curl
chromium chromium
faketime faketime
openssl openssl
"

# program, package to build, its module, version
readonly GO_TOOLS="
conformance github.com/opencontainers/distribution-spec/conformance github.com/opencontainers/distribution-spec/conformance v0.0.0-20260831232431-97274622c111
crane github.com/google/go-containerregistry/cmd/crane github.com/google/go-containerregistry v0.22.1
oras oras.land/oras/cmd/oras oras.land/oras v1.3.6
regctl github.com/regclient/regclient/cmd/regctl github.com/regclient/regclient v0.11.7
helm helm.sh/helm/v3/cmd/helm helm.sh/helm/v3 v3.22.0
cosign github.com/sigstore/cosign/v3/cmd/cosign github.com/sigstore/cosign/v3 v3.1.3
"

readonly NOTATION_SOURCE=$ATOLL_ROOT/tests/clients/notation

has_program() {
    # Server programs live in sbin, which is not on every user's path.
    PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null 2>&1
}

# The module and version that a Go program was built from are written in the program itself.
has_go_tool() {
    local program=$1 module=$2 version=$3
    [ -x "$ATOLL_TOOLS/bin/$program" ] &&
        go version -m "$ATOLL_TOOLS/bin/$program" 2>/dev/null |
        awk -v m="$module" -v v="$version" '$1 == "mod" && $2 == m && $3 == v { found = 1 } END { exit !found }'
}

notation_stamp() {
    cat "$NOTATION_SOURCE"/{go.mod,go.sum,main.go} | sha256sum | cut -d' ' -f1
}

has_notation() {
    [ -x "$ATOLL_TOOLS/bin/notation-check" ] && [ "$(cat "$ATOLL_TOOLS/notation-check.stamp" 2>/dev/null)" = "$(notation_stamp)" ]
}

has_cargo_deny() {
    [ "$(cargo-deny --version 2>/dev/null)" = "cargo-deny $CARGO_DENY_VERSION" ]
}

missing_packages() {
    local program package
    while read -r program package; do
        [ -z "$program" ] || has_program "$program" || echo "$package"
    done <<<"$DEBIAN_TOOLS" | sort -u
}

missing_go_tools() {
    local program package module version
    while read -r program package module version; do
        [ -z "$program" ] || has_go_tool "$program" "$module" "$version" || echo "$program $package@$version"
    done <<<"$GO_TOOLS"
}

# Prints each missing program with the command that brings it; fails if there is one.
check() {
    local found=0 packages program target
    packages=$(missing_packages | tr '\n' ' ')
    if [ -n "$packages" ]; then
        found=1
        echo "missing Debian packages: run 'sudo apt-get install $packages'"
    fi
    while read -r program target; do
        [ -n "$program" ] || continue
        found=1
        echo "missing $program: run 'GOBIN=$ATOLL_TOOLS/bin go install $target'"
    done <<<"$(missing_go_tools)"
    has_notation || { found=1 && echo "missing notation-check: run 'make tools'"; }
    has_cargo_deny || { found=1 && echo "missing cargo-deny: run 'cargo install cargo-deny@$CARGO_DENY_VERSION --locked'"; }
    return "$found"
}

install_packages() {
    local packages
    packages=$(missing_packages)
    [ -n "$packages" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        echo "missing Debian packages: run 'sudo apt-get install $(tr '\n' ' ' <<<"$packages")'" >&2
        return 1
    fi
    apt-get update -qq
    # shellcheck disable=SC2086 # one word per package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
}

install_go_tools() {
    local program target
    while read -r program target; do
        [ -n "$program" ] || continue
        echo "building $target"
        # `go install` names the program after the folder; the list above says the same.
        GOFLAGS='' GOBIN=$ATOLL_TOOLS/bin go install "$target"
    done <<<"$(missing_go_tools)"
}

install_notation() {
    has_notation && return 0
    echo "building notation-check"
    (cd "$NOTATION_SOURCE" && GOFLAGS=-mod=readonly go build -o "$ATOLL_TOOLS/bin/notation-check" .)
    notation_stamp >"$ATOLL_TOOLS/notation-check.stamp"
}

install_cargo_deny() {
    has_cargo_deny && return 0
    echo "building cargo-deny $CARGO_DENY_VERSION"
    # From a folder of its own: the clone's cargo settings are not meant for it.
    (cd "$ATOLL_TOOLS" && cargo install "cargo-deny@$CARGO_DENY_VERSION" --locked --quiet --root "$ATOLL_TOOLS")
}

main() {
    case "${1:-}" in
    --check) check ;;
    "")
        local failed=0
        mkdir -p "$ATOLL_TOOLS/bin"
        # One tool that cannot be had must not keep the others away.
        install_packages || failed=1
        install_go_tools || failed=1
        install_notation || failed=1
        install_cargo_deny || failed=1
        check && [ "$failed" = 0 ] && echo "all tools are there ($ATOLL_TOOLS/bin)"
        ;;
    *)
        echo "usage: tools.sh [--check]" >&2
        return 2
        ;;
    esac
}

main "$@"
