#!/usr/bin/env bash
# Installs the pinned PyPI tools (Envoy among them) into .local/venv; nothing when they are there.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

wanted=$root/scripts/requirements.txt
cmp -s "$wanted" "$venv/requirements.txt" && exit 0
say "installing the tools of scripts/requirements.txt into ${venv#"$root"/}"
mkdir -p "$log_dir"
{ [ -x "$venv/bin/pip" ] || python3 -m venv --clear "$venv"; } >"$log_dir/pip.log" 2>&1 ||
    die "python3 cannot make a virtual environment; see $log_dir/pip.log"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" >>"$log_dir/pip.log" 2>&1 ||
    die "pip could not install the tools: $(grep -m1 ERROR "$log_dir/pip.log") (is there network? see $log_dir/pip.log)"
cp "$wanted" "$venv/requirements.txt" # last: marks the installation complete
