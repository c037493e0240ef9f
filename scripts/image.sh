#!/usr/bin/env bash
# Builds the services' images with docker, podman or buildah, whichever answers: image.sh [user|video|chat].
#
# PLATFORM=linux/arm64 builds for another machine (same kind of machine, or binfmt with qemu), SWIFT_IMAGE names the builder (a
# release: by digest; REQUIRE_DIGEST=1 insists), VERSION the release, JOBS the compilers at once, ENGINE the engine.
# The list of contents (SPDX) goes to .local/images; with ARCHIVE=1 the image does too, for another machine to publish.
set -euo pipefail
# shellcheck source=scripts/image-engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/image-engine.sh"

cd "$root"
# limit_of SERVICE: bytes, unpacked: what a node pulls when a pod is waiting for it. Two thirds of video's are ffmpeg and what it loads.
limit_of() { if [ "$1" = video ]; then echo 400000000; else echo 120000000; fi; }
mkdir -p "$images"

export BUILDX_NO_DEFAULT_ATTESTATIONS=1 # the list of contents is in the image; an archive holds one image, no index
[[ ${REQUIRE_DIGEST:-} != 1 || ${SWIFT_IMAGE:-} == *@sha256:* ]] || die "a release names its builder by digest: SWIFT_IMAGE=...@sha256:..."

revision=$(git rev-parse HEAD)
seconds=$(git log -1 --format=%ct)
created=$(date -u -d "@$seconds" +%Y-%m-%dT%H:%M:%SZ)
[ -z "$(git status --porcelain)" ] || revision+=-dirty

# version_of PROGRAM: its release tag on this very commit, or a name that cannot be taken for a release.
version_of() {
    local tag
    tag=$(git describe --tags --exact-match --match "$1/v*" 2>/dev/null) && [[ $revision != *-dirty ]] && echo "${tag#"$1"/v}" && return
    echo "0.0.0-${revision:0:12}$([[ $revision != *-dirty ]] || echo -dirty)"
}

# contents IMAGE PROGRAM TARGET: copies the list of contents out of an image and prints the image's unpacked size in bytes.
contents() {
    local container list=/usr/share/sbom/$2.spdx.json
    if [ "$engine" = buildah ]; then
        container=$(buildah from --pull-never "$1")
        local as_owner=()
        [ "$(id -u)" = 0 ] || as_owner=(buildah unshare)
        # shellcheck disable=SC2016  # expanded by the inner shell
        "${as_owner[@]}" bash -ec 'folder=$(buildah mount "$1"); cp "$folder$2" "$3"; du -sb "$folder" | cut -f1' _ "$container" "$list" "$3"
        buildah rm "$container" >/dev/null
    else
        container=$("$engine" create "$1")
        "$engine" cp "$container:$list" "$3" >/dev/null
        "$engine" rm "$container" >/dev/null
        "$engine" image inspect --format '{{.Size}}' "$1"
    fi
}

services=$(services_of "${1:-}")
for service in $services; do
    program=$service-service
    version=${VERSION:-$(version_of "$program")}
    image=hiroba/$program:$version-${platform#linux/}
    stem=$(stem_of "$service")
    arguments=(--platform "$platform" --file "services/$program/Dockerfile" --tag "$image"
        --build-arg "VERSION=$version" --build-arg "REVISION=$revision" --build-arg "CREATED=$created" --build-arg "JOBS=${JOBS:-$(nproc)}")
    [ -z "${SWIFT_IMAGE:-}" ] || arguments+=(--build-arg "SWIFT_IMAGE=$SWIFT_IMAGE")
    # The commit's time on everything: when it was built says nothing about what it is.
    if [ "$engine" = docker ]; then arguments+=(--build-arg "SOURCE_DATE_EPOCH=$seconds"); else arguments+=(--timestamp "$seconds"); fi

    say "building $image with $engine${driver:+ ($driver)}; a cold release build takes a quarter of an hour"
    "$engine" build "${arguments[@]}" .
    echo "$image" >"$stem.image"
    size=$(contents "$image" "$program" "$stem.spdx.json")
    say "$image: $((size / 1000000)) MB, $(grep -c '"SPDXRef-.*",$' "$stem.spdx.json") entries in ${stem#"$root"/}.spdx.json"
    [ "$size" -le "$(limit_of "$service")" ] || die "$image has $size bytes; $(limit_of "$service") are allowed"
    [ -z "${ARCHIVE:-}" ] || {
        rm -f "$stem.tar"
        if [ "$engine" = buildah ]; then buildah push --quiet "$image" "docker-archive:$stem.tar:$image"; else "$engine" save --output "$stem.tar" "$image"; fi
    }
done
