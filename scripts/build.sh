# shellcheck shell=bash
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds what the launcher runs, if sources changed. A build ends in a directory of its own, target/launcher/gen.*, with
# one folder of jars for each class path, and becomes visible by renaming the link "current": a JVM that was started
# from an earlier build keeps its jars, since it holds a shared lock on them for as long as it lives.

readonly state=${root:?}/target/launcher
# shellcheck source=scripts/archive.sh
. "$root/scripts/archive.sh"
# There is a class path for the traced program, one for the command, one for the command with what needs DuckDB, and one
# for the benchmarks.
readonly class_paths=(samples cli sql bench)

is_built() {
    [[ -e $state/current/stamp ]]
}

is_fresh() {
    is_built || return 1
    # Directories count too: their time changes when a file in them is added or removed.
    [[ -z $(cd -- "$root" && find pom.xml ./*/pom.xml ./*/src/main -newer "$state/current/stamp" -print -quit) ]]
}

# Builds unless the last build is newer than every source. One process builds, others wait for it.
ensure_built() {
    if is_fresh || { is_built && [[ -n ${SLUICE_NO_BUILD:-} ]]; }; then
        return 0
    fi
    if [[ -n ${SLUICE_NO_BUILD:-} ]]; then
        fail 1 "nothing is built and --no-build forbids building: run it once without"
    fi
    if ! mkdir -p "$state" 2>/dev/null || [[ ! -w $state ]]; then
        fail 1 "Sluice is not built or its sources are newer, and $state cannot be written: build as the owner of" \
            "the checkout, or use --no-build for the last build"
    fi
    exec 8>"$state/lock"
    if ! flock -n 8; then
        progress "waiting for another build"
        flock 8
    fi
    if ! is_fresh; then
        ensure_packages build
        build
    fi
    exec 8>&-
}

build() {
    local next module
    progress "building (some minutes the first time)"
    next=$(mktemp -d "$state/gen.XXXXXX")
    chmod 755 "$next"
    touch "$next/stamp" "$next/lock"
    for module in "${class_paths[@]}"; do
        rm -rf "$root/$module/target/dependency" "$root/$module/target/$module"-[0-9]*.jar
    done
    if ! maven -q -Dmaven.test.skip -Dcheckstyle.skip -pl "$(IFS=, && echo "${class_paths[*]}")" -am \
        package dependency:copy-dependencies -DincludeScope=runtime 8>&- >"$state/build.log" 2>&1; then
        cat "$state/build.log" >&2
        rm -rf "$next"
        fail 1 "the build failed: see Maven's messages above (also in $state/build.log)"
    fi
    for module in "${class_paths[@]}"; do
        mkdir "$next/$module"
        cp "$root/$module/target/$module"-[0-9]*.jar "$root/$module/target/dependency"/*.jar "$next/$module"
    done
    mkdir "$next/native"
    unpack_jna "$next/cli"/jna-[0-9]*.jar "$next/native"
    archive_classes "$next"
    ln -s "${next##*/}" "$next.link"
    mv -T "$next.link" "$state/current"
    remove_old_builds "$next"
}

# Prints where build "generation" has the archive of the command's classes for the JDK in use. Whoever can write there
# can write the jars beside it: they belong to the checkout, which is trusted.
class_archive() {
    printf '%s\n' "$generation/$(class_archive_name)"
}

# Unpacks JNA's own library from jar $1 into directory $2: else JNA writes it to the user's home at each start.
unpack_jna() {
    local library
    library=$(jna_library)
    (cd -- "$2" && "$java_home/bin/jar" -xf "$1" "$library" && mv "$library" . && rm -r com)
}

# Prints the path, in JNA's jar, of its library for this machine: the BPF programs are for this kind of machine, too.
jna_library() {
    case $(uname -m) in
        x86_64) echo com/sun/jna/linux-x86-64/libjnidispatch.so ;;
        *) echo "com/sun/jna/linux-$(uname -m)/libjnidispatch.so" ;;
    esac
}

# Sets the flags that say where build $1 has that library.
choose_native_flags() {
    if [[ -n $(ls -A "$1/native" 2>/dev/null) ]]; then
        # shellcheck disable=SC2034 # the launcher uses it
        native_flags=("-Djna.boot.library.path=$1/native" -Djna.nounpack=true)
    fi
}

# Makes that archive in build $1, so that a short command takes a quarter less. A JDK that cannot make one does without.
# An interruption ends the launcher, and the build with it: else that build would do without for as long as it is used.
archive_classes() {
    local generation=$1 status=0
    local -a native_flags=()
    choose_native_flags "$generation"
    class_names "$generation"/cli/{cli,consumer,store,usdt-bridge,ringbuffer}-[0-9]*.jar >"$generation/names"
    make_class_archive "$(class_archive)" "$generation/names" "$generation" 8>&- >>"$state/build.log" 2>&1 ||
        status=$?
    rm -f "$generation/names"
    if is_interruption "$status"; then
        rm -rf "$generation"
        exit "$status"
    fi
}

# Prints the names of the classes in some jars, of which some may be missing.
class_names() {
    local jar
    for jar in "$@"; do
        [[ ! -e $jar ]] || "$java_home/bin/jar" -tf "$jar" | sed -n 's/\.class$//p'
    done
}

# Removes the builds that no JVM runs from, except $1.
remove_old_builds() {
    local old
    for old in "$state"/gen.??????; do
        if [[ $old != "$1" ]]; then
            flock -n "$old/lock" rm -rf "$old" || :
        fi
    done
}

maven() {
    (cd -- "$root" && JAVA_HOME=${java_home:?} exec ./mvnw -B -ntp "$@" </dev/null)
}

# Sets "generation" to the current build and locks it, shared, for this process and the JVM that replaces it.
hold_build() {
    local attempt
    for attempt in 1 2 3 4 5; do
        generation=$(readlink -f -- "$state/current")
        # A newer build may remove this build between the look-up above and the lock below: then look again.
        if { exec 9<"$generation/lock"; } 2>/dev/null && flock -s 9 && [[ -d $generation/samples ]]; then
            choose_native_flags "$generation"
            return 0
        fi
    done
    fail 1 "the build in $state is incomplete after $attempt looks: remove that directory and try again"
}

# Prints the class path $1. That of SQL begins with the command's, as the archive of its classes needs it.
class_path() {
    local -a jars=("$generation/$1"/*.jar)
    local jar
    if [[ $1 == sql ]]; then
        jars=("$generation/cli"/*.jar)
        for jar in "$generation/sql"/*.jar; do
            [[ -e $generation/cli/${jar##*/} ]] || jars+=("$jar")
        done
    fi
    local IFS=:
    printf '%s\n' "${jars[*]}"
}
