# shellcheck shell=bash
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Makes the archive of the command's classes, from which short commands start: decision 0156.

# Prints the file name of the archive for the Java runtime in use.
class_archive_name() {
    printf '%s\n' "cli-${java_version//[^0-9A-Za-z.+_-]/_}.jsa"
}

# Makes archive $1, of the classes that two short commands load and those named in file $2, one a line: a JVM maps them
# instead of reading and checking each. $3: a directory for notes, which are removed. Fails, and leaves none, if this
# Java runtime cannot make one.
make_class_archive() {
    local archive=$1 names=$2 notes=$3 made=0
    local -a java=("${java_home:?}/bin/java" "@${jvm_args_file:?}" ${native_flags[@]+"${native_flags[@]}"}
        -cp "$(class_path cli)")
    {
        "${java[@]}" "-XX:DumpLoadedClassList=$notes/help" dev.sluice.cli.Main report --help &&
            { "${java[@]}" "-XX:DumpLoadedClassList=$notes/list" dev.sluice.cli.Main list -p $$ || :; } &&
            cat "$names" >>"$notes/list" &&
            # What the second list and the names have beyond the first. Its numbers are of its own.
            awk 'FNR == NR { print } FNR != NR && /^[^#@]/ && !/source:/ && !($1 in seen) { print $1 } { seen[$1] }' \
                "$notes/help" "$notes/list" >"$notes/classes" &&
            "${java[@]}" -XX:+UseG1GC -Xshare:dump "-XX:SharedClassListFile=$notes/classes" \
                "-XX:SharedArchiveFile=$archive"
    } </dev/null || made=1
    rm -f "$notes"/{help,list,classes}
    if ((made != 0)); then
        rm -f "$archive"
    fi
    return "$made"
}
