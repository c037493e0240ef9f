#!/usr/bin/env bash
# Installs trivy and kube-linter, which neither Debian nor PyPI has, into ~/.local/bin; for GitHub's runners and whoever wants them.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

trivy=0.73.0
kube_linter=v0.8.3
case $(uname -m) in
    x86_64) asset=64bit sum=2edd39da482bb4e9831962487b68f68e3928ec3137794757f54d00383d79547b ;;
    aarch64) asset=ARM64 sum=13833d97e8a1a5367471c372a173180157f593bece570e20d5d925fef552f5dd ;;
    *) die "no trivy for $(uname -m)" ;;
esac
target=$HOME/.local/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$target"

if ! command -v trivy >/dev/null; then
    say "installing trivy $trivy"
    # By checksum, never by tag: tags of this project have been moved to stolen builds (GHSA-69fq-xp46-6x23).
    curl --fail --silent --show-error --location --proto '=https' --output "$work/trivy.tar.gz" \
        "https://github.com/aquasecurity/trivy/releases/download/v$trivy/trivy_${trivy}_Linux-$asset.tar.gz"
    echo "$sum  $work/trivy.tar.gz" | sha256sum --check --quiet
    tar -xzf "$work/trivy.tar.gz" -C "$target" trivy
fi
if ! command -v kube-linter >/dev/null; then
    say "installing kube-linter $kube_linter"
    command -v go >/dev/null || die "kube-linter is built with go, which is not installed"
    # Go compares the source with its public checksum log.
    GOBIN=$target go install "golang.stackrox.io/kube-linter/cmd/kube-linter@$kube_linter"
fi
[ -z "${GITHUB_PATH:-}" ] || echo "$target" >>"$GITHUB_PATH"
