#!/bin/sh
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Compiles every *.bpf.c beside this script into OUTPUT and writes OUTPUT/objects.properties, which says for which
# architecture they are and from which sources (a hash), or why they are absent. Absent objects are no build failure: the
# consumer then drains through shared memory. SLUICE_REQUIRE_BPF=1 makes them one.
#
# A program whose stack is deeper than SLUICE_STACK_LIMIT fails the build. From 6.13 on the x86 JIT (from 6.17 on that of
# arm64) gives each function of a program of the kprobe type that needs 64 bytes or more, rounded up to a multiple of 16,
# a stack of its own per processor and not per task. A uprobe's program can be preempted, and a sleepable one waits for
# pages: then another task on the processor runs on the same stack. See docs/kernels.md.
#
# usage: build.sh OUTPUT        environment: CLANG, SLUICE_REQUIRE_BPF
set -eu
# Files are named in one order wherever this runs.
export LC_ALL=C

source_dir=$(cd "$(dirname "$0")" && pwd)
output=$1
clang=${CLANG:-clang}
SLUICE_STACK_LIMIT=48
mkdir -p "$output"
rm -f "$output"/*.bpf.o "$output/objects.properties"

absent() {
    if [ "${SLUICE_REQUIRE_BPF:-}" = 1 ]; then
        echo "ERROR: the eBPF programs cannot be built: $1" >&2
        exit 1
    fi
    echo "WARNING: building without the eBPF programs (tracing will use shared mode): $1" >&2
    printf 'unavailable=%s\n' "built without the eBPF programs: $1" > "$output/objects.properties"
    exit 0
}

case $(uname -s)-$(uname -m) in
    Linux-x86_64) architecture=x86_64 target_arch=x86 ;;
    Linux-aarch64) architecture=aarch64 target_arch=arm64 ;;
    *) absent "no eBPF on $(uname -s) $(uname -m)" ;;
esac
command -v "$clang" > /dev/null 2>&1 || absent "clang is missing: apt-get install clang libbpf-dev"
includes="-I$source_dir -idirafter /usr/include/$(uname -m)-linux-gnu"
# shellcheck disable=SC2086 # a list of flags
echo '#include <bpf/bpf_helpers.h>' | "$clang" $includes -target bpf -E -include linux/bpf.h - > /dev/null 2>&1 \
    || absent "libbpf's headers are missing: apt-get install libbpf-dev"

# Nothing in an object says where it was compiled: two builds make the same bytes.
for source in "$source_dir"/*.bpf.c; do
    # Atomic operations that return something are of Linux 5.12, as is the set of instructions that has them.
    case $source in
        *_reduce.bpf.c) cpu=-mcpu=v3 ;;
        *) cpu= ;;
    esac
    # shellcheck disable=SC2086 # a list of flags
    "$clang" $includes $cpu -Wall -Werror -Wframe-larger-than=$SLUICE_STACK_LIMIT -O2 -g -target bpf \
        -D__TARGET_ARCH_$target_arch -ffile-prefix-map="$source_dir"=. -fdebug-compilation-dir=. -c "$source" \
        -o "$output/$(basename "$source" .c).o"
done
# The compiler has said so already; this reads what it wrote, as the verifier will.
sh "$source_dir/check-stack.sh" $SLUICE_STACK_LIMIT "$output"/*.bpf.o
# Whoever has only the objects can tell whether they are those of some sources: the names of all files, each with a line
# break, and the files.
sources=$(cd "$source_dir" && for file in *; do printf '%s\n' "$file" && cat "$file"; done | sha256sum)
printf 'architecture=%s\nsources=%s\n' "$architecture" "${sources%% *}" > "$output/objects.properties"
