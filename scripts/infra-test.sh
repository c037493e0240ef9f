#!/usr/bin/env bash
# Renders every overlay as a cluster would get it and checks schema, meaning and policies; lints the Dockerfiles.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

cd "$root"
"$root/scripts/install-packages.sh" lint
infra=$root/.local/venv-infra/bin
"$infra/hadolint" services/*/Dockerfile
if ! command -v kubectl >/dev/null; then
    say "SKIPPED: rendering and checking overlays (kubectl is not installed)"
    exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for environment in dev stg prd; do
    kubectl kustomize "infra/k8s/overlays/$environment" >"$folder/$environment.yaml"
    "$infra/kubernetes-validate" --strict --quiet -k 1.33 "$folder/$environment.yaml"
done
"$infra/python" -m pytest infra/tests
