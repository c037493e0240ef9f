#!/usr/bin/env bash
# The private PostgreSQL: data folder, start, roles and databases; sourced by service.sh.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

# PostgreSQL refuses to run as root, so root runs it as the user `postgres`. That user cannot enter a private folder
# such as /root; a clone that lies in one keeps its database under /var/lib instead.
postgres_home() {
    if [ "$(id -u)" != 0 ] || as_postgres test -x "$state"; then
        echo "$state/postgres"
    else
        echo "/var/lib/hiroba/$(cksum <<<"$state" | cut -d' ' -f1)"
    fi
}

# as_postgres COMMAND...: as the account PostgreSQL runs under.
postgres_account=()
[ "$(id -u)" != 0 ] || postgres_account=(setpriv --reuid=postgres --regid=postgres --init-groups --)
as_postgres() { "${postgres_account[@]}" "$@"; }

# postgres_program NAME: the newest installed one; Debian keeps server programs off the PATH.
postgres_program() {
    local found
    found=$(find /usr/lib/postgresql -path "*/bin/$1" 2>/dev/null | sort -V | tail -1)
    echo "${found:-$(command -v "$1" || die "PostgreSQL is not installed (no $1); run make up")}"
}

# psql_as_superuser: SQL on standard input.
psql_as_superuser() {
    PGPASSWORD=$(secret postgres) "$(postgres_program psql)" --no-psqlrc --quiet --tuples-only --no-align \
        -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(port_of postgres)" -U postgres -d postgres
}

postgres_answers() { "$(postgres_program pg_isready)" -q -h 127.0.0.1 -p "$(port_of postgres)"; }

# A data folder appears under its final name only when it is complete: one half-made by an interrupted start is redone.
make_postgres_data() {
    local home=$1
    [ -d "$home/data" ] && return
    say "creating the PostgreSQL data folder"
    rm -rf "$home/data.new"
    mkdir -p "$home"
    [ "$(id -u)" != 0 ] || chown postgres "$home"
    (umask 077 && secret postgres >"$home/password")
    [ "$(id -u)" != 0 ] || chown postgres "$home/password"
    (cd "$home" && as_postgres "$(postgres_program initdb)" -D "$home/data.new" -U postgres --pwfile="$home/password" \
        --auth-host=scram-sha-256 --auth-local=reject --encoding=UTF8 --locale=C.UTF-8 --data-checksums) \
        >>"$log_dir/postgres.log" 2>&1 || die "initdb failed; see $log_dir/postgres.log"
    rm -f "$home/password"
    mv "$home/data.new" "$home/data"
}

# processes_in FOLDER: pids of the processes that work there; every PostgreSQL process works in its data folder.
processes_in() {
    local cwd
    for cwd in /proc/[0-9]*/cwd; do
        if [ "$(readlink "$cwd" 2>/dev/null)" = "$1" ]; then basename "$(dirname "$cwd")"; fi
    done
}

nobody_in() { [ -z "$(processes_in "$1")" ]; }

# After kill -9 of the server its children need a moment to notice; a server whose pid file of ours is lost is ended.
clear_postgres_remains() {
    local data=$1
    if ! wait_until 5 nobody_in "$data"; then
        processes_in "$data" | xargs -r kill -QUIT 2>/dev/null || true
        wait_until 10 nobody_in "$data" || die "PostgreSQL processes of an earlier run do not end: $(processes_in "$data" | xargs)"
    fi
    rm -f "$data/postmaster.pid"
}

start_postgres() {
    local home
    home=$(postgres_home)
    mkdir -p "$log_dir"
    if ! daemon_pid postgres >/dev/null; then
        make_postgres_data "$home"
        clear_postgres_remains "$home/data"
        free_port_or_die postgres
        (
            cd "$home" || exit 1
            start_daemon postgres "${postgres_account[@]}" "$(postgres_program postgres)" \
                -D "$home/data" -c listen_addresses=127.0.0.1 \
                -c port="$(port_of postgres)" -c unix_socket_directories= -c max_connections=200 \
                -c shared_buffers="${POSTGRES_SHARED_BUFFERS:-128MB}" \
                -c password_encryption=scram-sha-256 -c log_line_prefix='%m [%p] %d '
        )
    fi
    wait_for_part postgres 60 postgres_answers
    make_postgres_databases
}

# One role and one database a service; nobody but the owner may connect. Every start looks, and adds what is missing.
make_postgres_databases() {
    local service
    for service in user video chat; do
        psql_as_superuser <<SQL || die "cannot create the database of $service-service; see $log_dir/postgres.log"
SELECT 'CREATE ROLE ${service}_service LOGIN PASSWORD ''$(secret "$service-database")'''
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${service}_service') \\gexec
SELECT 'CREATE DATABASE ${service}_service OWNER ${service}_service'
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '${service}_service') \\gexec
REVOKE ALL ON DATABASE ${service}_service FROM PUBLIC;
SQL
    done
}
