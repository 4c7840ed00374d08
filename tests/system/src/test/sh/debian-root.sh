#!/bin/bash
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Copies packages of the Debian that runs, and all that they depend on, into an empty directory ROOT: a system of its
# own for chroot, with what these packages bring and nothing else. As root.
#
# usage: debian-root.sh ROOT PACKAGE...
set -euo pipefail
export LC_ALL=C
root=$1
shift

declare -A provider depends chosen
# What separates them is no blank, of which read would take several for one.
while IFS=$'\x1f' read -r package provides needs; do
    depends[$package]=$needs
    provider[$package]=$package
    while read -r name; do
        [[ -n ${provider[$name]:-} ]] || provider[$name]=$package
    done < <(tr ',' '\n' <<<"$provides" | sed 's/ *(.*//; s/ //g; /^$/d')
done < <(dpkg-query -W -f $'${db:Status-Abbrev}\x1f${Package}\x1f${Provides}\x1f${Pre-Depends}, ${Depends}\n' |
    sed -n $'s/^ii *\x1f//p')

queue=("$@")
while ((${#queue[@]} > 0)); do
    name=${queue[0]}
    queue=("${queue[@]:1}")
    package=${provider[$name]:-}
    if [[ -z $package ]]; then
        echo "$name is not installed here: apt-get install $name" >&2
        exit 1
    fi
    if [[ -n ${chosen[$package]:-} ]]; then
        continue
    fi
    chosen[$package]=1
    # Of alternatives the first one that is installed.
    while IFS= read -r choice; do
        while read -r one; do
            if [[ -n ${provider[$one]:-} ]]; then
                queue+=("$one")
                break
            fi
        done < <(tr '|' '\n' <<<"$choice" | sed 's/(.*//; s/:[a-z]*//; s/ //g; /^$/d')
    done < <(tr ',' '\n' <<<"${depends[$package]}")
done

mkdir -p "$root"/{proc,sys,dev,tmp,root,var/lib/dpkg/{info,updates,triggers},var/log}
for link in /bin /sbin /lib /lib32 /lib64 /libx32; do
    if [[ -L $link ]]; then
        mkdir -p "$root/$(readlink "$link")"
        ln -s "$(readlink "$link")" "$root$link"
    fi
done
dpkg-query -L "${!chosen[@]}" | grep '^/.' | sort -u | while IFS= read -r file; do
    # What a package has, but this system was told to leave out.
    if [[ -e $file || -L $file ]]; then
        printf '%s\n' "${file#/}"
    fi
done | tar -C / --no-recursion -cf - -T - 2>/dev/null | tar -C "$root" --keep-directory-symlink -xf -
for package in "${!chosen[@]}"; do
    dpkg-query -s "$package"
    echo
    cp /var/lib/dpkg/info/"$package"[.:]* "$root/var/lib/dpkg/info"
done >"$root/var/lib/dpkg/status"
cp /var/lib/dpkg/info/format "$root/var/lib/dpkg/info"
echo root:x:0:0:root:/root:/bin/sh >"$root/etc/passwd"
# What Debian's alternatives make of it.
ln -sf mawk "$root/usr/bin/awk"
chroot "$root" /sbin/ldconfig
