#!/usr/bin/env bash
# Brings the cloud half up in a cluster on this machine, goes the journey, and takes it away: kind-test.sh [STEP...]; nothing named: all.
#
# Needs docker, and make scan-tools TOOLS="kind helm istioctl". KEEP=1 leaves the cluster for a look; on failure its state is printed.
set -euo pipefail
# shellcheck source=scripts/kind-common.sh
source "$(dirname "${BASH_SOURCE[0]}")/kind-common.sh"

ended() {
    local code=$?
    if [ $code != 0 ]; then
        kubectl get pods --all-namespaces -o wide 2>/dev/null || true
        kubectl get events --all-namespaces --field-selector type=Warning --sort-by=.lastTimestamp 2>/dev/null | tail -40 || true
    fi
    [ -n "${KEEP:-}" ] || "$root/scripts/kind-down.sh" || true
    exit $code
}
trap ended EXIT

steps=(up bootstrap mesh policies services journey)
[ $# -gt 0 ] || set -- "${steps[@]}"
for step in "$@"; do
    [ -x "$root/scripts/kind-$step.sh" ] || die "no step is called '$step'; there are: ${steps[*]}"
    say "step: $step"
    "$root/scripts/kind-$step.sh" || die "the step '$step' failed"
done
say "the cluster came up and the journey went through"
