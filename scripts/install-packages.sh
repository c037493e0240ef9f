#!/usr/bin/env bash
# Installs the Debian packages that the build and the platform need: install-packages.sh build|run|test|e2e|browser|lint|alerts|monitoring; nothing when
# all are there.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

has_python() { python3 -c 'import venv, ensurepip' 2>/dev/null; }
has_header() { [ -e "/usr/include/$1" ]; }
has_program() { command -v "$1" >/dev/null; }
has_browser() { has_program chromium || has_program chromium-browser || has_program google-chrome; }
has_faketime() { compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null; }
has_postgres() { [ -n "$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null)" ] || has_program postgres; }

missing=()
needs() { # needs PACKAGE COMMAND...: the package is missing unless the command succeeds
    local package=$1
    shift
    "$@" || missing+=("$package")
}

for purpose in "$@"; do
    case $purpose in
        build)
            needs pkg-config has_program pkg-config
            needs libpq-dev has_header postgresql/libpq-fe.h
            needs libssl-dev has_header openssl/ssl.h
            needs libhiredis-dev has_header hiredis/hiredis.h
            needs libsodium-dev has_header sodium.h
            needs libidn2-dev has_header idn2.h
            needs libqrencode-dev has_header qrencode.h
            ;;
        run)
            needs postgresql has_postgres
            needs redis-server has_program redis-server
            needs curl has_program curl
            needs python3-venv has_python
            needs ffmpeg has_program ffmpeg
            needs bubblewrap has_program bwrap
            ;;
        test)
            needs python3 has_program python3
            needs ffmpeg has_program ffmpeg
            needs bubblewrap has_program bwrap
            needs unzip has_program unzip
            needs librsvg2-bin has_program rsvg-convert
            needs zbar-tools has_program zbarimg
            ;;
        e2e)
            needs python3 has_program python3
            needs unzip has_program unzip
            needs libfaketime has_faketime
            ;;
        browser)
            needs chromium has_browser
            needs ffmpeg has_program ffmpeg
            needs librsvg2-bin has_program rsvg-convert
            needs zbar-tools has_program zbarimg
            ;;
        lint)
            needs jq has_program jq
            needs shellcheck has_program shellcheck
            needs python3-venv has_python
            ;;
        alerts)
            needs prometheus has_program promtool
            needs prometheus-alertmanager has_program amtool
            ;;
        monitoring)
            needs prometheus has_program prometheus
            ;;
        *) die "install-packages.sh knows build, run, test, e2e, browser, lint, alerts and monitoring, not '$purpose'" ;;
    esac
done

mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u | sed '/^$/d')
[ ${#missing[@]} -gt 0 ] || exit 0
command="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
has_program apt-get || die "missing on this system: ${missing[*]} (names of Debian 12); install them, then run this again"
as_root=()
if [ "$(id -u)" != 0 ]; then
    # GitHub's bare runners are not root and need no password to become it.
    sudo -n true 2>/dev/null || die "system packages are missing and you are not root; run: sudo sh -c '$command'"
    as_root=(sudo -n)
fi

say "installing ${missing[*]}"
mkdir -p "$log_dir"
# RUNLEVEL=1 keeps Debian from starting its own PostgreSQL, Redis and Prometheus: the platform runs private ones.
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -o DPkg::Lock::Timeout=120)
("${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}") >"$log_dir/apt.log" 2>&1 ||
    die "apt-get could not install ${missing[*]}: $(grep -E '^(E|Err|W):' "$log_dir/apt.log" | head -1) (is there network? see $log_dir/apt.log)"
