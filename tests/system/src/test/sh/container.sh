#!/bin/sh
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# What an engine does to a container that follows Kubernetes' "restricted" rules, from inside the pod's namespaces and
# mounts of its own: a root that cannot be written, with this machine's /usr and the image's files, /proc of the pod, a
# /dev with hardly anything, volumes; then the command, as an ordinary user without any right.
#
# usage: container.sh ROOT IMAGE UID VOLUME... -- COMMAND...
#   ROOT    an empty directory
#   IMAGE   a directory with the program "restrict" in it, which is /image in the container
#   VOLUME  PATH=DIRECTORY
set -eu
root=$1
image=$2
uid=$3
shift 3
mount --make-rprivate /
mount -t tmpfs -o mode=755 none "$root"
mkdir "$root"/usr "$root"/etc "$root"/proc "$root"/dev "$root"/tmp "$root"/image
for link in /bin /sbin /lib /lib32 /lib64; do
    if [ -L "$link" ]; then
        ln -s "$(readlink "$link")" "$root$link"
    fi
done
mount --bind /usr "$root/usr"
mount -o remount,bind,ro "$root/usr"
mount --bind /etc "$root/etc"
mount -o remount,bind,ro "$root/etc"
mount --bind "$image" "$root/image"
mount -o remount,bind,ro "$root/image"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 none "$root/dev"
mkdir "$root/dev/shm"
mount -t tmpfs -o mode=1777,size=64m none "$root/dev/shm"
for device in null zero random urandom; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
while [ "$1" != -- ]; do
    mkdir -p "$root${1%%=*}"
    mount --bind "${1#*=}" "$root${1%%=*}"
    shift
done
shift
mount -o remount,ro "$root"
cd "$root"
exec chroot . /usr/bin/setpriv --reuid="$uid" --regid="$uid" --clear-groups --no-new-privs --inh-caps=-all \
    --bounding-set=-all -- /image/restrict "$@"
