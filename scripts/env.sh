# shellcheck shell=bash
# Where things are. Sourced by the other scripts, never run by itself.

ATOLL_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Built tools outlive the clone: a second clone, or a second run, builds nothing again.
ATOLL_TOOLS=${ATOLL_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/atoll-tools}
# The server that the tests run; `make test` builds it.
ATOLL_BIN=${ATOLL_BIN:-${CARGO_TARGET_DIR:-$ATOLL_ROOT/target}/release/atoll}
# What the tests run a server with: with-server.sh, or with-cluster.sh for the same tests against several members.
ATOLL_WITH=${ATOLL_WITH:-$ATOLL_ROOT/scripts/with-server.sh}
PATH=$ATOLL_TOOLS/bin:$PATH
# Python must not leave compiled files in the tree.
PYTHONDONTWRITEBYTECODE=1
export ATOLL_ROOT ATOLL_TOOLS ATOLL_BIN ATOLL_WITH PATH PYTHONDONTWRITEBYTECODE
