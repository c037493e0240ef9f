#!/usr/bin/env bash
# Step 2 of scripts/kind-test.sh: namespaces, databases, and who makes certificates; what AWS and the first wave give a cluster.
set -euo pipefail
# shellcheck source=scripts/kind-common.sh
source "$(dirname "${BASH_SOURCE[0]}")/kind-common.sh"

kubectl apply --server-side -k "$root/infra/k8s/namespaces"
kubectl apply --server-side -f "$root/infra/kind/data.yaml"
chart cert-manager
kubectl -n data rollout status deployment/postgres deployment/redis --timeout 3m
for service in user_service video_service chat_service; do
    kubectl -n data exec -i deployment/postgres -- psql -q -U postgres -v "service=$service" -v owner_password=owner -v service_password=service \
        <"$root/infra/k8s/db/roles.sql"
done
