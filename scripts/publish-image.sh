#!/usr/bin/env bash
# Pushes a service's archived images (ARCHIVE=1 make image, one a platform) under one name and signs it: publish-image.sh user|video|chat.
#
# REGISTRY is the registry's host, SIGNING_KEY the KMS key's ARN, VERSION the release or empty for a build of main. Leaves the name by
# digest and the signature, a line each, in .local/images/X-service.release. A tag in the registry never moves: one that is there
# already is kept, so a repeated run signs what the first one pushed.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

[ -n "${1:-}" ] || die "say which: make publish SERVICE=user|video|chat"
program=$(services_of "$1")-service
: "${REGISTRY:?the registry to push to}" "${SIGNING_KEY:?the KMS key that signs}"
images=$root/.local/images
repository=hiroba/$program
tag=main-$(git -C "$root" rev-parse --short=12 HEAD)
[ -z "${VERSION:-}" ] || tag=v$VERSION

digest=$(aws ecr describe-images --repository-name "$repository" --image-ids "imageTag=$tag" --query 'imageDetails[0].imageDigest' --output text \
    2>/dev/null || true)
if [[ $digest != sha256:* ]]; then
    archives=("$images/$program"-{amd64,arm64}.tar)
    for archive in "${archives[@]}"; do
        [ -e "$archive" ] || die "$archive is missing; build it with ARCHIVE=1 PLATFORM=... make image SERVICE=$1"
    done
    aws ecr get-login-password | buildah login --username AWS --password-stdin "$REGISTRY"
    list=localhost/$repository:$tag-index
    buildah manifest rm "$list" >/dev/null 2>&1 || true
    buildah manifest create "$list" >/dev/null
    for archive in "${archives[@]}"; do buildah manifest add "$list" "docker-archive:$archive" >/dev/null; done
    buildah manifest push --all --digestfile "$images/$program.digest" "$list" "${PUSH_TO:-docker://$REGISTRY}/$repository:$tag"
    digest=$(cat "$images/$program.digest")
fi

image=$REGISTRY/$repository@$digest
printf '%s\n%s\n' "$image" "$("$root/scripts/sign-image.sh" "$image")" >"$images/$program.release"
say "$tag is $image"
