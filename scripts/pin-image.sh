#!/usr/bin/env bash
# Writes a published image and its signature into an environment's overlay: pin-image.sh user|video|chat dev|stg|prd.
#
# Reads .local/images/X-service.release (make publish). With PUSH=1 it commits to main and pushes with PIN_TOKEN: from then on git says
# what runs, and Argo CD makes it so. An older build that finishes late does not replace a newer one.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

cd "$root"
[ -n "${1:-}" ] || die "say which: make pin SERVICE=user|video|chat ENV=dev|stg|prd"
program=$(services_of "$1")-service
overlay=infra/k8s/overlays/${2:-}/$program
[ -d "$overlay" ] || die "ENV is dev, stg or prd, not '${2:-}'"
release=.local/images/$program.release
[ -s "$release" ] || die "$release is missing; make publish writes it"
{ read -r image; read -r signature; } <"$release"

pin() {
    ! grep -q "name: $program-canary" "$overlay/kustomization.yaml" || die "$program has a canary in $overlay; end it first (cicd/README.md)"
    sed -i -E "/^images:/,/^[a-z]/ {
        /^ +# Set by the first release/d
        s#^( +newName): .*#\1: ${image%@*}#
        s#^( +)(newTag|digest): .*#\1digest: ${image#*@}#
    }" "$overlay/kustomization.yaml"
    sed -i -E "s#^( +value): .*#\1: $signature#" "$overlay/signatures.yaml"
    if ! grep -q "digest: ${image#*@}" "$overlay/kustomization.yaml" || ! grep -q "value: $signature" "$overlay/signatures.yaml"; then
        die "$overlay does not look as expected; nothing was pinned"
    fi
}

if [ -z "${PUSH:-}" ]; then
    pin
    say "$overlay now names $image; commit it"
    exit
fi
author=(-c user.name=hiroba-release -c user.email=release@hiroba.example.com)
header="http.https://github.com/.extraheader=AUTHORIZATION: basic $(printf 'x-access-token:%s' "${PIN_TOKEN:?}" | base64 -w0)"
built_from=$(git rev-parse HEAD)
# Another service's release may push first: take its commit and write ours on top, a few times.
for _ in 1 2 3 4 5; do
    git -c "$header" fetch --quiet origin main
    git checkout --quiet --detach origin/main
    running=$(git log -1 --format='%(trailers:key=Built-from,valueonly)' -- "$overlay")
    if [ -n "$running" ] && [ "$running" != "$built_from" ] && git merge-base --is-ancestor "$built_from" "$running"; then
        say "$overlay runs a newer build, of $running; to go back, revert its commit"
        exit
    fi
    pin
    git diff --quiet -- "$overlay" && say "$overlay names it already" && exit
    git "${author[@]}" commit --quiet --message "Run ${image##*/} in $2" --trailer "Built-from: $built_from" -- "$overlay"
    git -c "$header" push --quiet origin HEAD:main && say "pushed: $program in $2 is $image" && exit
    sleep 2 # before the next try
done
die "main moved five times in a row; run this again"
