#!/usr/bin/env bash
# Builds one service with a scratch folder of its own, as its image does, and so proves that it needs nothing but libs: build-alone.sh user|video|chat.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

[ -n "${1:-}" ] || die "say which: make build-alone SERVICE=user|video|chat"
service=$(services_of "$1")
"$root/scripts/install-packages.sh" build
"$root/scripts/swift.sh" build "services/$service-service" --product "$service-service" \
    --scratch-path "$root/services/$service-service/.build"
