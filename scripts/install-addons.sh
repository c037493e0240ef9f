#!/usr/bin/env bash
# Installs what stands beside our services in a cluster (infra/helm/charts.txt): ENV=dev install-addons.sh [--apply] [RELEASE...]
#
# Without --apply it only asks: chart by chart whether our keys exist and what the API server would say. With it the same is
# asked first, and nothing is changed unless every answer was good. Safe to repeat.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

apply=false
[ "${1:-}" != --apply ] || { apply=true && shift; }
environment=${ENV:-dev}
folder=$root/infra/helm
settings=$root/infra/k8s/overlays/$environment/environment/environment.yaml
python=$root/.local/venv-infra/bin/python
[ -f "$settings" ] || die "ENV=$environment is no environment; there are dev, stg and prd"

# values FOLDER: its values with account and environment put in.
values() {
    local account
    account=$(sed -n 's/^  account: "\(.*\)"$/\1/p' "$settings")
    [ "$1" != - ] || return 0
    sed -e "s/\${ACCOUNT}/$account/g" -e "s/\${ENVIRONMENT}/$environment/g" "$folder/$1/values.yaml"
}

# releases NAME...: the lines of charts.txt, all or the named ones.
releases() {
    local line name
    while read -r line; do
        read -r name _ <<<"$line"
        [[ "$line" != \#* && -n "$line" ]] || continue
        [ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
        echo "$line"
    done <"$folder/charts.txt"
}

if [ "${PRINT_VALUES:-}" ]; then # for reading, and for the tests
    values "$PRINT_VALUES"
    exit 0
fi
command -v helm >/dev/null || die "helm is not installed; see https://helm.sh/docs/intro/install"
context=$(kubectl config current-context)
[[ "$context" == *"hiroba-$environment" ]] || die "kubectl points at '$context', not at hiroba-$environment: aws eks update-kubeconfig --name hiroba-$environment"
list=$(releases "$@")
[ -n "$list" ] || die "no release of infra/helm/charts.txt is called $*"

# upgrade OPTION...: one release as charts.txt says; reads its line from the variables of the loop.
upgrade() {
    helm upgrade --install "$release" "$chart" --repo "$repository" --version "$version" --namespace "$namespace" \
        --create-namespace --values <(values "$values_of") "$@"
}

while read -r release namespace values_of chart version repository; do
    say "asking about $release ($chart $version)"
    if [ "$values_of" != - ]; then
        helm show values "$chart" --repo "$repository" --version "$version" | "$python" "$folder/check_keys.py" "$folder/$values_of"
    fi
    # Before the first time the API server does not know the kinds that the chart itself brings: then the rendering must do.
    how=client
    ! helm status "$release" --namespace "$namespace" >/dev/null 2>&1 || how=server
    upgrade --dry-run="$how" >/dev/null
done <<<"$list"
$apply || { say "every chart agrees; run again with --apply to install" && exit 0; }

while read -r release namespace values_of chart version repository; do
    say "installing $release ($chart $version)"
    upgrade --wait --timeout 10m --atomic >/dev/null
done <<<"$list"
say "installed; infra/k8s/overlays/$environment comes next (Argo CD, or kubectl apply -k)"
