#!/usr/bin/env bash
# The gateway: renders infra/local/envoy.yaml and runs Envoy on it; sourced by service.sh and lint.sh.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

# endpoint_of PART: where Envoy sends its requests, and where it asks whether the part is ready.
endpoint_of() {
    echo "{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: $(port_of "$1") } }," \
        "health_check_config: { port_value: $(operations_port_of "$1") } } }"
}

# render_gateway FILE: the template with this platform's ports and limits; an unknown name in it is an error.
render_gateway() (
    use_dot_env
    export GATEWAY_PORT USER_PORT VIDEO_ENDPOINTS CHAT_1_PORT CHAT_2_PORT CHAT_1_OPERATIONS_PORT CHAT_2_OPERATIONS_PORT
    GATEWAY_PORT=$(port_of gateway)
    USER_PORT=$(port_of user)
    VIDEO_ENDPOINTS=$(endpoint_of video)
    [ "$HIROBA_VIDEO_REPLICAS" = 1 ] || VIDEO_ENDPOINTS+=", $(endpoint_of video-2)"
    CHAT_1_PORT=$(port_of chat-1)
    CHAT_2_PORT=$(port_of chat-2)
    CHAT_1_OPERATIONS_PORT=$(operations_port_of chat-1)
    CHAT_2_OPERATIONS_PORT=$(operations_port_of chat-2)
    default_setting PUBLIC_URL "http://127.0.0.1:$GATEWAY_PORT"
    default_setting TOKEN_ISSUER "http://127.0.0.1:$GATEWAY_PORT"
    default_setting TOKEN_AUDIENCE hiroba
    default_setting PROBLEM_BASE_URL https://docs.example.com/problems
    default_setting GATEWAY_MAX_CONNECTIONS 8000
    default_setting GATEWAY_SIGN_IN_LIMIT 2000
    default_setting GATEWAY_REQUEST_LIMIT 600000
    export GATEWAY_ADMIN_SOCKET=envoy-admin.sock # in the folder Envoy starts in; whole paths can be too long for a socket
    mkdir -p "$(dirname "$1")"
    # shellcheck disable=SC2016  # the program is perl's
    perl -pe 'next if /^\s*#/; s/\$\{(\w+)\}/$ENV{$1} \/\/ die "no value for $1\n"/ge' "$root/infra/local/envoy.yaml" >"$1"
)

gateway_answers() { port_in_use "$(port_of gateway)"; }

start_gateway() {
    mkdir -p "$run_dir"
    render_gateway "$state/gateway/envoy.yaml.new"
    if daemon_pid gateway >/dev/null && ! cmp -s "$state/gateway/envoy.yaml.new" "$state/gateway/envoy.yaml"; then
        say "gateway: configuration changed, restarting it"
        stop_part gateway
    fi
    mv "$state/gateway/envoy.yaml.new" "$state/gateway/envoy.yaml"
    if ! daemon_pid gateway >/dev/null; then
        free_port_or_die gateway
        rm -f "$run_dir/envoy-admin.sock"
        (
            cd "$run_dir" || exit 1
            start_daemon gateway "$venv/bin/envoy" -c "$state/gateway/envoy.yaml" --disable-hot-restart \
                --concurrency "${GATEWAY_THREADS:-$(nproc)}" --log-level "${GATEWAY_LOG_LEVEL:-warning}"
        )
    fi
    wait_for_part gateway 60 gateway_answers
}
