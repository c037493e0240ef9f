#!/usr/bin/env bash
# Runs the security scanners and ends with a table of what ran and what did not: scan.sh [SCANNER...]; nothing named means all.
#
# A scanner that is named must be able to run. Without a name, trivy and kube-linter (neither in Debian nor on PyPI) may be missing
# and the table says so. What is accepted, and why, is in cicd/scan/.
# shellcheck disable=SC2317  # the scanners are called by name
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

cd "$root"
tools=$root/.local/venv-infra/bin
accepted=$root/cicd/scan
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The overlays as a release leaves them: it replaces the tag by a digest and changes nothing else.
render() {
    local environment
    mkdir -p "$work/k8s"
    for environment in dev stg prd; do
        kubectl kustomize "infra/k8s/overlays/$environment" | sed "s/:unreleased$/@sha256:$(printf '0%.0s' {1..64})/" >"$work/k8s/$environment.yaml"
    done
}

findings() { "$tools/python" scripts/scan-findings.py "$@"; }
checkov() { # checkov FRAMEWORK FOLDER
    "$tools/checkov" -d "$2" --framework "$1" --output json --quiet --compact --skip-download --soft-fail | findings checkov "$1"
}

# One function a scanner: prints what is wrong, its last line goes into the table. 77 means that it cannot run here.
cannot() {
    echo "$*"
    return 77
}
needs() { command -v "$1" >/dev/null || cannot "$1 is not installed"; }
scan_kubernetes() {
    needs kubectl || return
    render && checkov kubernetes "$work/k8s"
}
scan_terraform() { checkov terraform infra/terraform; }
scan_dockerfile() { checkov dockerfile services && "$tools/hadolint" services/*/Dockerfile; }
scan_workflows() { checkov github_actions . && "$tools/zizmor" --offline --quiet --no-progress .github && echo "zizmor is clean"; }
scan_secrets() { git ls-files -z | xargs -0 "$tools/detect-secrets" scan | findings detect-secrets secrets; }
scan_kube-linter() {
    needs kubectl && needs kube-linter || return
    render && kube-linter lint --config "$accepted/kube-linter.yaml" "$work/k8s"
}
# An object a file, so that an acceptance meets one object. The checks are those inside the program, which is pinned; those it would
# fetch change under a commit.
scan_trivy-config() {
    local environment options=(--quiet --exit-code 1 --severity "HIGH,CRITICAL" --ignorefile "$accepted/trivyignore.yaml" --skip-check-update)
    needs kubectl && needs trivy || return
    for environment in dev stg prd; do
        mkdir -p "$work/objects/$environment"
        kubectl kustomize "infra/k8s/overlays/$environment" --output "$work/objects/$environment"
    done
    # With its variables, or trivy cannot tell which settings are which bucket's.
    trivy config "${options[@]}" "$work/objects" && trivy config "${options[@]}" --tf-vars infra/terraform/environments/prd.tfvars infra/terraform
}
scan_trivy-images() {
    local list lists
    needs trivy || return
    mapfile -t lists < <(find .local/images -name '*.spdx.json' 2>/dev/null)
    [ ${#lists[@]} -gt 0 ] || cannot "no image is built (make image)" || return
    for list in "${lists[@]}"; do
        trivy sbom --quiet --exit-code 1 --severity "HIGH,CRITICAL" --ignore-unfixed --ignorefile "$accepted/trivyignore.yaml" "$list" || return 1
    done
}

all=(kubernetes terraform dockerfile workflows secrets kube-linter trivy-config trivy-images)
failed=0 table='' named=$#
[ "$named" -gt 0 ] || set -- "${all[@]}"
for scanner in "$@"; do
    declare -F "scan_$scanner" >/dev/null || die "no scanner is called '$scanner'; there are: ${all[*]}"
    say "scanning: $scanner"
    code=0
    "scan_$scanner" >"$work/log" 2>&1 || code=$?
    case $code in
        0) verdict=clean ;;
        77) verdict='NOT RUN' failed=$((failed || named)) ;;
        *) verdict=FAILED failed=1 ;;
    esac
    [ $code = 0 ] || cat "$work/log"
    table+=$(printf '%-14s %-8s %s' "$scanner" "$verdict" "$(tail -n 1 "$work/log")")$'\n'
done
printf '\n%s' "$table"
exit $failed
