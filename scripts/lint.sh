#!/usr/bin/env bash
# Checks what can be wrong without being run: formats, scripts, workflows, settings, API documents, the gateway's configuration.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

cd "$root"
"$root/scripts/install-packages.sh" build lint
"$root/scripts/install-tools.sh"

say "format of Swift sources"
git ls-files -z '*.swift' | xargs -0 swift format lint --strict --parallel --configuration .swift-format

say "shell scripts"
shellcheck -x scripts/*.sh .ci/run

say "workflows"
"$root/scripts/lint-workflows.sh"

say "imports and settings"
"$root/scripts/build.sh"
"$root/scripts/check-settings.sh"

say "API documents"
for document in docs/api/openapi-*.yaml; do "$venv/bin/openapi-spec-validator" "$document" >/dev/null || die "$document is not valid OpenAPI"; done

say "table of ASVS"
python3 "$root/scripts/check-asvs.py" || die "docs/asvs.md says what is not so"

say "gateway"
"$root/scripts/check-gateway.sh"

say "nothing large, nothing generated in the tree"
git ls-files -z | xargs -0 stat -c '%s %n' | awk '$1 > 500000 { print "too large: " $2; bad = 1 } END { exit bad }'
! git ls-files | grep -E '(^|/)(\.build|\.local|Package\.resolved)(/|$)' || die "generated files are in git"
say "lint is clean"
