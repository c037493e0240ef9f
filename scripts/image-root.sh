#!/usr/bin/env bash
# Lays out the root folder of an image: one program, its resources, the programs it runs (PROGRAMS), the libraries these load, a list of
# contents, nothing else.
#
# Usage: image-root.sh BUILD_FOLDER PROGRAM TARGET PACKAGE_RESOLVED, with VERSION, REVISION and CREATED for the list of contents
# Without a shell, a package manager or a libc of its own choice the image is small and gives an intruder nothing to use.
set -euo pipefail

build=$1 program=$2 root=$3 resolved=$4

install -d "$root/app" "$root/tmp" "$root/etc/ssl/certs" "$root/var/lib/dpkg/status.d" "$root"/usr/{bin,lib,lib64}
# As in Debian: who is to see /usr alone finds its libraries there.
for folder in bin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
chmod 1777 "$root/tmp"
install -m 0755 "$build/$program" "$root/app/$program"
strip --strip-all "$root/app/$program"
# The folder may hold what other services left there: their resources are none of this program's.
find "$build" -maxdepth 1 -name '*.resources' \( -name "${program}_*" -o ! -name '*-service_*' \) -exec cp -RL {} "$root/app/" \;

# The Debian package a file came with. A merged /usr has two names for it; dpkg knows one of them.
package_of() {
    local name
    for name in "$1" "/usr$1" "${1#/usr}"; do
        dpkg-query --search "$name" 2>/dev/null | sed -n 's/: .*//p;q' | grep . && return
    done
    echo "image-root.sh: no Debian package owns $1; the list of contents would be wrong" >&2
    return 1
}

# What the loader would map, and the loader itself. The name service of glibc 2.34 and later is inside libc.
packages=(ca-certificates tzdata)
programs=()
for path in ${PROGRAMS:-}; do
    install -D -m 0755 "$(readlink -f "$path")" "$root$path"
    packages+=("$(package_of "$(readlink -f "$path")")")
    programs+=("$path")
done
while read -r library; do
    install -D -m 0755 "$(readlink -f "$library")" "$root$library"
    packages+=("$(package_of "$(readlink -f "$library")")")
done < <(ldd "$build/$program" ${programs[@]+"${programs[@]}"} | grep -oE '/[^ ]+' | grep -vE ':$' | sort -u)

# Scanners find known holes by these two; an image without them looks faultless to every scanner.
install -m 0644 "$(readlink -f /etc/os-release)" "$root/etc/os-release"
for package in "${packages[@]}"; do
    dpkg-query --status "$package" | sed '/^Conffiles:/,/^[^ ]/{/^Conffiles:/d;/^ /d}' >"$root/var/lib/dpkg/status.d/${package%%:*}"
done

install -m 0644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
install -d "$root/usr/share/zoneinfo"
cp -R /usr/share/zoneinfo/. "$root/usr/share/zoneinfo"
rm -rf "$root/usr/share/zoneinfo"/{posix,right,localtime,posixrules} # the same again, or with leap seconds
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
printf 'service:x:65532:65532:service:/:/sbin/nologin\n' >"$root/etc/passwd"
printf 'service:x:65532:\n' >"$root/etc/group"

install -d "$root/usr/share/sbom"
SWIFT_VERSION=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9.]+).*/\1/p') \
    "$(dirname "$0")/image-sbom.sh" "$build" "$program" "$root" "$resolved" >"$root/usr/share/sbom/$program.spdx.json"
