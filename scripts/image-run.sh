#!/usr/bin/env bash
# Runs an image as a cluster's node does, with what its engine has for that; sourced by image-test.sh.
set -euo pipefail
# shellcheck source=scripts/image-engine.sh
source "$(dirname "${BASH_SOURCE[0]}")/image-engine.sh"

# can_run_images: whether this machine can, or the end.
can_run_images() {
    [ "$engine" = buildah ] || return 0
    local program
    for program in runc jq; do
        command -v "$program" >/dev/null || die "$program is needed to run what buildah built (on Debian: apt-get install $program)"
    done
    [ "$(id -u)" = 0 ] || die "runc needs root to run what buildah built; or build with docker or podman"
}

# run_image IMAGE NAME SECRETS OBJECTS SETTING... -- ARGUMENT...: in the foreground; OBJECTS is the one folder that it may write to, beside /tmp.
run_image() {
    local image=$1 name=$2 secrets=$3 objects=$4 settings=()
    shift 4
    while [ "$1" != -- ]; do
        settings+=("$1")
        shift
    done
    shift
    if [ "$engine" = buildah ]; then run_with_runc "$@"; else run_with_engine "$@"; fi
}

run_with_engine() {
    local mounts=(--volume "$secrets:/run/secrets/hiroba:ro")
    [ ! -d "$objects" ] || mounts+=(--volume "$objects:/objects")
    "$engine" run --rm --name "hiroba-$name" --network host --read-only --tmpfs /tmp:rw,noexec,nosuid,size=16m --cap-drop ALL \
        --security-opt no-new-privileges "${mounts[@]}" "${settings[@]/#/--env=}" "$image" "$@"
}

run_with_runc() {
    local container folder bundle=$state/bundle/$name status=0
    container=$(buildah from --pull-never "$image")
    folder=$(buildah mount "$container")
    mkdir -p "$bundle"
    [ -d "$objects" ] || objects=
    (cd "$bundle" && rm -f config.json && runc spec)
    buildah inspect --type image "$image" >"$bundle/image.json"
    # shellcheck disable=SC2016  # the program is jq's
    jq --slurpfile image "$bundle/image.json" --arg root "$folder" --arg secrets "$secrets" --arg objects "$objects" \
        --argjson settings "$(printf '%s\n' "${settings[@]}" | jq -R . | jq -s .)" --argjson arguments "$(printf '%s\n' "$@" | jq -R . | jq -s .)" \
        '$image[0].OCIv1.config as $made
        | def bound($from; $to; $mode): {source: $from, destination: $to, type: "bind", options: ["bind", $mode]};
        .root = {path: $root, readonly: true}
        | .process.terminal = false
        | .process.user = ($made.User | split(":") | {uid: .[0] | tonumber, gid: .[1] | tonumber})
        | .process.cwd = $made.WorkingDir
        | .process.env = $made.Env + $settings
        | .process.args = $made.Entrypoint + $arguments
        | .process.capabilities = {} | .process.noNewPrivileges = true | del(.process.rlimits)
        | .linux.namespaces |= map(select(.type != "network"))
        | .mounts |= map(select(.type != "sysfs"))
        | .mounts += [{source: "tmpfs", destination: "/tmp", type: "tmpfs", options: ["nosuid", "noexec", "nodev", "size=16m", "mode=1777"]},
            bound($secrets; "/run/secrets/hiroba"; "ro")]
        | if $objects == "" then . else .mounts += [bound($objects; "/objects"; "rw")] end' \
        "$bundle/config.json" >"$bundle/config.json.new"
    mv "$bundle/config.json.new" "$bundle/config.json"
    runc run --bundle "$bundle" "hiroba-$name" || status=$?
    buildah rm "$container" >/dev/null
    return $status
}

# end_image NAME SIGNAL: sends it to the image's program; harmless when that has ended.
end_image() {
    if [ "$engine" = buildah ]; then runc kill "hiroba-$1" "$2"; else "$engine" kill --signal "$2" "hiroba-$1"; fi >/dev/null 2>&1 || true
}
