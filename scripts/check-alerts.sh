#!/usr/bin/env bash
# Asks Prometheus' own promtool whether our alerts are valid, go off when they should and go away again.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

cd "$root"
"$root/scripts/install-packages.sh" alerts
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The operator hands `spec` of each PrometheusRule to Prometheus as a file: so do we. A dashboard's questions are checked as rules.
"$root/.local/venv-infra/bin/python" - "$folder" <<'PYTHON'
import json, pathlib, sys, yaml
folder, monitoring = pathlib.Path(sys.argv[1]), pathlib.Path("infra/k8s/monitoring")
for path in monitoring.glob("rules-*.yaml"):
    rule = yaml.safe_load(path.read_text())
    (folder / f"{rule['metadata']['name']}.yaml").write_text(yaml.safe_dump(rule["spec"]))
for path in monitoring.glob("dashboards/*.json"):
    questions = [t["expr"] for panel in json.loads(path.read_text())["panels"] for t in panel["targets"]]
    rules = [{"record": f"dashboard:{number}", "expr": question} for number, question in enumerate(questions)]
    (folder / f"dashboard-{path.stem}.yaml").write_text(yaml.safe_dump({"groups": [{"name": path.stem, "rules": rules}]}))
PYTHON
promtool check rules "$folder"/*.yaml
for test in infra/tests/alerts/*.yaml; do
    cp "$test" "$folder/$(basename "$test" .yaml)-test.yaml"
done
(cd "$folder" && promtool test rules ./*-test.yaml)
