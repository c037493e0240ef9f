#!/usr/bin/env bash
# Installs the pinned PyPI checkers of infrastructure files into .local/venv-infra; nothing when they are there.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

venv=$root/.local/venv-infra
wanted=$root/scripts/requirements-infra.txt
cmp -s "$wanted" "$venv/requirements.txt" && exit 0
say "installing the checkers of scripts/requirements-infra.txt"
mkdir -p "$log_dir"
python3 -m venv --clear "$venv" >"$log_dir/pip-infra.log" 2>&1 || die "python3 cannot make a virtual environment; see $log_dir/pip-infra.log"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" >>"$log_dir/pip-infra.log" 2>&1 ||
    die "pip could not install the checkers: $(grep -m1 ERROR "$log_dir/pip-infra.log") (is there network?)"
cp "$wanted" "$venv/requirements.txt"
