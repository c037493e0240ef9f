#!/usr/bin/env bash
# Shows what runs and whether it is ready: status.sh [user|video|chat]; exit 1 when something is not.
set -euo pipefail
# shellcheck source=scripts/service.sh
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

# readiness_of PART: what the part says of itself and its dependencies.
readiness_of() {
    case $1 in
        postgres | redis | gateway | prometheus) "$1_answers" && echo ready || echo "does not answer" ;;
        *) curl -sS --max-time 2 "http://127.0.0.1:$(operations_port_of "$1")/readyz" 2>&1 ;;
    esac
}

is_ready() {
    case $1 in
        postgres | redis | gateway | prometheus) "$1_answers" ;;
        *) service_is_ready "$1" 2>/dev/null ;;
    esac
}

all_well=true
for part in $(parts_of "${1:-}"); do
    if line=$(status_part "$part"); then
        is_ready "$part" || all_well=false
        echo "$line  $(readiness_of "$part" | tr -d '\n' | cut -c1-120)"
    else
        all_well=false
        echo "$line"
    fi
done
$all_well
