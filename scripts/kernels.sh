# shellcheck shell=bash
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Other kernels, booted under an emulator: "sluice test --kernels". Each kernel gets two processors and a root file
# system with the files that it needs from this machine, and runs dev.sluice.system.kernels.KernelCases and
# private_stack.c. See docs/kernels.md.

readonly kernels_work=${root:?}/target/kernels
# The kernels, separated by commas: a version or "newest", and how the kernel preempts. SLUICE_KERNELS names others.
readonly default_kernels='newest lazy,newest full,6.12 full'
readonly kernel_cases=${SLUICE_KERNEL_CASES:-batch,record,trap}
readonly kernel_case_runs=${SLUICE_KERNEL_RUNS:-10}
readonly kernel_timeout_s=${SLUICE_KERNEL_TIMEOUT:-5400}
# While a kernel boots, it measures its timers. If the emulator gets no processor during that time, the result is wrong,
# so the kernel is told to skip every measurement that it does not need.
readonly kernel_flags='console=ttyS0 quiet panic=-1 random.trust_cpu=on mitigations=off nowatchdog'\
' no_timer_check clocksource=hpet tsc=unstable lpj=4000000'
readonly virtio_modules=(virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk)

# Boots each kernel and prints its result; fails if a kernel failed.
run_kernels() {
    local version mode failed=0
    local -a summary=()
    mkdir -p "$kernels_work"
    exec 8>"$kernels_work/lock"
    flock -n 8 || fail 1 "the kernels are being tested already in this checkout: wait for that, or use another clone"
    maven -q -Dcheckstyle.skip -DskipTests -pl tests/system -am test-compile 8>&- >"$kernels_work/build.log" 2>&1 \
        || fail 1 "the tests cannot be compiled: see Maven's messages in $kernels_work/build.log"
    make_guest_image
    while read -r -d , version mode; do
        fetch_kernel "$version"
        make_initrd "$version"
        if boot_kernel "$version" "$mode"; then
            summary+=("$kernel_release preempt=$mode: all right")
        else
            summary+=("$kernel_release preempt=$mode: FAILED, see $kernels_work/$version-$mode.log")
            failed=1
        fi
    done <<<"${SLUICE_KERNELS:-$default_kernels},"
    printf '%s\n' "${summary[@]}"
    return "$failed"
}

# Runs apt with package lists of its own, so that those of this machine do not change.
kernels_apt() {
    local command=$1
    shift
    "$command" -q -o Dir::Etc::SourceList="$kernels_work/apt/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::State::Lists="$kernels_work/apt/lists" -o Dir::Cache="$kernels_work/apt/cache" \
        -o APT::Sandbox::User=root -o Acquire::Languages=none "$@"
}

# Unpacks kernel $1 into its folder, once.
fetch_kernel() {
    local folder=$kernels_work/$1 package packages
    if [[ ! -e $folder/done ]]; then
        update_kernel_lists
        # Newer kernels have a package for the modules and another for the binary; older kernels have both in one.
        packages=$(kernels_apt apt-cache search --names-only '^linux-(image|binary)-[0-9].*-cloud-amd64$' |
            cut -d ' ' -f 1 | grep -v -e 'unsigned' -e '~' | sort -t - -k 3 -V)
        if [[ $1 != newest ]]; then
            packages=$(grep -E -e "^linux-(image|binary)-${1//./\\.}\\." <<<"$packages" || :)
        fi
        package=$(tail -n 1 <<<"$packages")
        [[ -n $package ]] || fail 1 "Debian has no kernel $1: SLUICE_KERNELS names others, such as '6.12 full'"
        package=${package#linux-image-}
        package=${package#linux-binary-}
        rm -rf "$folder"
        mkdir -p "$folder/root" "$folder/debs"
        if grep -q "^linux-binary-$package\$" <<<"$packages"; then
            packages="linux-binary-$package linux-modules-$package"
        else
            packages=linux-image-$package
        fi
        # shellcheck disable=SC2086 # a list of packages
        (cd "$folder/debs" && kernels_apt apt-get download $packages) >"$folder/log" 2>&1 \
            || fail 1 "apt-get could not download $packages: see $folder/log"
        for package in "$folder"/debs/*.deb; do
            dpkg-deb -x "$package" "$folder/root"
        done
        touch "$folder/done"
    fi
    kernel_image=$(find "$folder/root" -name 'vmlinuz*' -type f -print -quit)
    kernel_release=$(basename "$(find "$folder/root" -maxdepth 5 -path '*/lib/modules/*' -prune -print -quit)")
}

# The lists of Debian's suites that have kernels, from where this machine has its own.
update_kernel_lists() {
    local mirror suite
    [[ ! -e $kernels_work/apt/updated ]] || return 0
    # shellcheck disable=SC2016 # a format of apt's
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
    [[ -n $mirror ]] || fail 1 "the kernels are Debian's, and apt on this machine knows no mirror of Debian"
    mkdir -p "$kernels_work/apt/lists/partial" "$kernels_work/apt/cache/archives/partial"
    for suite in sid trixie bookworm; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
    done >"$kernels_work/apt/sources.list"
    kernels_apt apt-get update >"$kernels_work/apt/log" 2>&1 \
        || fail 1 "apt-get could not read the lists of Debian's suites: see $kernels_work/apt/log"
    touch "$kernels_work/apt/updated"
}

# The guest's root: a shell, a JVM, libbpf with what they need, and what is to be tested.
make_guest_image() {
    local guest=$kernels_work/guest home library
    home=$(readlink -f "$(tail -n 1 <<<"${jdk_list:?}" | cut -f 2)")
    rm -rf "$guest"
    mkdir -p "$guest"/{bin,dev,proc,sys,tmp,run,opt/sluice,etc,lib64,usr/lib}
    cp "$(command -v busybox)" "$guest/bin/busybox"
    # Some of its links lead to files of packages that are not installed.
    cp -rL --parents "$home" "$guest" 2>"$kernels_work/copy.log" || [[ -x $guest$home/bin/java ]]
    rm -rf "$guest$home"/{jmods,man,legal,lib/src.zip,lib/ct.sym}
    library=$(find /usr/lib /lib -name libbpf.so.1 -print -quit 2>/dev/null)
    gcc -O2 -o "$guest/opt/sluice/private_stack" "$root/bpf-programs/src/test/c/private_stack.c" -lbpf -lpthread
    clang -idirafter "/usr/include/$(uname -m)-linux-gnu" -O2 -g -target bpf -c \
        "$root/bpf-programs/src/test/c/private_stack.bpf.c" -o "$guest/opt/sluice/private_stack.bpf.o"
    {
        echo "$library"
        find "$home" -name '*.so' -print0 |
            xargs -0 ldd "$home/bin/java" "$library" "$guest/opt/sluice/private_stack" 2>/dev/null |
            grep -o '^[^(]*/[^ :]*\.so[^ :]*' | sed 's/.* //; s/^[[:space:]]*//' | grep -v "^$home" || :
        # JNA's own and the C library's parts that nothing links to.
        find /lib/*-linux-gnu* -name 'libnss_files.so.2' -o -name 'libresolv.so.2' -o -name 'libdl.so.2'
    } | sort -u | while read -r library; do
        if [[ -e $library ]]; then
            cp -L --parents "$library" "$guest"
        fi
    done
    cp -r "$root/tests/system/target/test-classes" "$guest/opt/sluice/classes"
    mkdir "$guest/opt/sluice/jars"
    cp "$(readlink -f "${state:?}/current")"/cli/*.jar "$guest/opt/sluice/jars"
    cp "$root/config/jvm-17.args" "$guest/opt/sluice/jvm.args"
    printf '%s\n' "$home" >"$guest/opt/sluice/java-home"
    printf 'root:x:0:0:root:/:/bin/sh\n' >"$guest/etc/passwd"
    {
        echo '#!/bin/busybox sh'
        cat "$root/scripts/kernels-guest.sh"
    } >"$guest/init"
    chmod 755 "$guest/init"
    rm -f "$kernels_work/guest.img"
    mkfs.ext4 -q -d "$guest" "$kernels_work/guest.img" 1500M >"$kernels_work/mkfs.log" 2>&1 \
        || fail 1 "mkfs.ext4 could not make the guest's root: see $kernels_work/mkfs.log"
    rm -rf "$guest"
}

# What finds the root: the drivers of the emulator's disk.
make_initrd() {
    local folder=$kernels_work/$1/initrd module file
    rm -rf "$folder"
    mkdir -p "$folder"/{bin,dev,proc,sys,new,modules}
    cp "$(command -v busybox)" "$folder/bin/busybox"
    for module in "${virtio_modules[@]}"; do
        file=$(find "$kernels_work/$1/root" -name "$module.ko*" -print -quit)
        case $file in
            '') ;;
            *.xz) xz -dc "$file" >"$folder/modules/$module.ko" ;;
            *.zst) zstd -qdc "$file" >"$folder/modules/$module.ko" ;;
            *) cp "$file" "$folder/modules/$module.ko" ;;
        esac
    done
    cat >"$folder/init" <<EOF
#!/bin/busybox sh
b=/bin/busybox
\$b mount -t devtmpfs dev /dev
for module in ${virtio_modules[*]}; do
    [ ! -e /modules/\$module.ko ] || \$b insmod /modules/\$module.ko
done
for i in 1 2 3 4 5 6 7 8 9 10; do
    [ ! -b /dev/vda ] || break
    \$b sleep 1
done
\$b mount -t ext4 /dev/vda /new
exec \$b switch_root /new /init
EOF
    chmod 755 "$folder/init"
    (cd "$folder" && find . | cpio --quiet -o -H newc | gzip -1) >"$kernels_work/$1.initrd"
}

# Boots kernel $1 with preemption $2 and waits for its end.
boot_kernel() {
    local log=$kernels_work/$1-$2.log
    printf '\n=== Linux %s preempt=%s\n' "$kernel_release" "$2"
    timeout "$kernel_timeout_s" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m 2048 -smp 2 -nodefaults \
        -no-reboot -display none -kernel "$kernel_image" -initrd "$kernels_work/$1.initrd" \
        -append "$kernel_flags preempt=$2 sluice.cases=$kernel_cases sluice.runs=$kernel_case_runs" \
        -drive "file=$kernels_work/guest.img,format=raw,if=virtio,snapshot=on" -serial "file:$log" \
        </dev/null >"$log.qemu" 2>&1 || :
    tr -d '\r' <"$log" | grep -E '^(KERNEL|STACK|CASE|CASES|drain-|usdt|trap)' || :
    grep -q -F "($2)" <(grep '^KERNEL' "$log") || {
        echo "the kernel does not preempt as asked for, or did not boot"
        return 1
    }
    grep -q '^CASES right' "$log"
}
