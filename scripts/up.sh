#!/usr/bin/env bash
# Brings the whole platform up on this machine and waits until it is ready; run again it changes nothing.
set -euo pipefail
# shellcheck source=scripts/service.sh
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

# make_admin: the first administrator; the password is kept in a file before the account has it, so that a start
# interrupted in between can be repeated.
make_admin() {
    [ -s "$state/admin" ] && return
    local email=admin@hiroba.local password
    password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    say "creating the first administrator"
    (umask 077 && echo "$email $password" >"$state/admin.new")
    printf '%s\n' "$password" | run_service user create-admin --email "$email" >>"$log_dir/create-admin.log" 2>&1 ||
        die "create-admin failed: $(tail -1 "$log_dir/create-admin.log")"
    mv "$state/admin.new" "$state/admin"
}

hold_lock up
mkdir -p "$run_dir" "$log_dir"
echo "$HIROBA_PORT_OFFSET" >"$state/port-offset" # make status and the others look at the same ports
echo "$HIROBA_VIDEO_REPLICAS" >"$state/video-replicas"
echo "$HIROBA_USER_REPLICAS" >"$state/user-replicas"
echo "$HIROBA_VIDEO_WORKERS" >"$state/video-workers"
echo "$MONITORING" >"$state/monitoring"
[ "$MONITORING" != 0 ] || stop_part prometheus # one that an earlier `make up` was asked for
for part in "${parts[@]}"; do
    daemon_pid "$part" >/dev/null || free_port_or_die "$part"
done
"$root/scripts/install-packages.sh" build run
[ "$MONITORING" = 0 ] || "$root/scripts/install-packages.sh" monitoring
"$root/scripts/install-tools.sh"
"$root/scripts/build.sh"
"$root/scripts/make-secrets.sh"
for part in "${parts[@]}"; do
    daemon_pid "$part" >/dev/null || say "starting $part on port $(port_of "$part")"
    [ "$part" != user ] || for service in user video chat; do migrate_service "$service"; done
    start_part "$part"
done
make_admin

gateway=http://127.0.0.1:$(port_of gateway) figures=''
[ "$MONITORING" = 0 ] || figures=$'\n  figures   '"http://127.0.0.1:$(port_of prometheus)/alerts"
cat <<EOT

Hiroba is ready.
  gateway   $gateway
  API       $gateway/docs/api/openapi-{user,video,chat}.yaml
  socket    ws://127.0.0.1:$(port_of gateway)/v1/ws
  services  who may ask for a service's token: ${state#"$PWD"/}/clients
  admin     $(cut -d' ' -f1 "$state/admin"), password in ${state#"$PWD"/}/admin$figures
  next      make status · make logs SERVICE=chat · make down
EOT
