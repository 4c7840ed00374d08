# shellcheck shell=bash
# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
#
# Makes what is installed: a tar.gz, and a .deb. Both have the same files, of a copy of the sources that is built anew,
# and nothing in them depends on where, when or by whom they were made: decision 0172. And what is published for
# programs to depend on, with sources, Javadoc and a list of what is inside: decision 0183.

# shellcheck source=scripts/sources.sh
. "${root:?}/scripts/sources.sh"

readonly package_work=$root/target/package

# Makes both in target/package and prints their hashes.
run_package() {
    local version epoch release
    command -v dpkg-deb >/dev/null || fail 1 "dpkg-deb is missing, which makes the .deb: install with: apt-get install dpkg"
    if ! mkdir -p "$package_work" 2>/dev/null || [[ ! -w $package_work ]]; then
        fail 1 "$package_work cannot be written: make the package as the owner of the checkout"
    fi
    exec 8>"$package_work/lock"
    flock -n 8 || fail 1 "a package is being made in this checkout: wait for it, or use another clone"
    umask 022
    export LC_ALL=C
    version=$(pom_value version)
    epoch=$(date -u -d "$(pom_value project.build.outputTimestamp)" +%s)
    release=$package_work/stage/sluice-$version
    rm -rf "$package_work"/*.tar.gz "$package_work"/*.deb "$package_work/stage" "$package_work/maven"
    build_release_jars
    stage_release "$release" "$version"
    make_tarball "$release" "$epoch"
    make_deb "$release" "$version" "$epoch"
    make_artifacts dist sluice "$version"
    make_artifacts dist/store sluice-store "$version"
    rm -rf "$package_work/stage" "$package_work/build"
    (cd -- "$package_work" && find . -name '*.tar.gz' -o -name '*.deb' -o -path './maven/*' -type f | sort |
        xargs sha256sum)
}

# Prints the first value of an element of the pom.
pom_value() {
    sed -n "s:^ *<$1>\\(.*\\)</$1>\$:\\1:p;T;q" "$root/pom.xml"
}

# Prints who maintains this, as a mail's address: the pom's developer.
maintainer() {
    local developer
    developer=$(sed -n '/<developer>/,/<\/developer>/p' "$root/pom.xml")
    printf '%s <%s>\n' "$(sed -n 's:^ *<name>\(.*\)</name>$:\1:p' <<<"$developer")" \
        "$(sed -n 's:^ *<email>\(.*\)</email>$:\1:p' <<<"$developer")"
}

# Lays out what module $1 publishes, as artifact $2 of version $3, as a repository has it: jars, pom, list of contents.
make_artifacts() {
    local built=$package_work/build/$1/target target=$package_work/maven/dev/sluice/$2/$3 classifier
    mkdir -p "$target"
    for classifier in "" -sources -javadoc; do
        cp "$built/$2-$3$classifier.jar" "$target"
    done
    cp "$built/published-pom.xml" "$target/$2-$3.pom"
    cp "$built/bom.json" "$target/$2-$3-cyclonedx.json"
}

# Builds a copy of the sources: what earlier builds have left in this checkout is not in it.
build_release_jars() {
    progress "building a copy of the sources (some minutes)"
    copy_sources "$package_work/build"
    if ! (cd -- "$package_work/build" && JAVA_HOME=${java_home:?} SLUICE_REQUIRE_BPF=1 exec ./mvnw -B -ntp -q \
        -Prelease -Dmaven.test.skip -Dcheckstyle.skip -pl samples,cli,sql,dist,dist/store -am package \
        dependency:copy-dependencies -DincludeScope=runtime </dev/null) 8>&- >"$package_work/build.log" 2>&1; then
        cat "$package_work/build.log" >&2
        fail 1 "the build failed: see Maven's messages above (also in $package_work/build.log)"
    fi
}

# Lays out the files in directory $1, for version $2.
stage_release() {
    local release=$1 build=$package_work/build class_path jar
    mkdir -p "$release"/{scripts,config,lib/native,archive,share/doc/sluice}
    cp "$root/sluice" "$release"
    cp "$root"/scripts/{common,jdk,archive,installed}.sh "$release/scripts"
    cp "$root"/config/jvm-*.args "$release/config"
    cp "$root/LICENSE" "$release/share/doc/sluice"
    cp "$build/sql/target/bom.json" "$release/share/doc/sluice/sluice.cdx.json"
    cp "$build/samples/target/bom.json" "$release/share/doc/sluice/samples.cdx.json"
    for class_path in samples cli sql; do
        for jar in "$build/$class_path/target/$class_path"-[0-9]*.jar "$build/$class_path/target/dependency"/*.jar; do
            cp "$jar" "$release/lib"
            printf '%s\n' "${jar##*/}"
        done | sort >"$release/lib/$class_path.jars"
    done
    hash_command "$release/lib"
    class_names "$release"/lib/{cli,consumer,store,usdt-bridge,ringbuffer}-[0-9]*.jar | sort >"$release/lib/cli.classes"
    unpack_jna "$release"/lib/jna-[0-9]*.jar "$release/lib/native"
    jar=$(sed "s:^:$release/lib/:" "$release/lib/sql.jars" | paste -sd :)
    "$java_home/bin/java" "@${jvm_args_file:?}" -cp "$jar" dev.sluice.cli.manual.Main "$release/share" </dev/null ||
        fail 1 "the manual could not be written: see the messages above"
}

# Writes the hash of the command's jars in directory $1, of which the name of their archive of classes has to speak.
hash_command() {
    (cd -- "$1" && xargs sha256sum <cli.jars | sha256sum | cut -c 1-16) >"$1/cli.hash"
}

# Gives all in directory $1 the time $2 and plain rights, so that nothing is left of how it was made.
settle() {
    find "$1" -type d -exec chmod 755 {} + -o -type f -exec chmod 644 {} +
    find "$1" -type f \( -name sluice -o -path '*/DEBIAN/p*' \) ! -path '*/completions/*' -exec chmod 755 {} +
    find "$1" -exec touch -h -d "@$2" {} +
}

make_tarball() {
    settle "$1" "$2"
    tar -C "${1%/*}" --sort=name --owner=0 --group=0 --numeric-owner --format=gnu -cf - "${1##*/}" | gzip -9n \
        >"$package_work/${1##*/}.tar.gz"
}

make_deb() {
    local release=$1 version=$2 epoch=$3 deb=$package_work/stage/deb architecture size
    architecture=$(dpkg --print-architecture)
    # A version with a tilde is older than the one without: 0.1.0~SNAPSHOT comes before 0.1.0.
    version=${version//-/\~}
    mkdir -p "$deb"/{DEBIAN,usr/bin,usr/lib,usr/share/zsh,var/cache/sluice}
    cp -R "$release" "$deb/usr/lib/sluice"
    mv "$deb/usr/lib/sluice/share"/{bash-completion,doc,fish,man} "$deb/usr/share"
    mv "$deb/usr/lib/sluice/share/zsh/site-functions" "$deb/usr/share/zsh/vendor-completions"
    rm -r "$deb/usr/lib/sluice"/{share,archive}
    mv "$deb/usr/share/doc/sluice/LICENSE" "$deb/usr/share/doc/sluice/copyright"
    ln -s ../lib/sluice/sluice "$deb/usr/bin/sluice"
    ln -s /var/cache/sluice "$deb/usr/lib/sluice/archive"
    gzip -9n "$deb"/usr/share/man/man1/*.1
    (cd -- "$deb" && find usr -type f | sort | xargs md5sum) >"$deb/DEBIAN/md5sums"
    size=$(find "$deb/usr" -type f -printf '%s\n' | awk '{ sum += int(($1 + 1023) / 1024) } END { print sum }')
    cat >"$deb/DEBIAN/control" <<CONTROL
Package: sluice
Version: $version
Architecture: $architecture
Section: devel
Priority: optional
Installed-Size: $size
Maintainer: $(maintainer)
Depends: default-jre-headless (>= 2:1.17) | java17-runtime-headless, libbpf1
Description: tracer for running JVMs
 Programs that have Sluice's tracepoints in them are recorded while they run, at
 tens of millions of events a second: through rings outside of the heap, one USDT
 probe for each batch, and eBPF. Traces are read, queried, compared, replayed and
 exported, and each says exactly what it is missing.
CONTROL
    deb_scripts "$deb/DEBIAN"
    settle "$deb" "$epoch"
    # The compressor of zlib makes the same bytes however many processors there are.
    SOURCE_DATE_EPOCH=$epoch dpkg-deb --root-owner-group -Zgzip -z9 --build "$deb" \
        "$package_work/sluice_${version}_$architecture.deb" >/dev/null
}

# Writes what is run when the package comes and goes into directory $1. The archive of classes is of one Java runtime:
# it is made anew when one is installed or replaced.
deb_scripts() {
    cat >"$1/postinst" <<'SCRIPT'
#!/bin/sh
set -e
case $1 in
    configure | triggered)
        rm -rf /var/cache/sluice/*
        # Without it commands start later, and do the same.
        sluice archive || :
        ;;
esac
SCRIPT
    cat >"$1/prerm" <<'SCRIPT'
#!/bin/sh
set -e
rm -rf /var/cache/sluice/*
SCRIPT
    echo 'interest-noawait /usr/lib/jvm' >"$1/triggers"
}
