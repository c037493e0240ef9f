#!/usr/bin/env bash
# Fills the entries of Secrets Manager that Terraform made and left empty: ENV=dev write-secrets.sh. Never writes over a value.
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

# same NAME ENTRY...: the value of that name in the first entry that has one, or a new key. A run that was cut short goes on with what it made.
same() {
    local name=$1 entry value
    shift
    for entry in "$@"; do
        value=$(kept "$entry")
        [ -z "$value" ] || value=$(python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1], ""))' "$name" <<<"$value")
        [ -z "$value" ] || { echo "$value" && return; }
    done
    key
}

# fill ENTRY NAME VALUE...: one JSON object, unless the entry has a value.
fill() {
    local entry=$1 json='{' separator='' there
    shift
    there=$(kept "$entry")
    if [ -n "$there" ]; then
        say "$entry has a value: left alone"
        return
    fi
    while [ $# -gt 0 ]; do # hexadecimal, base64 and URLs: nothing that JSON would have to escape
        json+="$separator\"$1\": \"$2\""
        separator=', '
        shift 2
    done
    # By file descriptor: arguments are to be read in the process list.
    aws secretsmanager put-secret-value --secret-id "$entry" --secret-string file:///dev/stdin <<<"$json}" >/dev/null
    say "$entry is written"
}

addresses=$(output database_address)
for service in user video chat; do
    role=${service}_service
    password=$(word) owner_password=$(word)
    entry=hiroba/$service-service
    more=() shared=()
    # What `migrate` needs as well as the service, it must find the same: the signing keys it makes are sealed with it.
    case $service in
        user) name=key-encryption-key ;;
        video) name=media-url-key ;;
        chat) name='' more=(redis-url "$(output redis_url)") ;;
    esac
    if [ -n "$name" ]; then
        value=$(same "$name" "$entry" "$entry-migrate")
        shared=("$name" "$value")
    fi
    fill "$entry" database-url "$(database_url "$role" "$password" "$role")" database-password "$password" "${shared[@]}" "${more[@]}"
    fill "$entry-migrate" database-url "$(database_url "${role}_owner" "$owner_password" "$role")" database-password "$owner_password" "${shared[@]}"
done
fill hiroba/grafana admin-user admin admin-password "$(word)"
