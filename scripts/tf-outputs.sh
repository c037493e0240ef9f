#!/usr/bin/env bash
# Prints what Terraform made in an environment and other files ask for, without secrets: ENV=prd tf-outputs.sh
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

command -v terraform >/dev/null || die "terraform is not installed"
cd "$root/infra/terraform"
backend=environments/${ENV:-dev}.s3.tfbackend
[ -f "$backend" ] || die "ENV=${ENV:-} is no environment; there are dev, stg and prd"
terraform init -input=false -reconfigure -backend-config="$backend" >/dev/null
terraform output -json | python3 -c '
import json, sys
for name, output in json.load(sys.stdin).items():
    value = "(secret)" if output["sensitive"] else json.dumps(output["value"])
    print(f"{name:28} {value}")'
