#!/usr/bin/env bash
# Rolls this commit out over an older one, on a platform of its own, and back again: rollout-test.sh [OPTIONS of swift test].
#
# FROM names the older commit: by default the last release before this one, or else the commit before. Its programs are built by its own
# scripts in .local/previous; the first time takes as long as any first build (6 minutes on two cores, 2 GB), later ones what changed.
# PREVIOUS=FOLDER takes programs that are built already.
set -euo pipefail
export HIROBA_STATE_DIR=${HIROBA_STATE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.local/rollout}
export HIROBA_PORT_OFFSET=${HIROBA_PORT_OFFSET:-6000} HIROBA_VIDEO_REPLICAS=2 HIROBA_USER_REPLICAS=2 HIROBA_VIDEO_WORKERS=0
# All calls come from one address.
export SIGN_UPS_PER_MINUTE=1000000 SIGN_INS_PER_MINUTE=1000000 REFRESHES_PER_MINUTE=1000000 DECISIONS_PER_MINUTE=10000000 UPLOADS_PER_MINUTE=1000000
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

# build_previous COMMIT: its sources take the place of the last ones; what was compiled of them stays.
build_previous() {
    local folder=$root/.local/previous
    if [ "$(cat "$folder/commit" 2>/dev/null)" != "$1" ]; then
        rm -f "$folder/commit"
        mkdir -p "$folder/tree"
        find "$folder/tree" -mindepth 1 -maxdepth 1 ! -name '.build*' -exec rm -rf {} +
        git -C "$root" archive "$1" | tar -x -C "$folder/tree"
        echo "$1" >"$folder/commit"
    fi
    env -u HIROBA_STATE_DIR -u HIROBA_PORT_OFFSET "$folder/tree/scripts/build.sh"
    PREVIOUS=$folder/tree/.local/bin/$CONFIG
}

from=${FROM:-$(git -C "$root" describe --tags --abbrev=0 --match '*-service/v*' HEAD^ 2>/dev/null || echo HEAD^)}
from=$(git -C "$root" rev-parse --verify --quiet "$from^{commit}") || die "FROM=$from is no commit here; a shallow clone lacks it"
if [ -z "${PREVIOUS:-}" ]; then
    say "the older programs are those of $(git -C "$root" log -1 --format='%h, %s' "$from")"
    build_previous "$from"
fi
PREVIOUS=$(realpath "$PREVIOUS")
for service in user video chat; do
    [ -x "$PREVIOUS/$service-service" ] || die "there is no $PREVIOUS/$service-service to begin with"
done

"$root/scripts/reset.sh"
trap '"$root/scripts/down.sh"' EXIT
HIROBA_PROGRAMS=$PREVIOUS "$root/scripts/up.sh"
say "rolling out"
HIROBA_PREVIOUS=$PREVIOUS "$root/scripts/swift.sh" test e2e --no-parallel --filter RolloutTests "$@" ||
    die "the two releases do not go together; the services' logs are in $log_dir"
