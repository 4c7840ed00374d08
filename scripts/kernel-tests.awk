# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Reads the list of required kernel tests and then what the test listener wrote, "ran|skipped|failed CLASS#METHOD [why]"
# once per invocation, and prints one line for each test. Ends with 1 if "require" is set and a listed one did not run.

/^[[:space:]]*(#|$)/ {
    next
}

FILENAME != "-" {
    required[$1] = 1
    next
}

# The worst invocation counts: failed before skipped before ran.
{
    rank = $1 == "failed" ? 3 : $1 == "skipped" ? 2 : 1
    if (rank > worst[$2]) {
        worst[$2] = rank
        why = $0
        sub(/^[^ ]+ [^ ]+ ?/, "", why)
        reason[$2] = why
    }
}

END {
    split("ran skipped failed", word, " ")
    for (name in worst) {
        count[worst[name]]++
    }
    printf "\n=== Kernel tests on JDK %s: %d ran, %d skipped, %d failed\n", jdk, count[1], count[2], count[3]
    fflush()
    sorter = "sort -k 2"
    for (name in worst) {
        printf "%-8s %s%s\n", word[worst[name]], name, reason[name] == "" ? "" : ": " reason[name] | sorter
    }
    close(sorter)
    for (name in required) {
        if (!(name in worst) || worst[name] == 2) {
            printf "%-8s %s, listed in config/kernel-tests.txt\n", (name in worst) ? "SKIPPED" : "MISSING", name
            bad = 1
        }
    }
    exit require && bad
}
