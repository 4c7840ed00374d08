# shellcheck shell=bash
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# What the launcher does where it was installed by "sluice package": nothing is built, and nothing is installed.

# shellcheck source=scripts/archive.sh
. "${root:?}/scripts/archive.sh"

readonly library=$root/lib
# Belongs to whoever has installed this, as the jars do.
readonly archives=$root/archive

# JNA's own library lies beside the jars: else JNA makes a directory in the user's home and writes it there at each
# start.
# shellcheck disable=SC2034
native_flags=("-Djna.boot.library.path=$library/native" -Djna.nounpack=true)

# A runtime is enough. jdk.sh asks for it.
# shellcheck disable=SC2034
java_tool=java
# shellcheck disable=SC2034
java_kind="Java runtime"

# Says what is missing to run Java. What eBPF needs beyond that each command says itself.
ensure_packages() {
    [[ -n ${jdk_list:-} ]] || fail 1 "there is no Java runtime of ${OLDEST_JDK:?} or later in JAVA_HOME, /usr/lib/jvm and" \
        "PATH: install one with: apt-get install default-jre-headless, or name one by SLUICE_JAVA_HOME"
}

ensure_built() {
    :
}

hold_build() {
    :
}

# Prints the class path $1. That of SQL begins with the command's, as the archive of its classes needs it.
class_path() {
    local -a jars=() lists=("$library/$1.jars")
    local -A seen=()
    local list jar
    [[ $1 != sql ]] || lists=("$library/cli.jars" "$library/sql.jars")
    for list in "${lists[@]}"; do
        while IFS= read -r jar; do
            [[ -n ${seen[$jar]:-} ]] || jars+=("$library/$jar")
            seen[$jar]=1
        done <"$list"
    done
    local IFS=:
    printf '%s\n' "${jars[*]}"
}

# Prints where the archive of the command's classes is for the Java runtime in use. Its name has the hash of the jars
# that it is of: a JVM compares their sizes and times alone, and every package gives its jars the same time.
class_archive() {
    local hash
    IFS= read -r hash <"$library/cli.hash"
    printf '%s\n' "$archives/$(class_archive_name "$hash")"
}

# Makes that archive, and removes those of other jars.
run_archive() {
    local notes archive log hash old status=0
    archive=$(class_archive)
    if ! mkdir -p "$archives" 2>/dev/null || [[ ! -w $archives ]]; then
        fail 1 "$archives cannot be written: run 'sluice archive' as the user who has installed Sluice"
    fi
    notes=$(mktemp -d "$archives/new.XXXXXX")
    # However this shell ends: the variable is gone by then.
    # shellcheck disable=SC2064
    trap "rm -rf -- $(printf %q "$notes")" EXIT
    log=$notes/log
    make_class_archive "$notes/archive" "$library/cli.classes" "$notes" >"$log" 2>&1 || status=$?
    if is_interruption "$status"; then
        exit "$status"
    fi
    if ((status != 0)); then
        cat "$log" >&2
        fail 1 "$java_home cannot make an archive of classes: see its messages above; commands start without, but later"
    fi
    chmod 644 "$notes/archive"
    mv -f "$notes/archive" "$archive"
    rm -rf "$notes"
    # A JVM that has one of these mapped keeps it.
    IFS= read -r hash <"$library/cli.hash"
    for old in "$archives"/cli-*.jsa; do
        [[ ${old##*/} == "cli-$hash-"* ]] || rm -f "$old"
    done
}
