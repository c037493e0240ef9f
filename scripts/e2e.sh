#!/usr/bin/env bash
# Starts a platform of its own beside a running one, drives it from outside (e2e/), and stops it again: e2e.sh [OPTIONS of swift test].
set -euo pipefail
export HIROBA_STATE_DIR=${HIROBA_STATE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.local/e2e}
export HIROBA_PORT_OFFSET=${HIROBA_PORT_OFFSET:-5000} HIROBA_VIDEO_REPLICAS=2
# All accounts of a run come from one address, and calls that are repeated through an outage count each time: a quick machine makes
# more of them in a minute than any limit that is one. The limits themselves are tested beside the services.
export SIGN_UPS_PER_MINUTE=1000000 SIGN_INS_PER_MINUTE=1000000 REFRESHES_PER_MINUTE=1000000 DECISIONS_PER_MINUTE=10000000 GATEWAY_SIGN_IN_LIMIT=1000000 GATEWAY_REQUEST_LIMIT=100000000
export UPLOADS_PER_MINUTE=1000000
# Signing keys are changed in a test: the one that follows was published when the platform began.
export SIGNING_KEY_PUBLISHED_SECONDS=0
# An account that is erased in a test is to be gone before the test ends.
export ERASURE_GRACE_SECONDS=0
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

"$root/scripts/install-packages.sh" e2e
"$root/scripts/install-tools.sh" test # a part of the way goes by a bucket of S3
"$root/scripts/reset.sh"
trap '"$root/scripts/down.sh"' EXIT
"$root/scripts/up.sh"
say "driving the platform"
"$root/scripts/swift.sh" test e2e --no-parallel "$@" ||
    die "e2e failed; the services' logs are in $log_dir"
