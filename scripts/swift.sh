#!/usr/bin/env bash
# Runs `swift build|test` on one package in the shared scratch folder, with a progress line every few seconds: swift.sh build|test PACKAGE [OPTIONS...].
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

verb=$1
package=$2
shift 2
command -v swift >/dev/null || die "swift is not on the PATH; Hiroba needs Swift 6.3 or later (https://www.swift.org/install)"
mkdir -p "$log_dir"
log=$log_dir/swift-$verb-$(basename "$package").log
# SwiftPM's cached plan belongs to whichever package used the scratch folder last: plan anew, it costs two seconds.
options=(--package-path "$root/$package" -c "$CONFIG" --disable-build-manifest-caching)
# An import of a module the target does not declare is an error: it is what keeps HTTP and Storage apart.
[ "$verb" != build ] || options+=(--explicit-target-dependency-import-check error)
[[ " $* " == *" --scratch-path "* ]] || options+=(--scratch-path "$scratch")

# Everything goes to the log; the screen gets errors, warnings, failed tests and summaries, and now and then how far it is.
# shellcheck disable=SC2016  # the program is perl's
show='
    BEGIN { $| = 1; $shown = time }
    if (/^(✘|↳|✔ Test run)|(error|warning): |Fatal error|^\s*Executed [1-9]/ && !/^\[\d+\/\d+\]|^\d{4}-\d\d-\d\dT|which are unhandled|prohibited flag/) { print; $shown = time }
    $passed++ if /^✔ Test /;
    if (time - $shown >= 10) {
        print "    ", substr($1, 0, 100), "\n" if /^(\[\d+\/\d+\].*)/;
        print "    $passed tests passed so far\n" if /^✔/;
        $shown = time;
    }
'
if ! swift "$verb" "${options[@]}" "$@" 2>&1 | tee "$log" | perl -ne "$show"; then
    grep -qiE 'could not resolve host|failed to (clone|connect|fetch)|unable to access' "$log" &&
        die "swift could not fetch a dependency: is there network? (see $log)"
    die "swift $verb of $package failed; see $log"
fi
