#!/usr/bin/env bash
# Step 4 of scripts/kind-test.sh: Gatekeeper and our policies, with a key of this run, and a look whether they refuse.
set -euo pipefail
# shellcheck source=scripts/kind-common.sh
source "$(dirname "${BASH_SOURCE[0]}")/kind-common.sh"

[ -e "$kind_dir/key.pem" ] || openssl ecparam -name prime256v1 -genkey -noout -out "$kind_dir/key.pem"
openssl ec -in "$kind_dir/key.pem" -pubout -out "$kind_dir/key.pub" 2>/dev/null
"$python" - "$tree/cicd/gatekeeper-constraints/require-image-signature.yaml" "$kind_dir/key.pub" <<'PYTHON'
import pathlib, sys, yaml
file, key = map(pathlib.Path, sys.argv[1:])
template, constraint = yaml.safe_load_all(file.read_text())
constraint["spec"]["parameters"]["publicKeys"] = [key.read_text()]
file.write_text(yaml.safe_dump_all([template, constraint]))
PYTHON

chart gatekeeper
policies=$kind_dir/policies.yaml
kubectl kustomize "$tree/cicd/gatekeeper-constraints" >"$policies"
"$python" - "$policies" "$kind_dir" <<'PYTHON'
import pathlib, sys, yaml
objects, folder = [o for o in yaml.safe_load_all(pathlib.Path(sys.argv[1]).read_text()) if o], pathlib.Path(sys.argv[2])
first = [o for o in objects if o["kind"] == "ConstraintTemplate"]
(folder / "templates.yaml").write_text(yaml.safe_dump_all(first))
(folder / "constraints.yaml").write_text(yaml.safe_dump_all([o for o in objects if o not in first]))
PYTHON
kubectl apply --server-side -f "$kind_dir/templates.yaml"
# A constraint's kind is there once Gatekeeper has read its template.
wait_until 120 kubectl apply --server-side --dry-run=server -f "$kind_dir/constraints.yaml" || die "the constraints' kinds do not come"
kubectl apply --server-side -f "$kind_dir/constraints.yaml"
refused_by_all() {
    local said policy
    said=$(kubectl create --dry-run=server -f "$root/infra/kind/stranger.yaml" 2>&1) && return 1
    for policy in require-label require-image-registry require-image-digest require-image-signature; do grep -q "\[$policy\]" <<<"$said" || return 1; done
}
wait_until 120 refused_by_all || die "a stranger's pod is not refused by every policy that it breaks"
say "a stranger's pod is refused"
