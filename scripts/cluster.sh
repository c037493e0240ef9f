#!/usr/bin/env bash
# Names of environments, services, clusters and Applications for the scripts that work on them; sourced, does nothing by itself.
# shellcheck disable=SC2034  # the names are used by the scripts that source this
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

TIMEOUT=${TIMEOUT:-600}
# Under the name that Argo CD applies with: it owns what it brought, and anybody else would be refused with conflicts. What is applied here is what
# it would bring, so it goes on from there.
APPLY=(apply --server-side --field-manager argocd-controller --force-conflicts)

# environment_or_die ENV: it, when there is one of that name.
environment_or_die() {
    case ${1:-} in
        dev | stg | prd) echo "$1" ;;
        *) die "the environment is dev, stg or prd, not '${1:-}'" ;;
    esac
}

# service_or_die SERVICE: its full name, from user, video, chat or the full name itself.
service_or_die() {
    case ${1:-} in
        user | video | chat) echo "$1-service" ;;
        user-service | video-service | chat-service) echo "$1" ;;
        *) die "the service is user, video or chat, not '${1:-}'" ;;
    esac
}

# needs PROGRAM: stops when it is not installed.
needs() { command -v "$1" >/dev/null || die "$1 is not installed"; }

# in_cluster ENV ARGUMENTS...: kubectl in the cluster of that environment; its context has Argo CD's name for the cluster.
in_cluster() {
    local environment=$1
    shift
    kubectl --context "hiroba-$environment" "$@"
}

# rendered ENV SERVICE FILE: writes what git holds for the service, and refuses what was never released.
rendered() {
    kubectl kustomize "$root/infra/k8s/overlays/$1/$2" >"$3"
    if grep -q ':unreleased$' "$3"; then die "$2 was never released to $1: its overlay names no image by digest"; fi
}

# confirmed WORD QUESTION: true when WORD is typed, or was given beforehand in ANSWER.
confirmed() {
    local answer=${ANSWER:-}
    if [ -z "$answer" ]; then
        printf '%s\nType %s to go on: ' "$2" "$1"
        read -r answer || true
    fi
    [ "$answer" = "$1" ]
}
