#!/usr/bin/env bash
# Installs Argo CD in an environment's cluster and gives it its root; from then on git says what runs: bootstrap.sh dev|stg|prd.
#
# Needs the context hiroba-ENV and a way to the cluster's API (docs/operations.md). Safe to repeat, and to be repeated after every change
# in cicd/argocd or cicd/clusters. The version is the one whose CRDs our Applications are judged by (infra/tests/crds.txt), by commit.
set -euo pipefail
# shellcheck source=scripts/cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

environment=$(environment_or_die "${1:-}")
needs kubectl
read -r version commit < <(awk '$1 == "argoproj/argo-cd" { print $2, $3 }' "$root/infra/tests/crds.txt")
in_cluster "$environment" get nodes >/dev/null || die "the cluster hiroba-$environment does not answer: aws eks update-kubeconfig --name hiroba-$environment --alias hiroba-$environment"
confirmed yes "Argo CD $version is about to be installed in hiroba-$environment, and to make it what git says." || die "nothing was changed"

kubectl create namespace argocd --dry-run=client --output yaml | in_cluster "$environment" apply --server-side -f - >/dev/null
in_cluster "$environment" apply --server-side --force-conflicts --field-manager argocd-install --namespace argocd \
    -k "https://github.com/argoproj/argo-cd//manifests/cluster-install?ref=$commit" >/dev/null
in_cluster "$environment" --namespace argocd rollout status --timeout "${TIMEOUT}s" statefulset/argocd-application-controller \
    deployment/argocd-server deployment/argocd-repo-server
in_cluster "$environment" apply --server-side --force-conflicts --field-manager hiroba -k "$root/cicd/clusters/$environment"
say "Argo CD $version keeps hiroba-$environment; watch: kubectl --context hiroba-$environment -n argocd get applications"
