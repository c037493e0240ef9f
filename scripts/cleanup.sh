#!/usr/bin/env bash
# Takes everything of an environment out of its cluster: cleanup.sh dev|stg, cleanup.sh prd delete-production. Asks first.
#
# What holds data is Terraform's and stays: databases, Redis, buckets, secrets, images, logs. So do the namespaces, and one Ingress that answers
# 404: with the last of them the controller would delete the load balancer, which is Terraform's (infra/k8s/istio/ingress.yaml).
set -euo pipefail
# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

environment=$(environment_or_die "${1:-}")
needs argocd
if [ "$environment" = prd ] && [ "${2:-}" != delete-production ]; then
    die "this would take production down; whoever means it says: $0 prd delete-production"
fi

apps=$(argocd app list --selector "hiroba.dev/environment=$environment" --output name)
[ -n "$apps" ] || die "Argo CD has no Application of $environment: there is nothing to take away"

say "of the cluster hiroba-$environment these go, with everything they made:"
while read -r app; do
    echo "$app"
    argocd app resources "$app" | sed 's/^/    /'
done <<<"$apps"
say "these stay: namespaces; Argo CD; the Ingress load-balancer, which answers 404; and what Terraform made (databases, Redis, buckets, secrets, images, logs)"
confirmed "$environment" "There is no way back but to deploy again." || die "nothing was changed"

# The root first, and through it the others: it would make them again. They go in the opposite order of their waves.
argocd app delete "hiroba-$environment" --cascade --propagation-policy foreground --yes --wait
left=$(argocd app list --selector "hiroba.dev/environment=$environment" --output name)
[ -z "$left" ] || die "these did not go (a finalizer waits for something): $left"
say "the cluster hiroba-$environment is empty of Hiroba; terraform destroy may follow"
