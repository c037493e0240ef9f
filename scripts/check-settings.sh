#!/usr/bin/env bash
# Compares the settings the programs know, and their defaults, with .env.example and the services' READMEs; needs the programs built.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

say "$("$root/scripts/settings-documents.py" "$bin")"
