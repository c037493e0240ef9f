#!/usr/bin/env bash
# Names what the steps of scripts/kind-test.sh share; sourced by them, does nothing by itself.
# shellcheck disable=SC2034  # the names are used by the scripts that source this
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

export PATH=$HOME/.local/bin:$PATH
kind_dir=$state/kind          # the cluster's own folder: its kubeconfig, a copy of the tree, keys
tree=$kind_dir/tree           # manifests as this run changes them; the checkout stays as it is
export KUBECONFIG=$kind_dir/kubeconfig
python=$root/.local/venv-infra/bin/python
registry_name=hiroba-registry # the container
registry_port=5001
# The registry's name in the manifests; kind's nodes are told to ask the container for it.
registry_host=$(sed -n 's#^ *newName: \([^/]*\)/.*#\1#p' "$root/infra/k8s/overlays/dev/chat-service/kustomization.yaml")
kubernetes=$(sed -n '/^variable "kubernetes_version"/,/^}/s/.*default *= "\(.*\)"/\1/p' "$root/infra/terraform/variables.tf")

# chart RELEASE: installs one of the pinned charts with dev's values, as Argo CD would.
chart() {
    local release namespace name version repository
    while read -r release namespace name version repository; do
        [ "$release" = "$1" ] || continue
        say "installing $release ($name $version)"
        helm upgrade --install "$release" "$name" --repo "$repository" --version "$version" --namespace "$namespace" --create-namespace \
            --values "$kind_dir/$release.values.yaml" --wait --timeout 10m >/dev/null
        return
    done <"$kind_dir/releases"
    die "no Application of dev installs $1"
}
