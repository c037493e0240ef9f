#!/usr/bin/env bash
# Installs checkers that neither Debian nor PyPI has into ~/.local/bin: install-scanners.sh [PROGRAM...], nothing named means trivy and
# kube-linter. For GitHub's runners and whoever wants them; each is at one version and held against its checksum.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

trivy=0.73.0
helm=3.21.4
promtool=3.9.1 # the Prometheus of the pinned kube-prometheus-stack
target=$HOME/.local/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$target"
machine=$(uname -m)

# unpack ADDRESS SUM FILE: a file of an archive. By checksum, never by tag: tags have been moved to stolen builds (GHSA-69fq-xp46-6x23).
unpack() {
    curl --fail --silent --show-error --location --proto '=https' --output "$work/archive.tar.gz" "$1"
    echo "$2  $work/archive.tar.gz" | sha256sum --check --quiet
    tar -xzf "$work/archive.tar.gz" -C "$work" "$3"
    install -m 0755 "$work/$3" "$target/$(basename "$3")"
}

# version_of CHART: the version that infra/helm/charts.txt pins.
version_of() { awk -v chart="$1" '$4 == chart { print $5; exit }' "$root/infra/helm/charts.txt"; }

# build PROGRAM: from the line of go-tools.txt whose version the cluster's charts have.
build() {
    local program chart version package
    command -v go >/dev/null || die "$1 is built with go, which is not installed"
    while read -r program chart version package; do
        [ "$program" = "$1" ] || continue
        [ "$chart" = - ] || [ "$version" = "$(version_of "$chart")" ] || continue
        say "building $program $version"
        # Go compares the source with its public checksum log, and brings the compiler that the source asks for.
        GOBIN=$target GOTOOLCHAIN=auto GOSUMDB=sum.golang.org go install "$package"
        return
    done <"$root/scripts/go-tools.txt"
    die "scripts/go-tools.txt has no $1 of the version that infra/helm/charts.txt pins"
}

[ $# -gt 0 ] || set -- trivy kube-linter
for program in "$@"; do
    [ ! -x "$target/$program" ] || continue
    case $program-$machine in
        trivy-x86_64)
            unpack "https://github.com/aquasecurity/trivy/releases/download/v$trivy/trivy_${trivy}_Linux-64bit.tar.gz" \
                2edd39da482bb4e9831962487b68f68e3928ec3137794757f54d00383d79547b trivy
            ;;
        trivy-aarch64)
            unpack "https://github.com/aquasecurity/trivy/releases/download/v$trivy/trivy_${trivy}_Linux-ARM64.tar.gz" \
                13833d97e8a1a5367471c372a173180157f593bece570e20d5d925fef552f5dd trivy
            ;;
        helm-x86_64)
            unpack "https://get.helm.sh/helm-v$helm-linux-amd64.tar.gz" \
                61f88ab166748cb19604d7884cb100ae9ccb13804ddeb98e08af167eacbb6a14 linux-amd64/helm
            ;;
        promtool-x86_64)
            unpack "https://github.com/prometheus/prometheus/releases/download/v$promtool/prometheus-$promtool.linux-amd64.tar.gz" \
                86a6999dd6aacbd994acde93c77cfa314d4be1c8e7b7c58f444355c77b32c584 "prometheus-$promtool.linux-amd64/promtool"
            ;;
        trivy-* | helm-* | promtool-*) die "no checksum of $program for $machine is written here" ;;
        *) build "$program" ;;
    esac
done
[ -z "${GITHUB_PATH:-}" ] || echo "$target" >>"$GITHUB_PATH"
