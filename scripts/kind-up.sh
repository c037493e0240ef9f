#!/usr/bin/env bash
# Step 1 of scripts/kind-test.sh: a cluster of the pinned Kubernetes, and a registry under the name that the manifests know.
set -euo pipefail
# shellcheck source=scripts/kind-common.sh
source "$(dirname "${BASH_SOURCE[0]}")/kind-common.sh"

for program in docker kind helm kubectl jq openssl; do command -v "$program" >/dev/null || die "$program is not installed"; done
mkdir -p "$kind_dir"
image=$(awk -v version="$kubernetes" '$1 == version { print $2 }' "$root/infra/kind/images.txt")
[ -n "$image" ] || die "infra/kind/images.txt has no image of Kubernetes $kubernetes"

docker run --detach --restart=no --publish "127.0.0.1:$registry_port:5000" --name "$registry_name" docker.io/library/registry:3.0.0 >/dev/null
kind create cluster --config "$root/infra/kind/cluster.yaml" --image "$image" --wait 3m
docker network connect kind "$registry_name"
for node in $(kind get nodes --name hiroba); do
    docker exec "$node" mkdir -p "/etc/containerd/certs.d/$registry_host"
    printf '[host."http://%s:5000"]\n' "$registry_name" | docker exec -i "$node" cp /dev/stdin "/etc/containerd/certs.d/$registry_host/hosts.toml"
done
rm -rf "$tree"
mkdir -p "$tree"
cp -r "$root/infra" "$root/cicd" "$root/scripts" "$tree/"
kubectl kustomize "$root/cicd/environments/dev" | "$python" "$root/scripts/charts.py" "$kind_dir" >"$kind_dir/releases"
