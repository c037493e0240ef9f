#!/usr/bin/env bash
# Renders every pinned chart with our values and puts the result, and our own manifests, before the tools of those who make them.
#
# Nothing is skipped: a tool that is missing fails (make scan-tools TOOLS="helm kube-linter kube-score istioctl gator promtool").
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

cd "$root"
export PATH=$HOME/.local/bin:$PATH # the pinned ones first
for program in helm kube-linter kube-score istioctl gator promtool; do
    command -v "$program" >/dev/null || die "$program is not installed: make scan-tools TOOLS=$program"
done
python=$root/.local/venv-infra/bin/python
kubernetes=$(sed -n '/^variable "kubernetes_version"/,/^}/s/.*default *= "\(.*\)"/\1/p' infra/terraform/variables.tf)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for environment in dev stg prd; do
    say "rendering the charts of $environment"
    ENV=$environment "$root/scripts/render-charts.sh" "$work/charts/$environment"
    kubectl kustomize "infra/k8s/overlays/$environment" >"$work/$environment.yaml"
done

say "kube-linter"
kube-linter lint --config cicd/scan/kube-linter-charts.yaml "$work/charts/prd"
"$root/scripts/scan.sh" kube-linter

say "kube-score"
ignored=()
while read -r test _; do
    [[ "$test" == \#* || -z "$test" ]] || ignored+=(--ignore-test "$test")
done <cicd/scan/kube-score.txt
for service in user video chat; do
    kubectl kustomize "infra/k8s/overlays/prd/$service-service"
    echo ---
done >"$work/services.yaml"
kube-score score --kubernetes-version "v$kubernetes" --ignore-container-cpu-limit --output-format ci "${ignored[@]}" "$work/services.yaml"

say "istioctl analyze"
# The gateways' certificate is made in the cluster by cert-manager: no file holds its Secret (IST0101).
"$python" -c 'import sys, yaml; print(yaml.safe_dump(yaml.safe_load(sys.stdin)["meshConfig"]))' <infra/helm/istio/values.yaml >"$work/mesh.yaml"
for environment in dev stg prd; do
    istioctl analyze --use-kube=false --all-namespaces --failure-threshold Error --suppress "IST0101=Gateway *" --meshConfigFile "$work/mesh.yaml" \
        "$work/$environment.yaml" "$work/charts/$environment"/istio-gateway-*.yaml
done

say "gator verify"
"$python" cicd/opa-policies/tests/gator_suite.py "$work/suite"
gator verify "$work/suite/..."

say "promtool"
"$root/scripts/check-alerts.sh"
say "charts and manifests are what their own tools take"
