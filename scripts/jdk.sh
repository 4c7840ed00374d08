# shellcheck shell=bash
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Finds JDKs, or Java runtimes where these are enough. A JDK is a directory with bin/java and bin/javac, a runtime one
# with bin/java; its version comes from its file "release", which costs no start of a JVM.

readonly OLDEST_JDK=17
# The program that must be there beside bin/java, and what has it.
java_tool=javac
java_kind=JDK

# Prints the version of the JDK at $1, such as 17.0.15; fails if there is none.
jdk_version() {
    local line
    [[ -x $1/bin/java && -x $1/bin/$java_tool ]] || return 1
    if [[ -r $1/release ]]; then
        while IFS= read -r line; do
            if [[ $line == JAVA_VERSION=* ]]; then
                line=${line#JAVA_VERSION=}
                printf '%s\n' "${line//\"/}"
                return 0
            fi
        done <"$1/release"
    fi
    line=$("$1/bin/java" -XshowSettings:properties -version 2>&1 </dev/null | sed -n 's/^ *java\.version = //p')
    [[ -n $line ]] && printf '%s\n' "$line"
}

# Prints the feature release of a version: 17 of 17.0.15, 8 of 1.8.0.
jdk_feature() {
    local version=${1#1.}
    printf '%s\n' "${version%%[!0-9]*}"
}

# Prints "version<TAB>home" of the JDK at $1 if it is new enough.
jdk_entry() {
    local version feature
    version=$(jdk_version "$1") || return 1
    feature=$(jdk_feature "$version")
    [[ -n $feature ]] && ((feature >= OLDEST_JDK)) && printf '%s\t%s\n' "$version" "$1"
}

# Prints a path of the environment, which is relative to the working directory that the launcher was started in.
absolute() {
    [[ $1 == /* ]] && printf '%s\n' "$1" || printf '%s\n' "${directory:-$PWD}/$1"
}

# Sets jdk_list to what jdks prints. If jdks fails, ends the launcher.
find_jdks() {
    # shellcheck disable=SC2034 # the other scripts use it
    jdk_list=$(jdks) || exit 1
}

# Prints "version<TAB>home" of every JDK that may be used, newest first. If SLUICE_JAVA_HOME is set, only the JDK that
# it names is printed, and it is an error if it names no JDK.
jdks() {
    local tool home
    local -a places=()
    if [[ -n ${SLUICE_JAVA_HOME:-} ]]; then
        home=$(absolute "$SLUICE_JAVA_HOME")
        jdk_entry "$home" || fail 1 "SLUICE_JAVA_HOME=$SLUICE_JAVA_HOME is not a $java_kind of $OLDEST_JDK or later:" \
            "point it at the directory that holds bin/$java_tool of one, or unset it to use the newest installed"
        return
    fi
    if [[ -n ${JAVA_HOME:-} ]]; then
        places+=("$(absolute "$JAVA_HOME")")
    fi
    places+=(/usr/lib/jvm/*)
    tool=$(command -v "$java_tool") && tool=$(readlink -f -- "$tool") && places+=("${tool%/bin/"$java_tool"}")
    while IFS= read -r home; do
        jdk_entry "$home" || :
    done < <(readlink -e -- "${places[@]}" | sort -u) | sort -t $'\t' -k 1,1Vr
}
