# shellcheck shell=bash disable=SC2034
# Shared by the scripts beside this folder: messages, ports, waiting, and clean-up by process id.
# Source it; it sets REPOSITORY to the package's root.

REPOSITORY=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly REPOSITORY

log() { printf '==> %s\n' "$*" >&2; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Prints the comment block at the head of the calling script: what --help shows.
print_usage() { sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p}' "$1"; }

require_commands() {
    local name
    for name in "$@"; do
        command -v "$name" >/dev/null || die "$name is missing; scripts/bootstrap --test installs it"
    done
}

# --- Clean-up: whatever is registered is undone in reverse order when the script ends, however it ends.

cleanup_actions=()

on_exit() { cleanup_actions+=("$(printf '%q ' "$@")"); }

run_cleanup() {
    local status=$? index
    trap - EXIT INT TERM HUP
    set +e
    for ((index = ${#cleanup_actions[@]} - 1; index >= 0; index--)); do
        eval "${cleanup_actions[index]}"
    done
    cleanup_actions=()
    exit "$status"
}

arm_cleanup() {
    trap run_cleanup EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
}

# A directory that is removed at the end; its path goes into the variable named by $1.
make_temporary_directory() {
    # A local of the caller's variable's name would hide that variable.
    local _path
    _path=$(mktemp -d "${TMPDIR:-/tmp}/satchel.XXXXXXXX")
    on_exit rm -rf "$_path"
    printf -v "$1" '%s' "$_path"
}

# --- Processes, always by id.

# True while the process runs; a zombie has ended.
process_runs() {
    local state
    state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || return 1
    [[ -n $state && $state != Z && $state != X ]]
}

# stop_process PID [SECONDS]: TERM, then KILL when it has not ended in time (default 15 s).
stop_process() {
    local pid=$1 seconds=${2:-15}
    if process_runs "$pid"; then
        kill -TERM "$pid" 2>/dev/null || true
        if ! wait_until "$seconds" process_has_ended "$pid"; then
            kill -KILL "$pid" 2>/dev/null || true
            wait_until 5 process_has_ended "$pid" || true
        fi
    fi
    wait "$pid" 2>/dev/null || true
}

process_has_ended() { ! process_runs "$1"; }

# --- Waiting and ports.

# wait_until SECONDS COMMAND…: runs the command every 0.1 s until it succeeds; fails after SECONDS.
wait_until() {
    local seconds=$1 deadline
    shift
    deadline=$((SECONDS + seconds + 1))
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}

port_is_free() { ! (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

handed_out_ports=" "

# Puts a TCP port that nothing listens on into the variable named by $1. Below 32768, so that no outgoing
# connection sits on it, and above those that seaweedfs.sh chooses for itself.
choose_free_port() {
    local _port _attempt
    for ((_attempt = 0; _attempt < 200; _attempt++)); do
        _port=$((30300 + RANDOM % 2400))
        if [[ $handed_out_ports != *" $_port "* ]] && port_is_free "$_port"; then
            handed_out_ports+="$_port "
            printf -v "$1" '%s' "$_port"
            return
        fi
    done
    die "found no free port"
}

http_answers() { curl --silent --output /dev/null --fail --max-time 2 "$1"; }

# A random secret of 64 characters, letters and digits only (it goes through environments and URLs).
random_secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# random_uuid: version 4, lower case.
random_uuid() { cat /proc/sys/kernel/random/uuid; }
