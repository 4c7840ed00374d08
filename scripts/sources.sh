# shellcheck shell=bash
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# A copy of the sources: what is built in it has nothing of earlier builds, and disturbs none.

# Copies the sources into directory $1, without anything that a build has made.
copy_sources() {
    rm -rf "$1"
    mkdir -p "$1"
    tar -C "${root:?}" --no-wildcards-match-slash --exclude=./.git --exclude='./target' --exclude='./*/target' \
        --exclude='./dist/*/target' --exclude='./tests/*/target' -cf - . | tar -C "$1" -xf -
}
