# shellcheck shell=bash
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# All tests on every JDK. Whatever is repeated with random choices, or for each cell of a table, and tests of which one
# JDK is enough, are shared between the JDKs: each has its part, another one for another run, and a test that is left by
# each fails the run. See docs/decisions/0171. Each JDK gets a copy of the sources in target/test and builds there, so
# that neither the builds of two JDKs nor a running "sluice" get into each other's way.

# shellcheck source=scripts/sources.sh
. "${root:?}/scripts/sources.sh"

readonly required_tests=$root/config/kernel-tests.txt

# Runs Maven's verify on each JDK in turn, and names at the end what failed; fails if anything did.
run_tests() {
    local version home work i failed=0 started=$SECONDS begun parts part left=
    local -a versions=() works=() summary=() took=()
    parts=$(grep -c . <<<"${jdk_list:?}")
    part=$((RANDOM % parts))
    if ! mkdir -p "$root/target/test" 2>/dev/null || [[ ! -w $root/target/test ]]; then
        fail 1 "$root/target/test cannot be written: run the tests as the owner of the checkout"
    fi
    exec 8>"$root/target/test/lock"
    flock -n 8 || fail 1 "the tests run already in this checkout: wait for them, or use another clone"
    while IFS=$'\t' read -r -u 7 version home; do
        work=$root/target/test/jdk-$version-$(printf '%s' "$home" | cksum | cut -d ' ' -f 1)
        part=$(((part + 1) % parts))
        printf '\n=== Tests on JDK %s, %s, share %d of %d\n' "$version" "$home" "$((part + 1))" "$parts"
        versions+=("$version")
        works+=("$work")
        begun=$SECONDS
        if test_on_jdk "$home" "$work" "$part/$parts"; then
            summary+=("JDK $version: all tests passed")
        else
            summary+=("JDK $version: FAILED")
            failed=1
        fi
        took+=($((SECONDS - begun)))
    done 7<<<"${jdk_list:?}"
    for i in "${!works[@]}"; do
        if ! report_kernel_tests "${versions[i]}" "${works[i]}"; then
            summary[i]+=", FAILED: required kernel tests did not run"
            failed=1
        fi
    done
    if ! report_left_tests; then
        left='FAILED: tests above were left to another JDK by each'
        failed=1
    fi
    for i in "${!works[@]}"; do
        printf 'JDK %s took %d s\n' "${versions[i]}" "${took[i]}"
    done
    printf '\n=== %d s in all\n' $((SECONDS - started))
    for i in "${!works[@]}"; do
        printf '%s\n' "${summary[i]}"
        name_failures "${works[i]}"
    done
    [[ -z $left ]] || printf '%s\n' "$left"
    return "$failed"
}

# Builds and tests a copy of the sources in $2 with the JDK at $1, which takes the share $3 of what is shared; "works" has
# the copies so far, with this one. Maven leaves out the modules that need one that has failed, and those are the suites of
# whole processes: it runs again for them, until each module has been tested or cannot be built.
test_on_jdk() {
    copy_sources "$2"
    local -a options=()
    if [[ -n ${long_tests:-} ]]; then
        options=(-Dsluice.long=true -Dtest.timeout.seconds=10800 -Dtest.forks=1)
    else
        # Tests wait for processes and clocks half of the time: two modules share the machine. The long ones starve it.
        options=(-T 2 "-Dsluice.share=$3")
    fi
    # What Checkstyle says of the sources is the same on each JDK.
    ((${#works[@]} == 1)) || options+=(-Dcheckstyle.skip)
    local pass=1 log failed=0
    mkdir -p "$2/target"
    while log=$2/target/maven-$pass.log && ! verify "$1" "$2" "${options[@]}" | tee "$log"; do
        failed=1
        if ! grep -q '^\[INFO\] .* SKIPPED' "$log" || ! mark_tested "$2"; then
            break
        fi
        printf '\n=== Again, for the modules that were left out because one that they need has failed\n'
        pass=$((pass + 1))
    done
    return "$failed"
}

# Runs Maven with the JDK at $1 in $2, with the options behind them.
verify() {
    (cd -- "$2" && JAVA_HOME=$1 exec ./mvnw -B -ntp --fail-at-end "${@:3}" verify </dev/null 7<&- 8>&-)
}

# Marks the modules in $1 that have been tested: pom.xml has Maven build those without their tests. Fails if each of
# them was marked before.
mark_tested() {
    local reports tested is_old=1
    while IFS= read -r reports; do
        tested=${reports%/*}/tested
        if [[ ! -e $tested ]]; then
            touch "$tested"
            is_old=0
        fi
    done < <(find "$1" -path '*/target/*-reports' -type d)
    return "$is_old"
}

# Prints the modules that failed in $1, with Maven's reason, and the tests that failed.
name_failures() {
    local -a logs=("$1"/target/maven-*.log)
    sed -n 's/^\[ERROR\] Failed to execute goal .* on project \([^: ]*\): \(.*\)/  \1: \2/p' "${logs[@]}" | sort -u
    find "$1" -path '*/target/*-reports/TEST-*.xml' -exec awk -f "$root/scripts/failed-tests.awk" {} + | sort -u
}

# Prints the kernel tests that ran on JDK $1 in $2. With SLUICE_REQUIRE_BPF=1, fails if a listed one did not.
report_kernel_tests() {
    local require=0
    if [[ ${SLUICE_REQUIRE_BPF:-} == 1 ]]; then
        require=1
    fi
    find "$2" -path '*/target/tests.txt' -exec cat {} + |
        awk -v jdk="$1" -v require="$require" -v long="${long_tests:-0}" -f "$root/scripts/kernel-tests.awk" \
            "$required_tests" -
}

# Says how many tests of which one JDK is enough each JDK took. Fails if any was left to another by each of them. Takes
# the JDKs' versions and folders from the caller.
report_left_tests() {
    local i
    for i in "${!works[@]}"; do
        printf 'jdk %s\n' "${versions[i]}"
        find "${works[i]}" -path '*/target/tests.txt' -exec cat {} +
    done | awk -f "$root/scripts/left-tests.awk"
}
