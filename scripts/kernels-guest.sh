#!/bin/sh
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Process 1 of a kernel that "sluice test --kernels" has booted: mounts what is needed, runs the cases that the kernel's
# command line names, and switches off.
b=/bin/busybox
$b --install -s /bin
export PATH=/bin HOME=/
mount -t proc proc /proc
mount -t sysfs sys /sys
[ -e /dev/null ] || mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mkdir -p /dev/shm /dev/pts
mount -t tmpfs shm /dev/shm
mount -t devpts pts /dev/pts
mount -t debugfs debug /sys/kernel/debug
mount -t tracefs trace /sys/kernel/tracing
ln -s /proc/self/fd /dev/fd 2>/dev/null
ip link set lo up
value() {
    sed "s/.*sluice.$1=\([^ ]*\).*/\1/" /proc/cmdline
}
java=$(cat /opt/sluice/java-home)/bin/java
exec >/dev/ttyS0 2>&1
echo
echo "KERNEL $(uname -r) preempt $(cat /sys/kernel/debug/sched/preempt)"
cd /tmp || exit
echo "STACK $(/opt/sluice/private_stack /opt/sluice/private_stack.bpf.o 10)"
# shellcheck disable=SC2046 # a list of cases
$java @/opt/sluice/jvm.args -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -cp "/opt/sluice/classes:$(echo /opt/sluice/jars/*.jar | tr ' ' :)" \
    dev.sluice.system.kernels.KernelCases "$(value runs)" $(value cases | tr , ' ')
dmesg | grep -i -E 'bug:|warning:|oops|stall' | head -n 20
echo "END"
sync
poweroff -f
