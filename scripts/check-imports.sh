#!/usr/bin/env bash
# Builds each service so that importing a module it does not declare is an error.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

for service in user video chat; do
    "$root/scripts/swift.sh" build "services/$service-service" --explicit-target-dependency-import-check error
done
