#!/usr/bin/env bash
# Installs the pinned PyPI servers that tests talk to into .local/venv-test; nothing when they are there.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

venv=$root/.local/venv-test
wanted=$root/scripts/requirements-test.txt
cmp -s "$wanted" "$venv/requirements.txt" && exit 0
say "installing the servers of scripts/requirements-test.txt"
mkdir -p "$log_dir"
python3 -m venv --clear "$venv" >"$log_dir/pip-test.log" 2>&1 || die "python3 cannot make a virtual environment; see $log_dir/pip-test.log"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" >>"$log_dir/pip-test.log" 2>&1 ||
    die "pip could not install the servers: $(grep -m1 ERROR "$log_dir/pip-test.log") (is there network? see $log_dir/pip-test.log)"
cp "$wanted" "$venv/requirements.txt"
