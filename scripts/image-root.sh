#!/usr/bin/env bash
# Lays out the root folder of an image: one program, its resources, the libraries it loads, and nothing else.
#
# Usage: image-root.sh BUILD_FOLDER PROGRAM TARGET
# Without a shell, a package manager or a libc of its own choice the image is small and gives an intruder nothing to use.
set -euo pipefail

build=$1 program=$2 root=$3

install -d "$root/app" "$root/tmp" "$root/etc/ssl/certs"
chmod 1777 "$root/tmp"
install -m 0755 "$build/$program" "$root/app/$program"
strip --strip-all "$root/app/$program"
find "$build" -maxdepth 1 -name '*.resources' -exec cp -RL {} "$root/app/" \;

# What the loader would map, and the loader itself. The name service of glibc 2.34 and later is inside libc.
ldd "$build/$program" | grep -oE '/[^ ]+' | sort -u | while read -r library; do
  install -D -m 0755 "$(readlink -f "$library")" "$root$library"
done

install -m 0644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
printf 'service:x:65532:65532:service:/:/sbin/nologin\n' >"$root/etc/passwd"
printf 'service:x:65532:\n' >"$root/etc/group"
