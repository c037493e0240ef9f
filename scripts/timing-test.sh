#!/usr/bin/env bash
# Asks user-service 200 times each about addresses that have an account and such that have none, and holds the medians against each other:
# `make timing-test`. Also with accounts from before the effort of a password hash was raised. Starts a platform of its own.
set -euo pipefail
export HIROBA_PORT_OFFSET=${HIROBA_PORT_OFFSET:-7000}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export HIROBA_STATE_DIR=${HIROBA_STATE_DIR:-$here/../.local/timing}
# shellcheck source=scripts/service.sh
source "$here/service.sh"

"$root/scripts/install-packages.sh" run
"$root/scripts/build.sh" user
"$root/scripts/reset.sh"
trap '"$root/scripts/down.sh"' EXIT

# Limits that are none: what is measured is work, not refusals.
export LOG_LEVEL=warning REQUIRE_VERIFIED_EMAIL=true SIGN_UPS_PER_MINUTE=1000000 SIGN_INS_PER_MINUTE=1000000 MAILS_PER_MINUTE=1000000 \
    SIGN_IN_FAILURES_PER_ACCOUNT=1000000 ARGON2_MEMORY_KIB=19456 ARGON2_PASSES=2
"$here/make-secrets.sh"
start_part postgres
start_part redis
migrate_service user
start_part user

measure() { python3 "$here/timing-test.py" "http://127.0.0.1:$(port_of user)" "$@" || failed=1; }

failed=0
measure sign-up sign-in password-reset verification
for raised in "65536 2" "19456 4"; do
    stop_part user
    read -r ARGON2_MEMORY_KIB ARGON2_PASSES <<<"$raised"
    start_part user
    say "accounts of 19456 KiB and 2 passes, now $ARGON2_MEMORY_KIB KiB and $ARGON2_PASSES"
    measure sign-in
done
[ "$failed" = 0 ] || die "the time tells who has an account"
say "the time does not tell who has an account"
