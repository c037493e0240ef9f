#!/usr/bin/env bash
# Follows the logs of the platform: logs.sh [user|video|chat|gateway|postgres|redis]; LINES_BACK=50 shows more of the past.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

files=()
for part in $(parts_of "${1:-}"); do
    [ ! -e "$log_dir/$part.log" ] || files+=("$log_dir/$part.log")
done
[ ${#files[@]} -gt 0 ] || die "there is no log yet in $log_dir; run make up first"
follow=(-F)
[ -t 1 ] || follow=() # into a pipe or a file: what there is, and done
exec tail -n "${LINES_BACK:-20}" "${follow[@]}" "${files[@]}"
