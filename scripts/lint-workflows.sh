#!/usr/bin/env bash
# Checks the workflows: GitHub's schema, zizmor (injection, permissions, pins), shellcheck over what their steps run.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

cd "$root"
"$root/scripts/install-packages.sh" lint
"$root/scripts/install-tools.sh" infra
tools=$root/.local/venv-infra/bin
steps=$(mktemp -d)
trap 'rm -rf "$steps"' EXIT

"$tools/check-jsonschema" --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yaml
"$tools/zizmor" --offline --quiet --no-progress .github
"$tools/python" scripts/workflow-steps.py "$steps" .github/workflows/*.yaml
(cd "$steps" && shellcheck --shell=bash -- *.sh)
