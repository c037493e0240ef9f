#!/usr/bin/env bash
# Fills the entries of Secrets Manager that Terraform made and left empty: ENV=dev write-secrets.sh. Never writes over a value.
#
# Passwords and keys are made here at random, go to Secrets Manager and nowhere else: no file, no state, no log. Run it after the
# first apply, with the environment's credentials and its state at hand (terraform init; see infra/terraform/README.md).
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

for program in aws terraform; do command -v "$program" >/dev/null || die "$program is not installed"; done
umask 077

# output NAME: what the environment's Terraform says.
output() { terraform -chdir="$root/infra/terraform" output -raw "$1"; }

word() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
key() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }

# database_url ROLE PASSWORD DATABASE: both endpoints; the one that takes writes is found by asking (a failover needs no change here).
database_url() { echo "postgres://$1:$2@$addresses/$3?target_session_attrs=read-write&sslmode=require&connect_timeout=3"; }

# fill ENTRY NAME VALUE...: one JSON object, unless the entry has a value.
fill() {
    local entry=$1 json='{' separator=
    shift
    if aws secretsmanager get-secret-value --secret-id "$entry" --query VersionId --output text >/dev/null 2>&1; then
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
    more=() same=()
    # What `migrate` needs as well as the service, it must find the same: the signing keys it makes are sealed with it.
    case $service in
        user) same=(key-encryption-key "$(key)") ;;
        video) same=(media-url-key "$(key)") ;;
        chat) more=(redis-url "$(output redis_url)") ;;
    esac
    fill "hiroba/$service-service" database-url "$(database_url "$role" "$password" "$role")" database-password "$password" "${same[@]}" "${more[@]}"
    fill "hiroba/$service-service-migrate" database-url "$(database_url "${role}_owner" "$owner_password" "$role")" database-password "$owner_password" "${same[@]}"
done
fill hiroba/grafana admin-user admin admin-password "$(word)"
