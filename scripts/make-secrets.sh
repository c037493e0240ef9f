#!/usr/bin/env bash
# Makes the platform's secrets at random, once: one file each, readable by the owner only.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

mkdir -p "$state"
umask 077
mkdir -p "$secrets_dir"
chmod 700 "$secrets_dir"

# word: 24 random bytes that may stand anywhere.
word() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# make_secret NAME FORM: hex for passwords that stand in a URL, base64 for keys of 32 bytes.
make_secret() {
    [ -s "$secrets_dir/$1" ] && return
    if [ "$2" = hex ]; then
        word >"$secrets_dir/$1.new"
    else
        head -c 32 /dev/urandom | base64 | tr -d '\n' >"$secrets_dir/$1.new"
    fi
    mv "$secrets_dir/$1.new" "$secrets_dir/$1"
}

for name in postgres user-database video-database chat-database redis; do make_secret "$name" hex; done
for name in key-encryption-key media-url-key; do make_secret "$name" base64; done

# Who may ask user-service for a service's token: `id secret scopes`, one a line. It is the reader's to add to: user-service's migration
# takes over what stands here, at the next `make up`.
if [ ! -s "$state/clients" ]; then
    for service in video chat; do
        echo "$service-service $(word) identity:events,authz:decide,users:read"
    done >"$state/clients.new"
    mv "$state/clients.new" "$state/clients"
fi

# Which payment providers may tell user-service of memberships: `name secret`, one a line, for the reader to add to. The one there is at
# first is for trials (docs/operations.md, "Connect a payment provider").
if [ ! -s "$state/payments" ]; then
    echo "local whsec_$(head -c 32 /dev/urandom | base64 | tr -d '\n')" >"$state/payments.new"
    mv "$state/payments.new" "$state/payments"
fi
