#!/usr/bin/env bash
# Chooses the engine that builds and starts images, and the machine they are for; sourced by image.sh and image-test.sh.
# shellcheck disable=SC2034  # the names are used by the scripts that source this
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot} # needs neither a daemon nor user namespaces

# ENGINE is docker, podman or buildah; without it, the first of them that answers.
first_answering() {
    local candidate
    for candidate in docker podman buildah; do
        command -v "$candidate" >/dev/null || continue
        "$candidate" info >/dev/null 2>&1 && echo "$candidate" && return
        # Where overlay mounts are not allowed, copies do.
        [ "$candidate" = docker ] || { STORAGE_DRIVER=vfs "$candidate" info >/dev/null 2>&1 && echo "$candidate vfs" && return; }
    done
    die "docker, podman or buildah is needed, and none answers (on Debian: apt-get install buildah)"
}
chosen=${ENGINE:-$(first_answering)}
read -r engine driver <<<"$chosen"
[ -z "$driver" ] || export STORAGE_DRIVER=$driver

case $(uname -m) in aarch64 | arm64) machine=arm64 ;; *) machine=amd64 ;; esac
platform=${PLATFORM:-linux/$machine}
[[ $platform =~ ^linux/(amd64|arm64)$ ]] || die "PLATFORM is linux/amd64 or linux/arm64, not $platform"

images=$root/.local/images
# stem_of SERVICE: what is written down of its image, without the ending: .image (its name), .spdx.json, .tar.
stem_of() { echo "$images/$1-service-${platform#linux/}"; }
