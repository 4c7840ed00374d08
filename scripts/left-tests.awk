# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Reads what the test listener wrote on each JDK, the words "jdk VERSION" before each JDK's lines. Prints how many of the
# tests that run on one JDK each of them took, and each test that every one left to another; ends with 1 if there is any.

$1 == "jdk" {
    jdk = $2
    order[++jdks] = jdk
    next
}

# What has run, failed, or was skipped with a reason that was printed has had its turn.
{
    name = $3
    if ($1 == "left") {
        left[name] = 1
        next
    }
    taken[jdk, name] = 1
    has_turn[name] = 1
    # A class that is left as a whole names its methods, without the invocations that they would have had.
    if (sub(/#[0-9]+$/, "", name)) {
        taken[jdk, name] = 1
        has_turn[name] = 1
    }
}

END {
    for (name in left) {
        all++
        for (i = 1; i <= jdks; i++) {
            count[i] += ((order[i], name) in taken)
        }
        if (!(name in has_turn)) {
            printf "NOWHERE  %s: each JDK left it to another\n", name | "sort"
            bad = 1
        }
    }
    close("sort")
    if (all) {
        printf "\n=== Of %d tests that run on one JDK:", all
        for (i = 1; i <= jdks; i++) {
            printf "%s %d on JDK %s", (i > 1 ? "," : ""), count[i], order[i]
        }
        print ""
    }
    exit bad
}
