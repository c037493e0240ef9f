#!/usr/bin/env bash
# Names every folder, port and part of the local platform; sourced by the other scripts, does nothing by itself.
# shellcheck disable=SC2034  # the names are used by the scripts that source this
set -euo pipefail

# HIROBA_STATE_DIR and HIROBA_PORT_OFFSET let a second platform stand beside the first, HIROBA_VIDEO_REPLICAS=2 and
# HIROBA_USER_REPLICAS=2 give it a second video-service and user-service (`make e2e` and `make rollout-test` use them).
# HIROBA_VIDEO_WORKERS=0 leaves out who processes videos, as a release has to that is from before there was one.
# MONITORING=1 adds a Prometheus with the cluster's rules, MONITORING=0 takes it away again.
# HIROBA_PROGRAMS=FOLDER starts, and migrates with, the services' programs of another build.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
HIROBA_STATE_DIR=$(realpath -m "${HIROBA_STATE_DIR:-$root/.local}")
HIROBA_PORT_OFFSET=${HIROBA_PORT_OFFSET:-$(cat "$HIROBA_STATE_DIR/port-offset" 2>/dev/null || echo 0)}
HIROBA_VIDEO_REPLICAS=${HIROBA_VIDEO_REPLICAS:-$(cat "$HIROBA_STATE_DIR/video-replicas" 2>/dev/null || echo 1)}
HIROBA_USER_REPLICAS=${HIROBA_USER_REPLICAS:-$(cat "$HIROBA_STATE_DIR/user-replicas" 2>/dev/null || echo 1)}
HIROBA_VIDEO_WORKERS=${HIROBA_VIDEO_WORKERS:-$(cat "$HIROBA_STATE_DIR/video-workers" 2>/dev/null || echo 1)}
MONITORING=${MONITORING:-$(cat "$HIROBA_STATE_DIR/monitoring" 2>/dev/null || echo 0)}
export HIROBA_STATE_DIR HIROBA_PORT_OFFSET HIROBA_VIDEO_REPLICAS HIROBA_USER_REPLICAS HIROBA_VIDEO_WORKERS MONITORING
export CONFIG=${CONFIG:-debug}

state=$HIROBA_STATE_DIR
venv=$root/.local/venv
bin=$root/.local/bin/$CONFIG
run_dir=$state/run
log_dir=$state/log
secrets_dir=$state/secrets
scratch=$root/.build
[ "$CONFIG" = debug ] || scratch=$root/.build-$CONFIG

# In the order they start; stopping goes the other way.
parts=(postgres redis user)
[ "$HIROBA_USER_REPLICAS" = 1 ] || parts+=(user-2)
parts+=(video)
[ "$HIROBA_VIDEO_REPLICAS" = 1 ] || parts+=(video-2)
[ "$HIROBA_VIDEO_WORKERS" = 0 ] || parts+=(video-work)
parts+=(chat-1 chat-2 gateway)
[ "$MONITORING" = 0 ] || parts+=(prometheus)

# say TEXT: one progress line.
say() { printf '==> %s\n' "$*"; }

# die TEXT: one clear line on what is wrong and what to do, then the end.
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# left_out TOOL WHAT: says by name what is not checked for want of a tool. In CI that is a failure, unless MAY_LACK names the tool.
left_out() {
    [ "${CI:-}" != true ] || [[ " ${MAY_LACK:-} " == *" $1 "* ]] || die "cannot run $2: $1 is missing, and a check that did not run is no check"
    say "SKIPPED: $2 ($1 is missing)"
}

# port_of PART: the part's public port.
port_of() {
    local base
    case $1 in
        gateway) base=8080 ;;
        user) base=8081 ;;
        video) base=8082 ;;
        chat-1) base=8083 ;;
        chat-2) base=8084 ;;
        video-2) base=8085 ;;
        user-2) base=8086 ;;
        video-work) base=8087 ;; # nothing listens there: it has the operations port alone
        postgres) base=15432 ;;
        redis) base=16379 ;;
        prometheus) base=19090 ;;
        *) die "no part is called '$1'; there are: ${parts[*]}" ;;
    esac
    echo $((base + HIROBA_PORT_OFFSET))
}

# operations_port_of PART: the port of /livez, /readyz and /metrics; services only.
operations_port_of() { echo $(($(port_of "$1") + 1000)); }

# parts_of SERVICE: the parts a SERVICE=user|video|chat on the command line stands for; nothing given means all.
parts_of() {
    case ${1:-} in
        '') echo "${parts[@]}" ;;
        chat) echo chat-1 chat-2 ;;
        user | video) printf '%s\n' "${parts[@]}" | grep "^$1" ;;
        *) port_of "$1" >/dev/null && echo "$1" ;;
    esac
}

# services_of SERVICE: the packages under services/ it stands for, without "-service"; nothing given means all.
services_of() {
    case ${1:-} in
        '') echo user video chat ;;
        user | video | chat) echo "$1" ;;
        *) die "SERVICE=$1 is not known; use SERVICE=user, video or chat" ;;
    esac
}

# port_in_use PORT: whether something listens there on this machine.
port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# secret NAME: one of the secrets made on the first start.
secret() { cat "$secrets_dir/$1"; }

# wait_until SECONDS COMMAND...: asks every tenth of a second; false when the time is over.
wait_until() {
    local tries=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        ((--tries > 0)) || return 1
        sleep 0.1 # between two questions of a poll
    done
}

# hold_lock NAME: one at a time; a second `make up` in the same state folder waits for the first.
hold_lock() {
    mkdir -p "$state"
    exec 9>"$state/$1.lock"
    flock -n 9 || {
        say "waiting for another run in $state to finish"
        flock 9
    }
}
