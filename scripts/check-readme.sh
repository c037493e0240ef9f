#!/usr/bin/env bash
# Runs every `sh` block of the README's tour, in order and in one shell, against the running platform.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

cd "$root"
tour=$(mktemp)
trap 'rm -f "$tour"' EXIT
# The README names the usual ports; a platform elsewhere is toured at its own.
awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md |
    sed "s/127\.0\.0\.1:8080/127.0.0.1:$(port_of gateway)/g" >"$tour"
[ "$(grep -c . "$tour")" -ge 10 ] || die "README.md has lost its tour: no blocks marked sh"
port_in_use "$(port_of gateway)" || die "the platform does not run; start it with make up"
bash -euo pipefail "$tour" || die "the README's tour does not work as printed"
say "the README's tour works as printed"
