#!/usr/bin/env bash
# Stops every part of the platform, gateway first and databases last; leaves no process behind.
set -euo pipefail
# shellcheck source=scripts/service.sh
source "$(dirname "${BASH_SOURCE[0]}")/service.sh"

hold_lock up
for ((i = ${#parts[@]} - 1; i >= 0; i--)); do
    part=${parts[i]}
    daemon_pid "$part" >/dev/null && say "stopping $part"
    stop_part "$part"
done
