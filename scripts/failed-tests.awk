# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Reads Surefire's reports, and prints "  CLASS#METHOD: MESSAGE" for each test that failed; "  CLASS: MESSAGE" where the
# class itself did. Of the message it is the begin, on one line: a failure that comes once in a hundred runs has left its
# seed and its values there, and nowhere else.

function attribute(name) {
    return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : ""
}

function plain(text) {
    gsub(/&#10;|&#13;|[ \t]+/, " ", text)
    gsub(/ +/, " ", text)
    gsub(/&lt;/, "<", text)
    gsub(/&gt;/, ">", text)
    gsub(/&quot;/, "\"", text)
    gsub(/&apos;/, "'", text)
    gsub(/&amp;/, "\\&", text)
    sub(/^ /, "", text)
    return length(text) > 400 ? substr(text, 1, 400) "..." : text
}

/^ *<testcase / {
    class = attribute("classname")
    method = attribute("name")
}

/^ *<(failure|error)[ >]/ {
    message = plain(attribute("message"))
    print "  " class (method == "" ? "" : "#" method) (message == "" ? "" : ": " message)
}
