#!/bin/sh
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Compiles every *.bpf.c beside this script into OUTPUT and writes OUTPUT/objects.properties, which says for which
# architecture they are or why they are absent. Absent objects are no build failure: the consumer then drains through
# shared memory. SLUICE_REQUIRE_BPF=1 makes them one.
#
# usage: build.sh OUTPUT        environment: CLANG, SLUICE_REQUIRE_BPF
set -eu

source_dir=$(cd "$(dirname "$0")" && pwd)
output=$1
clang=${CLANG:-clang}
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

for source in "$source_dir"/*.bpf.c; do
    # shellcheck disable=SC2086 # a list of flags
    "$clang" $includes -Wall -Werror -O2 -g -target bpf -D__TARGET_ARCH_$target_arch \
        -ffile-prefix-map="$source_dir"=. -c "$source" -o "$output/$(basename "$source" .c).o"
done
printf 'architecture=%s\n' "$architecture" > "$output/objects.properties"
