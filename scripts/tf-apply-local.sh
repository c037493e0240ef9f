#!/usr/bin/env bash
# Applies and destroys infra/terraform against a local imitation of AWS (moto), and holds the plan against our own rules.
#
# Proves that every resource is accepted, that references resolve at apply time and that destroy ends; not that AWS itself
# would agree with each value. Parts the imitation lacks are left out by name: see infra/terraform/README.md.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

port=${MOTO_PORT:-28500}
python=$root/.local/venv-infra/bin/python
work=$(mktemp -d)
trap 'kill "${moto:-}" 2>/dev/null || true; rm -rf "$work"' EXIT

MOTO_IAM_LOAD_MANAGED_POLICIES=true "$python" infra/terraform/tests/moto/server.py -H 127.0.0.1 -p "$port" >"$work/moto.log" 2>&1 &
moto=$!
for _ in $(seq 100); do curl -sf "http://127.0.0.1:$port/moto-api/" >/dev/null && break; sleep 0.2; done

cp -r infra/terraform "$work/tf"
rm -rf "$work/tf/.terraform" "$work/tf"/*.tfstate*
cp infra/terraform/tests/moto/*.tf "$work/tf/"
cp infra/terraform/tests/moto/moto.tfvars "$work/tf/"
sed -i "s/MOTO_PORT/$port/g" "$work/tf/provider_override.tf"
cd "$work/tf"
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_EC2_METADATA_DISABLED=true

terraform init -input=false -no-color ${TF_PLUGIN_DIR:+-plugin-dir="$TF_PLUGIN_DIR"} >"$work/init.log" 2>&1 || { cat "$work/init.log" >&2; exit 1; }
terraform plan -input=false -no-color -var-file=moto.tfvars -out=plan >"$work/plan.log" 2>&1 || { tail -60 "$work/plan.log" >&2; exit 1; }
terraform apply -input=false -no-color -auto-approve plan >"$work/apply.log" 2>&1 || { grep -A12 '^Error' "$work/apply.log" >&2; exit 1; }
grep -E '^Apply complete' "$work/apply.log"
terraform show -json >"$work/state.json"
"$python" "$root/infra/terraform/tests/moto/check_state.py" "$work/state.json"
terraform destroy -input=false -no-color -auto-approve -var-file=moto.tfvars >"$work/destroy.log" 2>&1 || { grep -A12 '^Error' "$work/destroy.log" >&2; exit 1; }
grep -E '^Destroy complete' "$work/destroy.log"
"$python" "$root/infra/terraform/tests/moto/check_destroy.py" "$work/destroy.log" "http://127.0.0.1:$port"
