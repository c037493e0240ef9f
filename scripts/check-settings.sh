#!/usr/bin/env bash
# Compares the settings the programs know with .env.example, both ways (GATEWAY_* are the gateway's); needs the programs built.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

known=$(for service in user video chat; do "$bin/$service-service" config 2>/dev/null | awk 'NR > 1 { print $1 }' || true; done | sort -u)
[ -n "$known" ] || die "the programs print no settings; run make build"
documented=$(grep -oE '^#[A-Z][A-Z0-9_]+=' "$root/.env.example" | tr -d '#=' | grep -v '^GATEWAY_' | sort -u)
differing=$(comm -3 <(echo "$known") <(echo "$documented") | tr -d '\t' | xargs)
[ -z "$differing" ] || die ".env.example and the programs differ in: $differing"
say "$(wc -l <<<"$known") settings are documented"
