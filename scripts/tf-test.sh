#!/usr/bin/env bash
# Checks format and wiring of infra/terraform and holds a plan against our own rules, with a stand-in for AWS.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

cd "$root/infra/terraform"
if ! command -v terraform >/dev/null; then
    left_out terraform "terraform fmt, validate and test"
    exit 0
fi
mkdir -p "$log_dir"
terraform fmt -check -recursive
# TF_PLUGIN_DIR names a folder with the provider, for machines without a way to the registry.
if ! terraform init -backend=false -input=false ${TF_PLUGIN_DIR:+-plugin-dir="$TF_PLUGIN_DIR"} >"$log_dir/terraform.log" 2>&1; then
    left_out terraform "terraform validate and test, as the AWS provider cannot be fetched (set TF_PLUGIN_DIR);"
    exit 0
fi
terraform validate
terraform test
