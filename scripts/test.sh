#!/usr/bin/env bash
# Runs every test of libs and the services, or of one service: test.sh [user|video|chat]; the tests start what they need themselves.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

"$root/scripts/install-packages.sh" build run test
# The tests of libs, user-service and video-service start servers of PyPI.
case ${1:-} in "" | user | video) "$root/scripts/install-tools.sh" test ;; esac
packages=()
[ -n "${1:-}" ] || packages=(libs)
services=$(services_of "${1:-}")
for service in $services; do packages+=("services/$service-service"); done

# So many tests at once: hundreds hold more connections than a server has room for, and more files than Foundation's Process can stand
# (1,024, beyond which it ends the program at times). They are no slower for it.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-24}

# A test that hangs is a failure, not a wait.
for package in "${packages[@]}"; do
    say "building the tests of $package"
    "$root/scripts/swift.sh" build "$package" --build-tests
    # One process a test target: outage tests of one driver must not starve the loops another one waits on.
    for target in "$root/$package"/Tests/*Tests; do
        say "testing $(basename "$target")"
        timeout --kill-after=10 "${TEST_SECONDS:-600}" "$root/scripts/swift.sh" test "$package" --skip-build \
            --filter "^$(basename "$target")\\." ||
            die "$(basename "$target") failed or took more than ${TEST_SECONDS:-600} s"
    done
done
