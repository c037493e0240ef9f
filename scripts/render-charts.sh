#!/usr/bin/env bash
# Renders every pinned chart with our values, as Argo CD does for an environment: ENV=prd render-charts.sh FOLDER (a file a release).
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

folder=${1:?the folder to write to}
environment=${ENV:-prd}
command -v helm >/dev/null || die "helm is not installed; make cluster-tools brings it"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"
kubernetes=$(sed -n '/^variable "kubernetes_version"/,/^}/s/.*default *= "\(.*\)"/\1.0/p' "$root/infra/terraform/variables.tf")

kubectl kustomize "$root/cicd/environments/$environment" | "$root/.local/venv-infra/bin/python" "$root/scripts/charts.py" "$work" >"$work/releases"
# What the charts ask the cluster for, since there is none to ask: kinds they would otherwise leave out.
kinds=(monitoring.coreos.com/v1 cert-manager.io/v1 policy/v1 autoscaling/v2)
while read -r release namespace chart version repository; do
    say "rendering $release ($chart $version)"
    helm template "$release" "$chart" --repo "$repository" --version "$version" --namespace "$namespace" \
        --kube-version "$kubernetes" --api-versions "$(IFS=,; echo "${kinds[*]}")" \
        --include-crds --values "$work/$release.values.yaml" >"$folder/$release.yaml"
done <"$work/releases"
