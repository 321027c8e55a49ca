#!/usr/bin/env bash
# Searches for inputs that break a promise of a parser: fuzz.sh SECONDS_EACH [TARGET...], by default all targets.
#
# Needs only stable Rust and a C++ compiler: coverage counters are an LLVM pass that every compiler has. `cargo fuzz run -s none
# TARGET` does the same where cargo-fuzz is installed. What is found on the way is kept in fuzz/target/corpus, which is not part of the
# repository; an input that breaks something is written to fuzz/artifacts/TARGET and belongs, once mended, into fuzz/corpus/TARGET.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ATOLL_ROOT/fuzz"

readonly MAX_INPUT_BYTES=4096
readonly MAX_SECONDS_FOR_ONE_INPUT=5
readonly MAX_MEMORY_MIB=1024

if [ $# -lt 1 ] || ! [[ $1 =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: fuzz.sh SECONDS_EACH [TARGET...]" >&2
    exit 2
fi
seconds=$1
shift
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for folder in corpus/*/; do targets+=("$(basename "$folder")"); done
fi

# Named explicitly, so that the flags below do not reach build scripts.
triple=$(rustc -vV | sed -n 's/^host: //p')
flags="--cfg fuzzing -Cpasses=sancov-module"
for option in level=4 inline-8bit-counters pc-table trace-compares; do
    flags+=" -Cllvm-args=-sanitizer-coverage-$option"
done
# One unit: the linker must not drop counters of one half and keep those of the other.
flags+=" -Ccodegen-units=1"
RUSTFLAGS=$flags CARGO_TARGET_DIR=$PWD/target cargo build --release --locked --target "$triple" "${targets[@]/#/--bin=}"

failed=""
for target in "${targets[@]}"; do
    mkdir -p "target/corpus/$target" "artifacts/$target"
    printf '\n== %s, %s s\n' "$target" "$seconds"
    # The first folder takes what is found; the second one is only read.
    "target/$triple/release/$target" "target/corpus/$target" "corpus/$target" \
        -max_total_time="$seconds" -max_len="$MAX_INPUT_BYTES" -timeout="$MAX_SECONDS_FOR_ONE_INPUT" \
        -rss_limit_mb="$MAX_MEMORY_MIB" -artifact_prefix="artifacts/$target/" -print_final_stats=1 -verbosity=0 ||
        failed+=" $target"
done
if [ -n "$failed" ]; then
    echo "broken promises:$failed; the inputs are in fuzz/artifacts"
    exit 1
fi
echo "no target was broken"
