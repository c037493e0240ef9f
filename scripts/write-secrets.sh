#!/usr/bin/env bash
# Fills the entries of Secrets Manager that Terraform made and left empty, and adds what a newer release wants of them: ENV=dev write-secrets.sh.
# Never writes over a value.
#
# Passwords and keys are made here at random, go to Secrets Manager and nowhere else: no file, no state, no log. Run it after the
# first apply, with the environment's credentials and its state at hand (terraform init; see infra/terraform/README.md).
set -euo pipefail
shopt -s inherit_errexit # or a failure inside $(...) would be taken for an empty answer
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

for program in aws terraform python3; do command -v "$program" >/dev/null || die "$program is not installed"; done
umask 077

# output NAME: what the environment's Terraform says.
output() { terraform -chdir="$root/infra/terraform" output -raw "$1"; }

word() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
key() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }

# database_url ROLE PASSWORD DATABASE: both endpoints; the one that takes writes is found by asking (a failover needs no change here).
database_url() { echo "postgres://$1:$2@$addresses/$3?target_session_attrs=read-write&sslmode=require&connect_timeout=3"; }

# kept ENTRY: what the entry holds, nothing when it holds nothing. Any other answer than "not there" ends the script: an entry that could not
# be read may well have a value.
kept() {
    local said
    if said=$(aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text 2>&1); then
        printf '%s' "$said"
    elif [[ "$said" != *ResourceNotFoundException* ]]; then
        die "$1 cannot be read: $said"
    fi
}

# same MAKE NAME ENTRY...: the value of that name in the first entry that has one, or a new one. A run that was cut short goes on with what it made.
same() {
    local make=$1 name=$2 entry value
    shift 2
    for entry in "$@"; do
        value=$(kept "$entry")
        [ -z "$value" ] || value=$(python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1], ""))' "$name" <<<"$value")
        [ -z "$value" ] || { echo "$value" && return; }
    done
    "$make"
}

# fill ENTRY NAME VALUE...: one JSON object with what the entry lacks of these beside what it has.
fill() {
    local entry=$1 there object
    shift
    there=$(kept "$entry")
    # Through a pipe, and to AWS by file descriptor: arguments are to be read in the process list. (printf is the shell's own.)
    object=$(printf '%s\0' "$there" "$@" | python3 -c '
import json, sys
there, *pairs = sys.stdin.read().split("\0")[:-1]
kept = json.loads(there or "{}")
lacking = {name: value for name, value in zip(pairs[::2], pairs[1::2]) if name not in kept}
print(json.dumps(kept | lacking) if lacking else "")')
    if [ -z "$object" ]; then
        say "$entry has its values: left alone"
        return
    fi
    aws secretsmanager put-secret-value --secret-id "$entry" --secret-string file:///dev/stdin <<<"$object" >/dev/null
    say "$entry is written"
}

addresses=$(output database_address)
redis=$(output redis_url)
clients=''
# user-service last: its migration is told what the others prove themselves with.
for service in video chat user; do
    role=${service}_service
    password=$(word) owner_password=$(word)
    entry=hiroba/$service-service
    shared=() migration=()
    # What `migrate` needs as well as the service, it must find the same: the signing keys it makes are sealed with it.
    case $service in
        user) name=key-encryption-key ;;
        video) name=media-url-key ;;
        chat) name='' ;;
    esac
    if [ -n "$name" ]; then
        value=$(same key "$name" "$entry" "$entry-migrate")
        shared=("$name" "$value")
    fi
    own=()
    if [ "$service" = user ]; then
        own=(payment-webhooks none) # who it listens to is for people to say (docs/operations.md)
        migration=(service-clients "$clients")
    else
        value=$(same word service-client-secret "$entry" "$entry-migrate")
        shared+=(service-client-secret "$value")
        clients+="${clients:+;}$service-service $value identity:events,authz:decide,users:read"
    fi
    fill "$entry" database-url "$(database_url "$role" "$password" "$role")" database-password "$password" redis-url "$redis" "${shared[@]}" "${own[@]}"
    fill "$entry-migrate" database-url "$(database_url "${role}_owner" "$owner_password" "$role")" database-password "$owner_password" "${shared[@]}" "${migration[@]}"
done
fill hiroba/grafana admin-user admin admin-password "$(word)"
