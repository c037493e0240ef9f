#!/usr/bin/env bash
# Step 3 of scripts/kind-test.sh: Istio's charts with our values, the three gateways, and dev's routes and rules.
set -euo pipefail
# shellcheck source=scripts/kind-common.sh
source "$(dirname "${BASH_SOURCE[0]}")/kind-common.sh"

for release in istio-base istio-cni istiod; do chart "$release"; done
kubectl apply --server-side -k "$root/infra/k8s/overlays/dev/mesh"
for release in istio-gateway-api istio-gateway-sockets istio-gateway-uploads; do chart "$release"; done
istioctl analyze --all-namespaces --failure-threshold Error
