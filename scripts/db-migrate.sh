#!/usr/bin/env bash
# Brings databases forward: db-migrate.sh [user|video|chat] on this machine, db-migrate.sh SERVICE ENV in an environment's cluster.
set -euo pipefail

# In a cluster the schema's owner is another role than the service's, so the job of its own runs, not the service.
migrate_in_cluster() {
    local service environment file job=migration
    # shellcheck source=scripts/cluster.sh
    source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
    environment=$(environment_or_die "$2")
    service=$(service_or_die "$1")
    needs kubectl
    file=$(mktemp)
    # shellcheck disable=SC2064  # the name is known now
    trap "rm -f '$file'" EXIT
    rendered "$environment" "$service" "$file"
    # A job cannot be changed, only made again.
    job=job/$service-migrate
    in_cluster "$environment" -n hiroba delete "$job" --ignore-not-found --wait
    in_cluster "$environment" "${APPLY[@]}" -l app.kubernetes.io/component=migration -f "$file"
    if ! in_cluster "$environment" -n hiroba wait "$job" --for=condition=complete --timeout "${TIMEOUT}s"; then
        in_cluster "$environment" -n hiroba logs "$job" --tail 50 >&2 || true
        die "the schema of $service in $environment was not brought forward; no pod was replaced"
    fi
    say "the schema of $service in $environment is up to date"
}

migrate_here() {
    # shellcheck source=scripts/service.sh
    source "$(dirname "${BASH_SOURCE[0]}")/service.sh"
    daemon_pid postgres >/dev/null || die "PostgreSQL does not run; start the platform with make up"
    for service in $(services_of "${1:-}"); do
        run_service "$service" migrate
    done
}

if [ -n "${2:-}" ]; then migrate_in_cluster "$@"; else migrate_here "$@"; fi
