#!/usr/bin/env bash
# Builds the services' programs into .local/bin: build.sh [user|video|chat]; CONFIG=release for optimised ones.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

# is_current SERVICE: whether nothing it is made of has changed since its last build.
is_current() {
    local folder=$root/services/$1-service
    [ -x "$bin/$1-service" ] && [ -e "$bin/.$1-built" ] && [ -z "$(
        find "$root/libs/Sources" "$root/libs/Package.swift" "$folder/Sources" "$folder/Package.swift" "$root/docs/api" \
            -newer "$bin/.$1-built" -print -quit
    )" ]
}

# install_program SERVICE: the program and its resources, away from the scratch folder, which later builds write to.
install_program() {
    local built=$scratch/$CONFIG bundle
    for bundle in "$built"/*.resources; do
        [ -d "$bundle" ] || continue
        rm -rf "$bin/new" && cp -RL "$bundle" "$bin/new"
        rm -rf "${bin:?}/$(basename "$bundle")" && mv "$bin/new" "$bin/$(basename "$bundle")"
    done
    cmp -s "$built/$1-service" "$bin/$1-service" && return
    cp "$built/$1-service" "$bin/new"
    mv "$bin/new" "$bin/$1-service"
}

"$root/scripts/install-packages.sh" build
services=$(services_of "${1:-}")
for service in $services; do
    is_current "$service" && continue
    mkdir -p "$bin"
    say "building $service-service ($CONFIG); the first build of all takes minutes"
    touch "$bin/.building"
    "$root/scripts/swift.sh" build "services/$service-service" --product "$service-service"
    install_program "$service"
    mv "$bin/.building" "$bin/.$service-built" # as old as the build's start: an edit meanwhile counts as newer
done
