# shellcheck shell=bash
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Messages of the launcher. Everything goes to the error stream: the output belongs to the program that is started.

# Ends the launcher. $1: exit status; the rest: what went wrong, why, and the remedy.
fail() {
    local status=$1
    shift
    printf 'sluice: %s\n' "$*" >&2
    exit "$status"
}

# Says what takes long, on a terminal only.
progress() {
    if [[ -t 2 ]]; then
        printf 'sluice: %s\n' "$*" >&2
    fi
}
