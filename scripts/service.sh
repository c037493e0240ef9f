#!/usr/bin/env bash
# Starts, stops, restarts, kills or shows one part of the platform: service.sh start|stop|restart|kill|status PART, or runs one of a
# service's subcommands with the settings that it has here: service.sh run user keys rotate.
# PART is postgres, redis, user, video, video-work, chat-1, chat-2, gateway or prometheus. Nothing restarts by itself: a part that died stays
# visible in `make status`, and `make up` (or `restart` here) brings it back.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"
for file in daemon part-postgres part-redis part-service part-gateway part-prometheus; do
    # shellcheck source=/dev/null
    source "$root/scripts/$file.sh"
done

# free_port_or_die PART: one clear line when somebody else has the part's port.
free_port_or_die() {
    local port ports=()
    ports+=("$(port_of "$1")")
    case $1 in user* | video* | chat-*) ports+=("$(operations_port_of "$1")") ;; esac
    for port in "${ports[@]}"; do
        ! port_in_use "$port" ||
            die "port $port, which $1 needs, is in use by another process; stop that, or choose other ports: make up HIROBA_PORT_OFFSET=1000"
    done
}

# wait_for_part PART SECONDS COMMAND...: until it answers; says why when it ended instead or takes too long.
wait_for_part() {
    local part=$1 seconds=$2
    shift 2
    wait_until "$seconds" answers_or_gone "$part" "$@" || die "$part is not ready after $seconds s; see $log_dir/$part.log"
    daemon_pid "$part" >/dev/null || die "$part ended while starting: $(tail -1 "$log_dir/$part.log") (see $log_dir/$part.log)"
}

answers_or_gone() {
    local part=$1
    shift
    daemon_gone "$part" || "$@"
}

start_part() {
    case $1 in
        postgres | redis | gateway | prometheus) "start_$1" ;;
        *) start_service "$1" ;;
    esac
}

stop_part() {
    case $1 in
        postgres) stop_daemon postgres INT 30 ;; # INT: open sessions are ended, then a clean shutdown
        *) stop_daemon "$1" TERM 15 ;;
    esac
}

# status_part PART: one line; false when it does not run.
status_part() {
    local pid
    if pid=$(daemon_pid "$1"); then
        printf '%-10s running  pid %-8s port %s\n' "$1" "$pid" "$(port_of "$1")"
    else
        printf '%-10s stopped\n' "$1"
        return 1
    fi
}

main() {
    local verb=${1:-} part=${2:-}
    [ -n "$part" ] || die "usage: scripts/service.sh start|stop|restart|kill|status PART, where PART is one of: ${parts[*]}"
    port_of "$part" >/dev/null
    shift 2
    case $verb in
        start) start_part "$part" ;;
        stop) stop_part "$part" ;;
        restart) stop_part "$part" && start_part "$part" ;;
        kill) stop_daemon "$part" KILL 5 ;;
        status) status_part "$part" ;;
        run) run_service "$part" "$@" ;;
        *) die "'$verb' is not a verb of service.sh: start, stop, restart, kill, status, run" ;;
    esac
}

[ "${BASH_SOURCE[0]}" != "$0" ] || main "$@"
