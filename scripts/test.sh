# shellcheck shell=bash
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# All tests on every JDK. Each JDK gets a copy of the sources in target/test and builds there, so that neither the
# builds of two JDKs nor a running "sluice" get into each other's way.

readonly required_tests=${root:?}/config/kernel-tests.txt

# Runs Maven's verify on each JDK in turn; fails if any of them failed.
run_tests() {
    local version home work i failed=0 started=$SECONDS
    local -a versions=() works=() summary=()
    if ! mkdir -p "$root/target/test" 2>/dev/null || [[ ! -w $root/target/test ]]; then
        fail 1 "$root/target/test cannot be written: run the tests as the owner of the checkout"
    fi
    exec 8>"$root/target/test/lock"
    flock -n 8 || fail 1 "the tests run already in this checkout: wait for them, or use another clone"
    while IFS=$'\t' read -r -u 7 version home; do
        work=$root/target/test/jdk-$version-$(printf '%s' "$home" | cksum | cut -d ' ' -f 1)
        printf '\n=== Tests on JDK %s, %s\n' "$version" "$home"
        versions+=("$version")
        works+=("$work")
        if test_on_jdk "$home" "$work"; then
            summary+=("JDK $version: all tests passed")
        else
            summary+=("JDK $version: FAILED")
            failed=1
        fi
    done 7<<<"${jdk_list:?}"
    for i in "${!works[@]}"; do
        if ! report_kernel_tests "${versions[i]}" "${works[i]}"; then
            summary[i]+=", FAILED: required kernel tests did not run"
            failed=1
        fi
    done
    printf '\n=== %d s in all\n' $((SECONDS - started))
    printf '%s\n' "${summary[@]}"
    return "$failed"
}

# Builds and tests a copy of the sources in $2 with the JDK at $1.
test_on_jdk() {
    rm -rf "$2"
    mkdir -p "$2"
    tar -C "$root" --no-wildcards-match-slash --exclude=./.git --exclude='./target' --exclude='./*/target' \
        --exclude='./dist/*/target' --exclude='./tests/*/target' -cf - . | tar -C "$2" -xf -
    local -a long=()
    if [[ -n ${long_tests:-} ]]; then
        long=(-Dsluice.long=true -Dtest.timeout.seconds=10800)
    fi
    (cd -- "$2" && JAVA_HOME=$1 exec ./mvnw -B -ntp --fail-at-end ${long[@]+"${long[@]}"} verify </dev/null 7<&- 8>&-)
}

# Prints the kernel tests that ran on JDK $1 in $2. With SLUICE_REQUIRE_BPF=1, fails if a listed one did not.
report_kernel_tests() {
    local require=0
    if [[ ${SLUICE_REQUIRE_BPF:-} == 1 ]]; then
        require=1
    fi
    find "$2" -path '*/target/kernel-tests.txt' -exec cat {} + |
        awk -v jdk="$1" -v require="$require" -f "$root/scripts/kernel-tests.awk" "$required_tests" -
}
