#!/usr/bin/env bash
# Holds the services of the running platform against their OpenAPI documents, and uploads against tuspy, as a user, an admin, a service and nobody: api-test.sh [user|video|chat].
# API_TEST_EXAMPLES=N sends N random requests to each route besides the systematic ones (long form), API_TEST_SEED=N others than usually,
# API_TEST_CALLERS="admin nobody" come alone, API_TEST_OPERATIONS=REGEX are called alone.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

"$root/scripts/install-tools.sh" api
port_in_use "$(port_of user)" || die "the platform does not run; start it with make up"
logs=$log_dir/api-test
rm -rf "$logs"
mkdir -p "$logs"
USER_PORT=$(port_of user) VIDEO_PORT=$(port_of video) CHAT_PORT=$(port_of chat-1)
export USER_PORT VIDEO_PORT CHAT_PORT

# ask SERVICE CALLER [gateway]: one run, by way of the gateway or at the service's own port; its report is in a log, whose failures are shown.
ask() {
    local port=${3:-$1} name="$1-service, called by $2${3:+ through the $3}" log=$logs/$1-$2${3:+-$3}.log
    [ "$port" != chat ] || port=chat-1
    local options=(--url "http://127.0.0.1:$(port_of "$port")" --seed "${API_TEST_SEED:-1}" --no-color)
    options+=(--phases "examples,coverage${API_TEST_EXAMPLES:+,fuzzing}" --max-examples "${API_TEST_EXAMPLES:-1}")
    [ -z "${API_TEST_OPERATIONS:-}" ] || options+=(--include-operation-id-regex "$API_TEST_OPERATIONS")
    # No gateway leads to what services ask each other, and it serves the documents elsewhere.
    [ -z "${3:-}" ] || options+=(--exclude-path-regex "^/(internal|oauth2)/|^/openapi.yaml$")
    if (cd "$root/e2e/api" && API_SERVICE=$1 API_CALLER=$2 API_THROUGH=${3:-} API_SEEN=${log%.log}.seen PYTHONPATH=. PYTHONDONTWRITEBYTECODE=1 \
        "$root/.local/venv-api/bin/st" --config-file schemathesis.toml run "$root/docs/api/openapi-$1.yaml" "${options[@]}") >"$log" 2>&1; then
        say "$name: $(grep -oE '[0-9]+ generated' "$log" | tail -1 | sed 's/ generated//') requests answered as documented"
    else
        sed -n '/^=.* \(ERRORS\|FAILURES\) =/,/^=.* SUMMARY =/p' "$log" | cut -c1-2000
        say "$name: not as documented; see $log"
        return 1
    fi
}

# ask_all SERVICE: every caller, one after the other.
ask_all() {
    local caller failed=0
    for caller in ${API_TEST_CALLERS:-user admin service nobody}; do
        ask "$1" "$caller" || failed=1
    done
    [ -z "${API_TEST_CALLERS:-}${API_TEST_OPERATIONS:-}" ] || return "$failed"
    ask "$1" user gateway || failed=1
    "$root/.local/venv-api/bin/python" "$root/e2e/api/unanswered.py" "$root/docs/api/openapi-$1.yaml" "$logs/$1"-*.seen || failed=1
    return "$failed"
}

# speak_tus: uploads as tus's own client for Python makes them, by way of the gateway.
speak_tus() {
    (cd "$root/e2e/api" && PYTHONDONTWRITEBYTECODE=1 GATEWAY_PORT=$(port_of gateway) "$root/.local/venv-api/bin/python" -m pytest -q -p no:cacheprovider \
        --rootdir . test_tus.py test_parts.py) >"$logs/tus.txt" 2>&1 && say "uploads: tuspy gets along, and curl puts parts" && return
    cat "$logs/tus.txt"
    return 1
}

# The services beside each other; what one has to say comes in one piece.
declare -A runs=()
for service in $(services_of "${1:-}"); do
    ask_all "$service" >"$logs/$service.txt" 2>&1 &
    runs[$service]=$!
done
failed=0
for service in "${!runs[@]}"; do
    wait "${runs[$service]}" || failed=1
    cat "$logs/$service.txt"
done
case " $(services_of "${1:-}") " in
*" video "*) [ -n "${API_TEST_CALLERS:-}${API_TEST_OPERATIONS:-}" ] || speak_tus || failed=1 ;;
esac
[ "$failed" = 0 ] || die "what the documents in docs/api say is not what the services do"
