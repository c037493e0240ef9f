#!/usr/bin/env bash
# Puts the AWS account of an environment wherever it is named: set-account.sh dev|stg|prd ACCOUNT_ID.
#
# Terraform's values, overlays, Applications and the registry that admission allows all name it, and a cluster reads them from git, so
# none can ask Terraform. Run it before the first release: a signature covers the image's whole name, the registry's account too.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

cd "$root"
values=infra/terraform/environments
[ -f "$values/${1:-}.tfvars" ] || die "ENV is dev, stg or prd, not '${1:-}'"
[[ ${2:-} =~ ^[0-9]{12}$ ]] || die "ACCOUNT has twelve digits, not '${2:-}'"
account_of() { sed -nE 's/^account_id += "([0-9]{12})".*/\1/p' "$values/$1.tfvars"; }
old=$(account_of "$1")
[ "$old" != "$2" ] || { say "$1 is in $2 already"; exit; }
for other in dev stg prd; do
    [ "$(account_of "$other")" != "$2" ] || die "$2 is the account of $other; each environment has its own"
done

mapfile -t files < <(grep -rlwF -- "$old" "$values" infra/k8s/overlays cicd/argocd-apps cicd/environments cicd/gatekeeper-constraints cicd/platform-apps)
sed -i -E "s/\b$old\b/$2/g" "${files[@]}"
say "$1 is in $2; ${#files[@]} files changed, look at them with git diff"
