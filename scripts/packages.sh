# shellcheck shell=bash
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# What the machine must have, by purpose, and its installation through apt.

have_library() {
    compgen -G "/usr/lib*/$1" >/dev/null || compgen -G "/usr/lib/*-linux-gnu*/$1" >/dev/null \
        || compgen -G "/lib/*-linux-gnu*/$1" >/dev/null || compgen -G "/usr/local/lib*/$1" >/dev/null
}

have_header() {
    [[ -e /usr/include/$1 || -e /usr/local/include/$1 ]] || compgen -G "/usr/include/*-linux-gnu*/$1" >/dev/null
}

# Prints the packages that are missing, one a line. $1: run, build, test or kernels, each of which includes the one
# before; or long, which is test and what only the long profile needs.
missing_packages() {
    [[ -n ${jdk_list:-} ]] || echo default-jdk-headless
    have_library libbpf.so.1 || echo libbpf1
    [[ $1 != run ]] || return 0
    command -v mvn >/dev/null || [[ -n ${MAVEN_HOME:-}${MVNW_REPOURL:-} ]] || echo maven
    command -v clang >/dev/null || echo clang
    command -v llvm-strip >/dev/null || echo llvm
    have_header bpf/bpf_helpers.h || echo libbpf-dev
    [[ $1 != build ]] || return 0
    command -v bpftool >/dev/null || [[ -x /usr/sbin/bpftool ]] || echo bpftool
    command -v bpftrace >/dev/null || echo bpftrace
    command -v babeltrace2 >/dev/null || echo babeltrace2
    command -v python3 >/dev/null || echo python3
    command -v protoc >/dev/null || echo protobuf-compiler
    command -v gcc >/dev/null || echo gcc
    command -v readelf >/dev/null || echo binutils
    have_header stdio.h || echo libc6-dev
    have_header sys/sdt.h || echo systemtap-sdt-dev
    command -v shellcheck >/dev/null || echo shellcheck
    # What "top" draws on, and who reads completions and pages of man.
    command -v tmux >/dev/null || echo tmux
    command -v zsh >/dev/null || echo zsh
    command -v fish >/dev/null || echo fish
    command -v man >/dev/null || echo man-db
    command -v gdb >/dev/null || echo gdb
    command -v perf >/dev/null || echo linux-perf
    command -v tplist-bpfcc >/dev/null || echo bpfcc-tools
    # An emulated aarch64 program loads the stubs that are written for it.
    command -v qemu-aarch64 >/dev/null || echo qemu-user
    command -v aarch64-linux-gnu-gcc >/dev/null || printf '%s\n' gcc-aarch64-linux-gnu libc6-dev-arm64-cross
    [[ $1 != test ]] || return 0
    if [[ $1 == long ]]; then
        # The .deb is installed on a Debian that is made anew.
        command -v debootstrap >/dev/null || [[ -x /usr/sbin/debootstrap ]] || echo debootstrap
        return 0
    fi
    command -v qemu-system-x86_64 >/dev/null || echo qemu-system-x86
    command -v busybox >/dev/null || echo busybox-static
    command -v cpio >/dev/null || echo cpio
    command -v mkfs.ext4 >/dev/null || [[ -x /usr/sbin/mkfs.ext4 ]] || echo e2fsprogs
}

# Whether all packages are ones without which the command still reads traces, and drains in shared mode: it says itself
# what it cannot do, and why.
only_bpf_needs() {
    local package
    for package in "$@"; do
        case $package in
            libbpf1 | libbpf-dev | clang | llvm) ;;
            *) return 1 ;;
        esac
    done
}

# Why nothing is installed for the command that runs; empty if it may be.
keep_out_why=

# Installs what is missing for $1 as root, or says in one message what to install.
ensure_packages() {
    local purpose=$1 why
    local -a packages
    mapfile -t packages < <(missing_packages "$purpose")
    ((${#packages[@]} > 0)) || return 0
    if [[ -n ${SLUICE_NO_INSTALL:-} ]]; then
        why="--no-install forbids installing"
    elif [[ -n $keep_out_why ]]; then
        why=$keep_out_why
    elif [[ $(id -u) != 0 ]]; then
        why="only root can install"
    elif ! command -v apt-get >/dev/null; then
        why="this system has no apt-get"
    else
        install_packages "${packages[@]}"
        return
    fi
    if [[ $purpose != @(test|long) ]] && only_bpf_needs "${packages[@]}"; then
        return 0
    fi
    if [[ $purpose == long ]]; then
        purpose=test
    fi
    fail 1 "missing to $purpose Sluice, and $why: install with: apt-get install ${packages[*]}"
}

install_packages() {
    local log
    progress "installing ${*}"
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    # A failed update is not the end: the lists that are there may do.
    apt-get -q update </dev/null >"$log" 2>&1 || :
    if ! apt-get -q install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        fail 1 "apt-get could not install $*: see its messages above, install them and try again"
    fi
    rm -f "$log"
    hash -r
    find_jdks
}
