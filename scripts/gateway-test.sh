#!/usr/bin/env bash
# Holds the gateway on one machine and those of a cluster against each other and against the tables of who may call what, then sends both the
# same requests, with stand-ins for the services behind them: each rule lets one by and stops another.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

cd "$root"
"$root/scripts/install-tools.sh" infra
tests=(infra/tests/test_gateway_rules.py)
if command -v kubectl >/dev/null; then
    tests+=(infra/tests/test_gateway.py infra/tests/test_gateway_agreement.py infra/tests/test_gateway_live.py infra/tests/test_mesh.py)
else
    left_out kubectl "the gateways of a cluster"
fi
"$root/.local/venv-infra/bin/python" -m pytest "${tests[@]}"
