#!/usr/bin/env bash
# A Prometheus that scrapes the services with the names they have in a cluster, and judges by the same rules; sourced by service.sh.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

prometheus_answers() { curl -fsS --max-time 2 "http://127.0.0.1:$(port_of prometheus)/-/ready"; }

# targets: what is scraped. A part stands for the pod it is in a cluster; every target has the labels that a scrape gives it there.
targets() {
    local part service
    for part in "${parts[@]}"; do
        case $part in
            user* | video* | chat-*) service=${part%%-*}-service ;;
            *) continue ;;
        esac
        echo "      - { targets: [\"127.0.0.1:$(operations_port_of "$part")\"], labels: { namespace: hiroba, service: $service, pod: $part, version: stable } }"
    done
}

start_prometheus() {
    local folder=$state/prometheus
    mkdir -p "$folder/rules"
    cat >"$folder/prometheus.yml.new" <<CONF
global: { scrape_interval: 5s, evaluation_interval: 5s }
rule_files: [rules/*.yaml]
scrape_configs:
  - job_name: monitoring/hiroba # as the operator names it
    static_configs:
$(targets)
CONF
    # The operator hands \`spec\` of each PrometheusRule to Prometheus as a file: so do we.
    "$venv/bin/python" - "$root/infra/k8s/monitoring" "$folder/rules" <<'PYTHON'
import pathlib, sys, yaml
for path in pathlib.Path(sys.argv[1]).glob("rules-*.yaml"):
    pathlib.Path(sys.argv[2], path.name).write_text(yaml.safe_dump(yaml.safe_load(path.read_text())["spec"]))
PYTHON
    mv "$folder/prometheus.yml.new" "$folder/prometheus.yml"
    stop_part prometheus # so that it has the rules and targets of now; what it knows stays
    free_port_or_die prometheus
    start_daemon prometheus prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" --storage.tsdb.retention.time=2d \
        --web.listen-address="127.0.0.1:$(port_of prometheus)" --log.level=warn
    wait_for_part prometheus 60 prometheus_answers
}
