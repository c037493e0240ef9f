#!/usr/bin/env bash
# Asks Envoy whether it would take infra/local/envoy.yaml, without starting anything, and whether it keeps to who may call what.
set -euo pipefail
# shellcheck source=scripts/service.sh
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

"$root/scripts/install-tools.sh"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
render_gateway "$folder/envoy.yaml"
"$venv/bin/envoy" --mode validate -c "$folder/envoy.yaml" --log-level error >"$folder/output" 2>&1 ||
    die "Envoy refuses infra/local/envoy.yaml: $(cat "$folder/output")"
"$venv/bin/python" "$root/scripts/access.py" || die "infra/local/envoy.yaml and docs/api/access-*.txt differ"
say "infra/local/envoy.yaml is valid"
