# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Reads the list of required kernel tests and then what the test listener wrote on one JDK, a line for each invocation:
# "ran|skipped|failed|left kernel|other CLASS#METHOD[#N] [why]". Prints one line for each kernel test. Ends with 1 if
# "require" is set and a listed one neither ran nor was left to another JDK; left-tests.awk sees to the latter.
# One that is listed with "long" behind it need run only if "long" is set.

/^[[:space:]]*(#|$)/ {
    next
}

FILENAME != "-" {
    if ($2 != "long" || long) {
        required[$1] = 1
    }
    next
}

$2 != "kernel" {
    next
}

# The worst invocation counts: failed before skipped before ran before left.
{
    name = $3
    sub(/#[0-9]+$/, "", name)
    rank = $1 == "failed" ? 4 : $1 == "skipped" ? 3 : $1 == "ran" ? 2 : 1
    if (rank > worst[name]) {
        worst[name] = rank
        why = $0
        sub(/^[^ ]+ [^ ]+ [^ ]+ ?/, "", why)
        reason[name] = rank == 1 ? "" : why
    }
}

END {
    split("left ran skipped failed", word, " ")
    for (name in worst) {
        count[worst[name]]++
    }
    printf "\n=== Kernel tests on JDK %s: %d ran, %d skipped, %d failed%s\n", jdk, count[2], count[3], count[4],
        count[1] ? ", " count[1] " left to another JDK" : ""
    fflush()
    sorter = "sort -k 2"
    for (name in worst) {
        printf "%-8s %s%s\n", word[worst[name]], name, reason[name] == "" ? "" : ": " reason[name] | sorter
    }
    close(sorter)
    for (name in required) {
        if (!(name in worst) || worst[name] == 3) {
            printf "%-8s %s, listed in config/kernel-tests.txt\n", (name in worst) ? "SKIPPED" : "MISSING", name
            bad = 1
        }
    }
    exit require && bad
}
