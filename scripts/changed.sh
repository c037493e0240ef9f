#!/usr/bin/env bash
# Prints which services a change touches, as outputs of a GitHub step: changed.sh BASE; for a release tag: changed.sh TAG.
#
#   services=["chat"]   to build, scan and release     tests=["chat"]   to test; ["all"] when what all of them share has changed
# Whatever cannot be compared (a new branch, a rewritten one) counts as everything.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

cd "$root"
base=${1:-}
list() { printf '[%s]' "$(printf '"%s",' "$@" | sed 's/,$//; s/""//')"; }
answer() { printf 'services=%s\ntests=%s\n' "$1" "$2"; }

if [[ $base =~ ^(user|video|chat)-service/v[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
    answer "$(list "${BASH_REMATCH[1]}")" "$(list "${BASH_REMATCH[1]}")"
    exit
elif [[ $base == */v* ]]; then
    die "'$base' is not a release tag: user-service/v1.2.3, video-service/v1.2.3 or chat-service/v1.2.3"
elif ! files=$(git diff --name-only "$base...HEAD" -- 2>/dev/null); then
    files=libs/
fi

services=()
# What an image is made of besides its own folder; what `make test` is made of.
if grep -qE '^(libs/|docs/api/|\.dockerignore|scripts/(image|platform|services)|Makefile)' <<<"$files"; then
    answer '["user","video","chat"]' '["all"]'
    exit
fi
for service in user video chat; do
    ! grep -q "^services/$service-service/" <<<"$files" || services+=("$service")
done
answer "$(list "${services[@]}")" "$(list "${services[@]}")"
