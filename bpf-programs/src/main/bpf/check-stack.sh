#!/bin/sh
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Fails if a function of an object, a program or a subprogram, uses more than LIMIT bytes of BPF stack, and names it. As
# the verifier, it takes the lowest address below the frame pointer (r10) that is accessed or handed on: each function
# has a frame of its own, and the kernel decides for each by itself.
#
# usage: check-stack.sh LIMIT OBJECT...        environment: LLVM_OBJDUMP
set -eu

limit=$1
shift
objdump=${LLVM_OBJDUMP:-llvm-objdump}
if ! command -v "$objdump" > /dev/null 2>&1; then
    echo "WARNING: the stacks of the eBPF objects are checked by the compiler only: llvm-objdump is missing" \
        "(apt-get install llvm)" >&2
    exit 0
fi
for object; do
    # Newer versions print offsets in hexadecimal.
    "$objdump" -d --no-show-raw-insn "$object" | awk -v limit="$limit" -v object="${object##*/}" '
        function number(text,   value, i) {
            if (text !~ /^0x/) {
                return text + 0
            }
            value = 0
            for (i = 3; i <= length(text); i++) {
                value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
            }
            return value
        }
        function uses(depth) {
            if (depth > deepest[current]) {
                deepest[current] = depth
            }
        }
        # A label inside a function has the name of a basic block.
        /^[0-9a-f]+ <.*>:$/ && !/<LBB/ {
            current = $2
            gsub(/[<>:]/, "", current)
            deepest[current] = 0
            functions++
        }
        match($0, /r10 - (0x)?[0-9a-f]+/) {
            uses(number(substr($0, RSTART + 6, RLENGTH - 6)))
        }
        match($0, /r[0-9] \+= -(0x)?[0-9a-f]+$/) {
            if (frame[substr($0, RSTART, 2)]) {
                uses(number(substr($0, RSTART + 7)))
                frame[substr($0, RSTART, 2)] = 0
            }
            next
        }
        match($0, /r[0-9] [-+]= r[0-9]+$/) && (frame[substr($0, RSTART, 2)] || $NF == "r10") {
            print object ": " current ": an address in the stack that is computed: " $0
            failed = 1
        }
        match($0, /r[0-9] = /) {
            frame[substr($0, RSTART, 2)] = $NF == "r10"
        }
        END {
            if (functions == 0) {
                print object ": no function found in the disassembly"
                failed = 1
            }
            for (name in deepest) {
                if (deepest[name] > limit) {
                    print object ": " name " uses " deepest[name] " bytes of stack, more than " limit
                    failed = 1
                }
            }
            exit failed
        }' >&2 || {
        echo "ERROR: see SLUICE_STACK_LIMIT in build.sh" >&2
        exit 1
    }
done
