#!/usr/bin/env bash
# Renders every overlay as a cluster would get it and checks schema, meaning and policies; lints the Dockerfiles.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

cd "$root"
"$root/scripts/install-packages.sh" lint
infra=$root/.local/venv-infra/bin
"$infra/hadolint" services/*/Dockerfile
"$root/scripts/check-alerts.sh"
if ! command -v kubectl >/dev/null; then
    left_out kubectl "rendering and checking overlays"
    exit 0
fi
"$root/scripts/install-packages.sh" run # a PostgreSQL of the tests' own
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Kinds that are not Kubernetes' own are only named here; infra/tests/test_crds.py judges them by the CRDs in CRDS.
kubernetes=$(sed -n '/^variable "kubernetes_version"/,/^}/s/.*default *= "\(.*\)"/\1/p' infra/terraform/variables.tf)
for rendered in infra/k8s/overlays/{dev,stg,prd} infra/k8s/db cicd/gatekeeper-constraints cicd/clusters/{dev,stg,prd} cicd/environments/{dev,stg,prd} infra/kind/overlay; do
    file=$folder/${rendered//\//-}.yaml
    kubectl kustomize "$rendered" >"$file"
    "$infra/kubernetes-validate" --strict --quiet -k "$kubernetes" "$file"
done
[ -n "${CRDS:-}" ] || left_out CRDS "judging custom kinds by their CRDs (make crds CRDS=FOLDER fetches them)"
"$infra/python" -m pytest infra/tests
