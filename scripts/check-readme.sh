#!/usr/bin/env bash
# Runs the commands of the README's tour, as printed, against the running platform.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

cd "$root"
tour=$(awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md)
[ -n "$tour" ] || die "README.md has no tour"
# Another port than the usual one is put in where the tour names it.
printf 'set -euo pipefail\n%s\n' "${tour//127.0.0.1:8080/127.0.0.1:$(port_of gateway)}" | timeout 120 bash || die "the README's tour does not work as printed"
say "the README's tour works as printed"
