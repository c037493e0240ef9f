#!/usr/bin/env bash
# One of our own services: its settings on this machine, migration, start; sourced by service.sh and the like.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

# service_of PART: the service a part runs ("chat-1" -> "chat", "video-work" -> "video").
service_of() { echo "${1%%-*}"; }

# subcommand_of PART: what its program is told to do.
subcommand_of() { case $1 in *-work) echo work ;; *) echo serve ;; esac }

# program_of PART: the built program, or that of another build.
program_of() { echo "${HIROBA_PROGRAMS:-$bin}/$(service_of "$1")-service"; }

# use_dot_env: takes settings from the file .env, where the caller's environment does not have them already.
use_dot_env() {
    local key value
    [ -f "$root/.env" ] || return 0
    while IFS='=' read -r key value; do
        [[ $key =~ ^[A-Z][A-Z0-9_]*$ ]] || continue
        [ -n "${!key+set}" ] || export "$key=$value"
    done <"$root/.env"
}

# default_setting KEY VALUE: for settings that differ here from production and that a user may still override.
default_setting() { [ -n "${!1+set}" ] || export "$1=$2"; }

# clients: user-service's clients, as its setting takes them: parted by semicolons.
clients() { grep -v -e '^#' -e '^[[:space:]]*$' "$state/clients" | paste -sd ';' -; }

# payments: whom user-service listens to about memberships, as its setting takes them.
payments() { grep -v -e '^#' -e '^[[:space:]]*$' "$state/payments" | paste -sd ';' -; }

# client_secret SERVICE: what the service proves itself with when it asks user-service for a token.
client_secret() { awk -v id="$1-service" '$1 == id { print $2; exit }' "$state/clients"; }

# identity_part: where the others ask for tokens and for what was called back. Of two it is the one that a rollout replaces first: a newer
# video-service may stand beside the older first one, which does not know the question.
identity_part() { [ "$HIROBA_USER_REPLICAS" = 1 ] && echo user || echo user-2; }

# export_settings PART: the environment of one service. Ports, addresses and secrets belong to the platform and
# always win; the rest yields to the caller's environment and to .env.
export_settings() {
    local part=$1 service gateway
    service=$(service_of "$part")
    [ "$part" != chat ] || part=chat-1 # what runs to its end listens nowhere; any replica's settings do
    gateway=http://127.0.0.1:$(port_of gateway)
    use_dot_env
    export HOST=127.0.0.1 PORT OPERATIONS_PORT DATABASE_URL REDIS_URL JWKS_URL
    PORT=$(port_of "$part")
    OPERATIONS_PORT=$(operations_port_of "$part")
    DATABASE_URL="postgres://${service}_service:$(secret "$service-database")@127.0.0.1:$(port_of postgres)/${service}_service"
    REDIS_URL="redis://:$(secret redis)@127.0.0.1:$(port_of redis)/0"
    JWKS_URL="http://127.0.0.1:$(port_of user)/.well-known/jwks.json"
    default_setting TRUSTED_PROXIES 1 # the gateway, which overwrites X-Forwarded-For
    # A passkey belongs to a domain name: to people the platform is at this one, and goes on answering at the address.
    [ "$service" != user ] || default_setting PUBLIC_URL "http://localhost:$(port_of gateway)"
    default_setting PUBLIC_URL "$gateway"
    default_setting TOKEN_ISSUER "$gateway"
    if [ "$service" != user ]; then
        export IDENTITY_URL SERVICE_CLIENT_ID=$service-service SERVICE_CLIENT_SECRET
        IDENTITY_URL=http://127.0.0.1:$(port_of "$(identity_part)")
        SERVICE_CLIENT_SECRET=$(client_secret "$service")
    fi
    case $service in
        user)
            export KEY_ENCRYPTION_KEY SERVICE_CLIENTS PAYMENT_WEBHOOKS
            default_setting REQUIRE_VERIFIED_EMAIL false
            default_setting MAIL_URL "file://$state/mail"
            default_setting MAILS_PER_MINUTE 1000
            KEY_ENCRYPTION_KEY=$(secret key-encryption-key)
            SERVICE_CLIENTS=$(clients)
            PAYMENT_WEBHOOKS=$(payments)
            default_setting SIGN_UPS_PER_MINUTE 1000
            default_setting SIGN_INS_PER_MINUTE 1000
            default_setting REFRESHES_PER_MINUTE 100000
            default_setting DECISIONS_PER_MINUTE 1000000
            default_setting WEBHOOKS_PER_MINUTE 100000
            ;;
        video)
            export MEDIA_URL_KEY
            MEDIA_URL_KEY=$(secret media-url-key)
            mkdir -p "$state/objects"
            default_setting PROCESSING_DIRECTORY "$state/processing"
            default_setting OBJECT_STORE_URL "file://$state/objects" # or a bucket, s3://..., with AWS_ACCESS_KEY_ID and its secret
            default_setting UPLOADS_PER_MINUTE 100000
            default_setting REPORTS_PER_MINUTE 10000
            default_setting SHARES_PER_MINUTE 10000
            default_setting VIDEO_QUOTAS "free uploads=1000 videos=100000 bytes=1TiB; member uploads=1000 videos=100000 bytes=8TiB"
            ;;
        chat)
            default_setting ALLOWED_ORIGINS "$gateway,http://localhost:$(port_of gateway)"
            default_setting FRAMES_PER_SECOND 1000
            default_setting FRAME_BURST 5000
            default_setting CHAT_QUOTAS "free rooms=10000 sockets=10000; member rooms=20000 sockets=20000"
            default_setting ROOMS_PER_MINUTE 10000
            default_setting MEMBERSHIPS_PER_MINUTE 10000
            default_setting MESSAGES_PER_MINUTE 1000000
            default_setting SOCKETS_PER_MINUTE 100000
            default_setting NETWORK_SOCKETS_PER_MINUTE 1000000
            ;;
    esac
}

# run_service PART SUBCOMMAND...: one of its subcommands, with the settings it has here.
run_service() (
    export_settings "$1"
    program=$(program_of "$1")
    shift
    "$program" "$@"
)

# fingerprint_of PART: changes when the program or its settings do; a running service with another one is restarted.
fingerprint_of() (
    export_settings "$1"
    { stat -L -c '%s %Y' "$(program_of "$1")" && env | grep -vE '^(_|SHLVL|PWD|OLDPWD|MAKE.*|MFLAGS|TERM.*|COLUMNS|LINES|SSH_.*|CI)=' |
        sort; } | sha256sum
)

service_is_alive() { curl -fsS -o /dev/null --max-time 2 "http://127.0.0.1:$(operations_port_of "$1")/livez"; }
service_is_ready() { curl -fsS -o /dev/null --max-time 2 "http://127.0.0.1:$(operations_port_of "$1")/readyz"; }

# migrate_service SERVICE: brings its database forward; quick when there is nothing to do.
migrate_service() {
    run_service "$1" migrate >>"$log_dir/migrate-$1.log" 2>&1 ||
        die "the migration of $1-service failed: $(tail -1 "$log_dir/migrate-$1.log")"
}

# start_service PART: with HIROBA_CLOCK_OFFSET ("+300s") its clock is off by so much, and it is not ready for that.
start_service() {
    local part=$1 fingerprint clock=() is_up=service_is_ready
    [ -x "$(program_of "$part")" ] || die "$(service_of "$part")-service is not built; run make up or make build"
    if [ -n "${HIROBA_CLOCK_OFFSET:-}" ]; then
        # Not the program faketime: that one stays between, and would be the one that is stopped.
        clock=(env FAKETIME="$HIROBA_CLOCK_OFFSET" FAKETIME_DONT_FAKE_MONOTONIC=1
            LD_PRELOAD="$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)")
        is_up=service_is_alive
    fi
    fingerprint=$(fingerprint_of "$part")
    if daemon_pid "$part" >/dev/null && [ "$(cat "$run_dir/$part.fingerprint" 2>/dev/null)" != "$fingerprint" ]; then
        say "$part: program or settings changed, restarting it"
        stop_part "$part"
    fi
    if ! daemon_pid "$part" >/dev/null; then
        free_port_or_die "$part"
        (
            export_settings "$part"
            start_daemon "$part" "${clock[@]}" "$(program_of "$part")" "$(subcommand_of "$part")"
        )
        echo "$fingerprint" >"$run_dir/$part.fingerprint"
    fi
    wait_for_part "$part" 60 "$is_up" "$part"
}
