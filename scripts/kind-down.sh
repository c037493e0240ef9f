#!/usr/bin/env bash
# Last step of scripts/kind-test.sh: takes cluster and registry away; harmless when they are not there.
set -euo pipefail
# shellcheck source=scripts/kind-common.sh
source "$(dirname "${BASH_SOURCE[0]}")/kind-common.sh"

kind delete cluster --name hiroba
docker rm --force "$registry_name" >/dev/null 2>&1 || true
rm -rf "$kind_dir"
