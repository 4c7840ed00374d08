# shellcheck shell=bash
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Makes the archive of the command's classes, from which short commands start: decision 0156.

# Prints the file name of the archive for the Java runtime in use, which is named by its version and its place: two of
# one version would take the archive from each other. $1, where given, names the jars. Is called in a subshell, whose
# directory it changes: a runtime has one place, by whichever link it was named.
class_archive_name() {
    local name
    cd -P -- "${java_home:?}"
    name=${java_version:?}-$PWD
    name=${name//[^0-9A-Za-z.+_-]/_}
    # No file's name may have more than 255 bytes.
    printf '%s\n' "cli-${1:+$1-}${name:0:200}.jsa"
}

# Makes archive $1, of the classes that short commands load and those named in file $2, one a line: a JVM maps them
# instead of reading and checking each. $3: a directory for notes, which are removed. Fails, and leaves none, if this
# Java runtime cannot make one, or was interrupted: is_interruption tells by the status.
make_class_archive() {
    local archive=$1 names=$2 notes=$3 status=0 interrupted='' child=''
    local -a java=("${java_home:?}/bin/java" "@${jvm_args_file:?}" ${native_flags[@]+"${native_flags[@]}"}
        -cp "$(class_path cli)")
    mkdir "$notes/room"
    # A signal may come to this shell alone, and it ends the JVM as well. The commands have handlers of their own, so
    # that the JVM's status need not tell.
    trap 'interrupted=129; end_child' HUP
    trap 'interrupted=130; end_child' INT
    trap 'interrupted=143; end_child' TERM
    # All that the commands leave is below that directory. What fails of them is missing in the archive, no more.
    # They keep the rights that they have, and the trace its owner: no recorder is to give it to who called sudo.
    await_child env -u SUDO_UID -u SUDO_GID "${java[@]}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
        "-Djava.io.tmpdir=$notes/room" "-XX:DumpLoadedClassList=$notes/list" dev.sluice.cli.archive.Main \
        "$notes/room" || status=$?
    status=${interrupted:-$status}
    if ! is_interruption "$status"; then
        # What the JVM's own loaders load, the JVM's code for lambdas, and what only the names have. Not the lines
        # of constants that are looked up beforehand (@cp): for these a JVM links interfaces of picocli, whose
        # class files are of Java 5, and what is old and linked is left out, with all that depends on it.
        status=0
        { awk 'FNR == NR && !/source:|^@cp |[$]Proxy[0-9]/ { print }
            FNR != NR && !($1 in seen) { print $1 }
            { seen[$1] }' "$notes/list" "$names" >"$notes/classes" &&
            await_child "${java[@]}" -XX:+UseG1GC -Xshare:dump "-XX:SharedClassListFile=$notes/classes" \
                "-XX:SharedArchiveFile=$archive"; } || status=$?
        status=${interrupted:-$status}
    fi
    trap - HUP INT TERM
    rm -rf "$notes"/{room,list,classes}
    if ((status != 0)); then
        rm -f "$archive"
    fi
    return "$status"
}

# Runs a program to its end. Its number is in the caller's "child" meanwhile, for the caller's traps: a shell runs these
# at once only while it is in "wait".
await_child() {
    local status
    "$@" </dev/null &
    child=$!
    # The signal may have come before the number was known.
    [[ -z $interrupted ]] || end_child
    while :; do
        status=0
        # A signal ends it before the program has ended.
        wait "$child" || status=$?
        kill -0 "$child" 2>/dev/null || break
    done
    child=
    return "$status"
}

# Ends the program that await_child waits for, if there is one.
end_child() {
    [[ -z $child ]] || kill -TERM "$child" 2>/dev/null || :
}

# Whether a JVM's exit status says that somebody has interrupted it: it answers SIGHUP, SIGINT and SIGTERM by a status,
# so that the shell, which waits for it, goes on after a Ctrl-C as if it had failed.
is_interruption() {
    [[ $1 == @(129|130|143) ]]
}
