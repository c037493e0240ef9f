#!/usr/bin/env bash
# Asks the running platform's Prometheus what dashboards, rules and alerts ask of our services: each question must be one, and have an answer.
set -euo pipefail
# shellcheck source=scripts/service.sh
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

prometheus_answers >/dev/null 2>&1 || die "no Prometheus runs; start it with make up MONITORING=1"
"$venv/bin/python" "$root/scripts/check-dashboards.py" "http://127.0.0.1:$(port_of prometheus)" || die "dashboards or rules ask what nobody answers"
