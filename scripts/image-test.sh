#!/usr/bin/env bash
# Starts the services' images as a cluster does, beside a real PostgreSQL and Redis, and stops them again: image-test.sh [user|video|chat].
#
# Each migrates as the schema's owner, serves as a role that may change no table, and reads its secrets from files. It has nothing of
# this machine but the network: a root folder that is read-only, nobody's account, no capability. `make image` builds the images before.
# Buildah's are run with runc, as root: what buildah runs itself may write everywhere.
set -euo pipefail
export HIROBA_STATE_DIR=${HIROBA_STATE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.local/image-test}
export HIROBA_PORT_OFFSET=${HIROBA_PORT_OFFSET:-7000}
# shellcheck source=scripts/image-engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/image-engine.sh"
# shellcheck source=scripts/service.sh
source "$root/scripts/service.sh"
# shellcheck source=scripts/image-run.sh
source "$root/scripts/image-run.sh"

stop_within=15 # seconds: SHUTDOWN_GRACE_SECONDS, and half of it again
stand_in_port=$(port_of user-2)

# make_database SERVICE: its roles and its database, as in an environment; the local platform's own beside them have one role for both.
make_database() {
    PGOPTIONS=--client-min-messages=warning PGPASSWORD=$(secret postgres) "$(postgres_program psql)" -X -q -h 127.0.0.1 -p "$(port_of postgres)" -U postgres -d postgres \
        -v "service=${1}_image" -v "owner_password=owner" -v "service_password=service" <"$root/infra/k8s/db/roles.sql" >/dev/null
}

# url_of SERVICE ROLE PASSWORD
url_of() { echo "postgres://$2:$3@127.0.0.1:$(port_of postgres)/$1_image"; }

# write_secrets SERVICE FOLDER: the files External Secrets would bring; the account of the image reads them by its group.
write_secrets() {
    rm -rf "$2" && mkdir -p "$2/serve" "$2/migrate"
    url_of "$1" "$1_image_owner" owner >"$2/migrate/DATABASE_URL"
    url_of "$1" "$1_image" service >"$2/serve/DATABASE_URL"
    echo "redis://:$(secret redis)@127.0.0.1:$(port_of redis)/0" >"$2/serve/REDIS_URL"
    case $1 in
        user)
            secret key-encryption-key | tee "$2/serve/KEY_ENCRYPTION_KEY" >"$2/migrate/KEY_ENCRYPTION_KEY"
            cp "$state/clients" "$2/migrate/SERVICE_CLIENTS"
            ;;
        video) secret media-url-key | tee "$2/serve/MEDIA_URL_KEY" >"$2/migrate/MEDIA_URL_KEY" ;;
    esac
    [ "$1" = user ] || client_secret "$1" | tee "$2/serve/SERVICE_CLIENT_SECRET" >"$2/migrate/SERVICE_CLIENT_SECRET"
    # Public keys that nobody holds the other half of (RFC 7517, appendix A.1): ready means that keys are known.
    cat >"$2/serve/jwks.json" <<'JWKS'
{"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"1","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}
JWKS
    chmod -R a=rX "$2"
}

# settings_of SERVICE: one a line, as its ConfigMap has them.
settings_of() {
    local gateway=http://127.0.0.1:8080
    printf '%s\n' SECRETS_DIR=/run/secrets/hiroba "PORT=$(port_of "$part")" "OPERATIONS_PORT=$(operations_port_of "$part")" \
        "PUBLIC_URL=$gateway" "TOKEN_ISSUER=$gateway"
    [ "$1" = user ] || printf '%s\n' JWKS_URL=file:///run/secrets/hiroba/jwks.json "IDENTITY_URL=http://127.0.0.1:$stand_in_port"
    [ "$1" != video ] || echo OBJECT_STORE_URL=file:///objects
}

is_ready() { service_is_ready "$part"; }
has_ended() { ! kill -0 "$1" 2>/dev/null; }
ready_or_ended() { is_ready || has_ended "$1"; }

# migrate_twice IMAGE SERVICE: a repeated migration finds nothing to do.
migrate_twice() {
    local _ settings=(SECRETS_DIR=/run/secrets/hiroba)
    [ "$2" != video ] || settings+=(OBJECT_STORE_URL=file:///tmp/objects)
    for _ in 1 2; do
        run_image "$1" "$2-migrate" "$secrets/migrate" /nonexistent "${settings[@]}" -- migrate >>"$log" 2>&1 ||
            die "the image's migration failed: $(tail -n 1 "$log")"
    done
}

# answers SERVICE: one request that needs what only the image can lack, a library, a resource, a key.
answers() {
    local url email
    url=http://127.0.0.1:$(port_of "$part")
    curl -fsS -o /dev/null --max-time 5 "$url/openapi.yaml" || die "$1-service serves no document of its API"
    [ "$1" = user ] || return 0
    curl -fsS -o /dev/null --max-time 5 -u "chat-service:$(client_secret chat)" -d grant_type=client_credentials "$url/oauth2/token" ||
        die "the image's migration did not take over who may ask for a service's token"
    email=$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')@bücher.example # needs libidn2's tables
    curl -fsS -o /dev/null --max-time 10 "$url/v1/users" -H 'Content-Type: application/json' \
        -d "{\"email\": \"$email\", \"password\": \"a long enough pass phrase\", \"display_name\": \"Image\"}" ||
        die "nobody can sign up at the image's user-service"
}

# works IMAGE SECRETS OBJECTS LOG SETTING...: the same image finds the programs it processes videos with, and a way to keep them apart.
works() {
    local image=$1 secrets=$2 objects=$3 log=$4 process
    shift 4
    run_image "$image" video-work "$secrets" "$objects" "$@" PROCESSING_DIRECTORY=/objects/processing -- work >>"$log" 2>&1 &
    process=$!
    wait_until 30 ready_or_ended "$process" || true
    is_ready || { end_image video-work KILL && die "$image does not work: $(tail -n 1 "$log")"; }
    say "$image works, its children confined by $(grep -oE '"confinement":"[a-z-]+"' "$log" | tail -n 1 | cut -d '"' -f 4)"
    end_image video-work TERM
    wait_until "$stop_within" has_ended "$process" || die "$image did not stop working within $stop_within s"
    wait "$process" || die "$image ended with $? when it was asked to stop working: $(tail -n 1 "$log")"
}

test_image() {
    local service=$1 image part=$1 secrets log process began status=0
    [ "$service" != chat ] || part=chat-1
    [ -f "$(stem_of "$service").image" ] || die "there is no image of $service-service; make image SERVICE=$service"
    image=$(cat "$(stem_of "$service").image")
    log=$log_dir/image-$service.log secrets=$state/mounts/$service
    write_secrets "$service" "$secrets"
    mkdir -p "$state/objects" && chmod 0777 "$state/objects"
    make_database "$service"
    # What another image's user-service told is not what the stand-in tells.
    REDISCLI_AUTH=$(secret redis) redis-cli -p "$(port_of redis)" flushall >/dev/null
    migrate_twice "$image" "$service"

    mapfile -t settings < <(settings_of "$service")
    began=$(date +%s%N)
    run_image "$image" "$service-serve" "$secrets/serve" "$state/objects" "${settings[@]}" -- serve >>"$log" 2>&1 &
    process=$!
    wait_until 30 ready_or_ended "$process" || true
    is_ready || { end_image "$service-serve" KILL && die "$image is not ready: $(tail -n 1 "$log")"; }
    say "$image: ready after $((($(date +%s%N) - began) / 1000000)) ms"
    answers "$service"

    began=$(date +%s%N)
    end_image "$service-serve" TERM
    wait_until "$stop_within" has_ended "$process" || { end_image "$service-serve" KILL && die "$image did not stop within $stop_within s"; }
    wait "$process" || status=$?
    [ "$status" = 0 ] || die "$image ended with $status when it was asked to: $(tail -n 1 "$log")"
    say "$image: stopped after $((($(date +%s%N) - began) / 1000000)) ms, with 0"
    [ "$service" != video ] || works "$image" "$secrets/serve" "$state/objects" "$log" "${settings[@]}"
}

services=$(services_of "${1:-}")
can_run_images
"$root/scripts/install-packages.sh" run
trap 'stop_daemon identity-stand-in TERM 5; "$root/scripts/down.sh"' EXIT
mkdir -p "$run_dir" "$log_dir"
"$root/scripts/make-secrets.sh"
start_postgres
start_redis
# One image is tested alone: what it would ask of user-service, somebody else answers.
start_daemon identity-stand-in "$root/scripts/identity-stand-in.py" "$stand_in_port"
wait_until 10 port_in_use "$stand_in_port" || die "the stand-in for user-service does not answer; see $log_dir/identity-stand-in.log"
for service in $services; do test_image "$service"; done
