#!/usr/bin/env bash
# Asks Prometheus' own tools whether our alerts are valid, go off when they should, go away again, and become a message.
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

# Alertmanager's part: its file, the way of a page and of a ticket, and the text that Slack and Teams are to show.
PRINT_VALUES=prometheus "$root/scripts/install-addons.sh" >"$folder/values"
"$root/.local/venv-infra/bin/python" - "$folder" <<'PYTHON'
import json, pathlib, sys, yaml
folder = pathlib.Path(sys.argv[1])
config = yaml.safe_load((folder / "values").read_text())["alertmanager"]["config"]
(folder / "alertmanager.yml").write_text(yaml.safe_dump(config))
(folder / "message").write_text(config["receivers"][0]["sns_configs"][0]["message"])
alert = {"status": "firing", "labels": {}, "annotations": {"summary": "chat-service fails 2% of its requests", "runbook_url": "https://x/y#z"}}
data = {"status": "firing", "alerts": [alert], "groupLabels": {"alertname": "ErrorBudgetBurnsFast"}, "commonLabels": {}, "commonAnnotations": {}}
(folder / "data.json").write_text(json.dumps(data))
PYTHON
amtool check-config "$folder/alertmanager.yml" >"$folder/amtool.log" || { cat "$folder/amtool.log" >&2 && exit 1; }
for severity in page ticket; do
    way=$(amtool config routes test --config.file="$folder/alertmanager.yml" severity=$severity 2>/dev/null)
    [ "$way" = topic ] || die "a $severity goes to '$way', not to the topic"
done
amtool template render --template.glob="$folder/none*" --template.data="$folder/data.json" --template.text="$(cat "$folder/message")" |
    "$root/.local/venv-infra/bin/python" -c 'import json, sys; said = json.load(sys.stdin)["content"]; assert "2% of" in said["description"], said'
say "alerts are valid, were seen to go off and away, and become a message"
