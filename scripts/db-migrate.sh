#!/usr/bin/env bash
# Brings the databases of the running platform forward: db-migrate.sh [user|video|chat].
set -euo pipefail
# shellcheck source=scripts/service.sh
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

daemon_pid postgres >/dev/null || die "PostgreSQL does not run; start the platform with make up"
for service in $(services_of "${1:-}"); do
    run_service "$service" migrate
done
