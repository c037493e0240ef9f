#!/usr/bin/env bash
# Starts, finds and stops one background process by its pid file; sourced by service.sh.
# A pid file holds "PID START-TIME", so that a number reused after a reboot is never taken for ours. The process
# writes it itself before it becomes the daemon: there is no moment in which it runs unknown to `make down`.
set -euo pipefail
# shellcheck source=scripts/platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/platform.sh"

# process_start PID: the kernel's start time of a process (field 22 of its stat), which no later process shares.
process_start() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    stat=${stat##*) }
    cut -d' ' -f20 <<<"$stat"
}

# daemon_pid NAME: prints the pid of the running daemon; false when it does not run.
daemon_pid() {
    local pid start
    { read -r pid start <"$run_dir/$1.pid"; } 2>/dev/null || return 1
    [ -n "$start" ] && [ "$(process_start "$pid")" = "$start" ] || return 1
    ! grep -q '^State:.*Z' "/proc/$pid/status" 2>/dev/null || return 1
    echo "$pid"
}

# start_daemon NAME COMMAND...: runs it in a session of its own, its output appended to the log.
start_daemon() {
    local name=$1 log=$log_dir/$1.log
    shift
    mkdir -p "$run_dir" "$log_dir"
    if [ "$(stat -c %s "$log" 2>/dev/null || echo 0)" -gt $((64 << 20)) ]; then mv "$log" "$log.1"; fi
    # shellcheck disable=SC2016  # expanded by the inner shell, which is the process that becomes the daemon
    setsid --fork bash -c '
        # Nothing of the caller stays: no open file, which somebody may wait to see closed, and no blocked signal.
        for fd in /proc/$$/fd/*; do fd=${fd##*/}; ((fd <= 2)) || eval "exec $fd>&-"; done
        stat=$(cat "/proc/$$/stat"); stat=${stat##*) }
        echo "$$ $(cut -d" " -f20 <<<"$stat")" >"$0.new" && mv "$0.new" "$0" &&
            exec perl -MPOSIX=:signal_h -e "sigprocmask(SIG_SETMASK, POSIX::SigSet->new); exec @ARGV or die" -- "$@"
    ' "$run_dir/$name.pid" "$@" </dev/null >>"$log" 2>&1
    wait_until 5 daemon_pid "$name" || true # one that has already died shows itself to whoever waits for its port
}

# stop_daemon NAME SIGNAL SECONDS: asks it to end, then insists; returns once the process is gone.
stop_daemon() {
    local name=$1 signal=$2 seconds=$3 pid
    if pid=$(daemon_pid "$name"); then
        kill "-$signal" "$pid" 2>/dev/null || true
        if ! wait_until "$seconds" daemon_gone "$name"; then
            say "$name did not stop within $seconds s; killing it"
            kill -KILL "$pid" 2>/dev/null || true
            wait_until 5 daemon_gone "$name"
        fi
    fi
    rm -f "$run_dir/$name.pid"
}

# daemon_gone NAME: the opposite of daemon_pid, for wait_until.
daemon_gone() { ! daemon_pid "$1" >/dev/null; }
