# shellcheck shell=bash
# What every client script shares. A script begins with
#
#   . "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
#   client NAME PROGRAM...
#
# which starts a fresh server (unless ATOLL_HOST names one), makes an empty work folder and enters it. Then it says
# what it proves with `check`, `refused`, `same` and `same_file`, and ends with `finish`.

harness=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/env.sh
. "$harness/../../scripts/env.sh"
PATH=$PATH:/usr/sbin:/sbin

# What a script's last line begins with, and what its server is configured with; others than clients set their own.
kind=clients
configuration=$harness/config.json
passed=0
failed=0
readonly OUTPUT_LINES_SHOWN=25
# No client call may hang the run.
readonly CALL_SECONDS=120

# client NAME PROGRAM...: the script's name and the programs it needs.
client() {
    client_name=$1
    shift
    local program
    for program in "$@"; do
        if ! command -v "$program" >/dev/null; then
            echo "$program is missing; 'make tools' brings it"
            echo "$kind-$client_name: 0 passed, 0 failed, 1 skipped"
            # Where all tools must be there, a test that cannot run is a failure.
            [ "${CI:-}" = true ] && exit 1
            exit 0
        fi
    done
    if [ -z "${ATOLL_HOST:-}" ]; then
        exec "$ATOLL_WITH" "$configuration" "$0"
    fi
    work=$(mktemp -d "${TMPDIR:-/tmp}/atoll-client.XXXXXX")
    trap tidy_up EXIT
    cd "$work" || exit 1
    # Clients keep credentials and caches at home; each run gets a home of its own.
    export HOME=$work/home XDG_CONFIG_HOME=$work/home/.config XDG_CACHE_HOME=$work/home/.cache
    export XDG_DATA_HOME=$work/home/.local/share XDG_RUNTIME_DIR=$work/home/run
    mkdir -p "$XDG_CONFIG_HOME" "$XDG_CACHE_HOME" "$XDG_DATA_HOME" "$XDG_RUNTIME_DIR"
    echo "client $client_name against $ATOLL_HOST"
}

# A script may define `stop_client` to end what it started.
tidy_up() {
    if declare -F stop_client >/dev/null; then stop_client || true; fi
    cd / && rm -rf "$work"
}

pass() {
    passed=$((passed + 1))
    echo "  ok    $1"
}

fail() {
    failed=$((failed + 1))
    echo "  FAIL  $1"
    [ ! -s "$work/output" ] || tail -n "$OUTPUT_LINES_SHOWN" "$work/output" | sed 's/^/        | /'
}

# check WHAT COMMAND...: the command succeeds. Its standard output is in $work/answer afterwards.
check() {
    local what=$1
    shift
    if timeout "$CALL_SECONDS" "$@" >"$work/answer" 2>"$work/output"; then
        pass "$what"
    else
        cat "$work/answer" >>"$work/output"
        fail "$what ($*)"
        return 1
    fi
}

# refused WHAT COMMAND...: the command fails.
refused() {
    local what=$1
    shift
    if timeout "$CALL_SECONDS" "$@" >"$work/answer" 2>"$work/output"; then
        fail "$what (it succeeded: $*)"
    else
        pass "$what"
    fi
}

# same WHAT WANTED GOT
same() {
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        printf 'wanted: %s\ngot:    %s\n' "$2" "$3" >"$work/output"
        fail "$1"
    fi
}

# same_file WHAT WANTED GOT: the files hold the same bytes.
same_file() {
    if cmp "$2" "$3" >"$work/output" 2>&1; then pass "$1"; else fail "$1"; fi
}

# contains WHAT TEXT: the answer of the last check has a line with this text.
contains() {
    if grep -qF -- "$2" "$work/answer"; then
        pass "$1"
    else
        { echo "wanted a line with: $2" && cat "$work/answer"; } >"$work/output"
        fail "$1"
    fi
}

# lacks WHAT TEXT: the answer of the last check has no line with this text.
lacks() {
    if grep -qF -- "$2" "$work/answer"; then
        { echo "wanted no line with: $2" && cat "$work/answer"; } >"$work/output"
        fail "$1"
    else
        pass "$1"
    fi
}

# answer: what the last check printed.
answer() {
    cat "$work/answer"
}

# noise FILE BYTES: writes bytes that do not compress, the same for the same name and size.
noise() {
    python3 -c 'import random, sys; name, size = sys.argv[1:]; open(name, "wb").write(random.Random(name + size).randbytes(int(size)))' "$1" "$2"
}

sha256() {
    sha256sum "$1" | cut -d' ' -f1
}

# image DIR [--seed TEXT] [--tag TAG] [--single]: writes a small OCI layout and prints its digest; see image.py.
image() {
    python3 "$harness/image.py" "$@"
}

# layout_digest DIR: the digest of what the tag of a layout names.
layout_digest() {
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1] + "/index.json"))["manifests"][0]["digest"])' "$1"
}

# same_blobs WHAT LAYOUT LAYOUT: both layouts hold the same blobs, and each blob is what its name says.
same_blobs() {
    if {
        diff <(cd "$2/blobs/sha256" && ls) <(cd "$3/blobs/sha256" && ls) &&
            (cd "$3/blobs/sha256" && for blob in *; do echo "$blob  $blob"; done | sha256sum --check --quiet)
    } >"$work/output" 2>&1; then pass "$1"; else fail "$1"; fi
}

finish() {
    echo "$kind-$client_name: $passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
