#!/bin/bash
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Makes a Debian of this machine's suite in an empty directory ROOT, as debootstrap does, from the mirror that apt has
# here, with some packages more. As root.
#
# usage: fresh-debian.sh ROOT PACKAGE...
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
root=$1
shift
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Release: $suite" 'Component: main' |
    head -n 1)
if [[ -z $mirror ]]; then
    echo "apt has no mirror of $suite" >&2
    exit 1
fi
debootstrap --variant=minbase "--include=$(IFS=, && echo "$*")" "$suite" "$root" "$mirror"
