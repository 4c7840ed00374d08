# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Reads Surefire's reports, and prints "  CLASS#METHOD" for each test that failed; "  CLASS" where the class itself did.

function attribute(name) {
    return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : ""
}

/^ *<testcase / {
    class = attribute("classname")
    method = attribute("name")
}

/^ *<(failure|error)[ >]/ {
    print "  " class (method == "" ? "" : "#" method)
}
