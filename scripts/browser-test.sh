#!/usr/bin/env bash
# Uses the running platform as people do: signs in with passkeys of a real browser and codes of an app, uploads and plays; browser-test.sh [PYTEST OPTIONS].
set -euo pipefail
# shellcheck source=scripts/part-service.sh
source "$(dirname "${BASH_SOURCE[0]}")/part-service.sh"

"$root/scripts/install-packages.sh" browser
"$root/scripts/install-tools.sh" browser
port_in_use "$(port_of user)" || die "the platform does not run; start it with make up"
PUBLIC_URL=$(export_settings user && echo "$PUBLIC_URL")
export PUBLIC_URL
cd "$root/e2e/browser"
PYTHONDONTWRITEBYTECODE=1 exec "$root/.local/venv-browser/bin/pytest" -q -c /dev/null --rootdir . -p no:cacheprovider "$@"
