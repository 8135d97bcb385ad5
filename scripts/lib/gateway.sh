# shellcheck shell=bash disable=SC2034
# Builds, starts and stops a gateway for the scripts beside this folder. Source after common.sh.

# Nothing that the caller's shell happens to export may change a run that must be repeatable. What the build and the
# tests look at stays.
forget_satchel_environment() {
    local name
    for name in "${!SATCHEL_@}"; do
        case $name in
            SATCHEL_WARNINGS_AS_ERRORS | SATCHEL_SHARED | SATCHEL_TEST_SLOW_*) ;;
            *) unset "$name" ;;
        esac
    done
}

# require_swift: Swift 6.2 or later, or a word on where it is.
require_swift() {
    command -v swift >/dev/null ||
        die "swift is missing: install Swift 6.2 or later from https://www.swift.org/install/linux/"
}

# build_binaries debug|release: builds both executables and sets BINARIES to their folder.
build_binaries() {
    local configuration=$1
    require_swift
    log "building ($configuration)"
    (cd "$REPOSITORY" && swift build -c "$configuration" --product satchel &&
        swift build -c "$configuration" --product satchel-worker) >&2
    BINARIES=$(cd "$REPOSITORY" && swift build -c "$configuration" --show-bin-path)
}

require_binaries() {
    local name
    for name in satchel satchel-worker; do
        [[ -x $BINARIES/$name ]] || die "$BINARIES/$name is missing or not executable"
    done
}

# configure_gateway DATA PORT S3-ENDPOINT ACCESS SECRET BUCKET: fills GATEWAY_ENVIRONMENT, GATEWAY_BASE and
# GATEWAY_SPOOL. Loopback only; links point at the same endpoint that the gateway itself talks to.
configure_gateway() {
    local data=$1 port=$2
    mkdir -p "$data"
    GATEWAY_SPOOL=$data/spool
    GATEWAY_ORIGIN=http://127.0.0.1:$port
    GATEWAY_BASE=$GATEWAY_ORIGIN/api/chat
    if [[ ! -s $data/auth.secret ]]; then
        (umask 077 && random_secret >"$data/auth.secret")
    fi
    GATEWAY_ENVIRONMENT=(
        SATCHEL_SERVER_HOST=127.0.0.1
        "SATCHEL_SERVER_PORT=$port"
        "SATCHEL_DATABASE_PATH=$data/satchel.sqlite"
        "SATCHEL_SPOOL_DIRECTORY=$GATEWAY_SPOOL"
        "SATCHEL_S3_ENDPOINT=$3"
        "SATCHEL_S3_ACCESS_KEY_ID=$4"
        "SATCHEL_S3_SECRET_ACCESS_KEY=$5"
        "SATCHEL_S3_BUCKET=$6"
        "SATCHEL_AUTH_SECRET_FILE=$data/auth.secret"
        "SATCHEL_MEDIA_WORKER_PATH=$BINARIES/satchel-worker"
        # One client that sends all it can is no user: what is looked at is the server.
        SATCHEL_LIMITS_ADDRESS_REQUESTS_PER_MINUTE=0
        SATCHEL_LIMITS_USER_READS_PER_MINUTE=0
        SATCHEL_LIMITS_USER_WRITES_PER_MINUTE=0
        SATCHEL_LIMITS_USER_UPLOADS_PER_MINUTE=0
        SATCHEL_LIMITS_USER_UPLOADS_AT_ONCE=0
        SATCHEL_SERVER_MAX_CONNECTIONS_PER_ADDRESS=0
    )
}

run_satchel() { env "${GATEWAY_ENVIRONMENT[@]}" "$BINARIES/satchel" "$@"; }

# start_gateway LOG-FILE: migrates the database, serves in the background (GATEWAY_PID), returns once it answers.
start_gateway() {
    local file=$1
    run_satchel db migrate >>"$file" 2>&1 || { tail -n 20 "$file" >&2 && die "satchel db migrate failed"; }
    env "${GATEWAY_ENVIRONMENT[@]}" "$BINARIES/satchel" serve >>"$file" 2>&1 &
    GATEWAY_PID=$!
    on_exit stop_process "$GATEWAY_PID" 40
    if ! wait_until 60 gateway_is_settled || ! process_runs "$GATEWAY_PID"; then
        tail -n 20 "$file" >&2
        die "the gateway did not start"
    fi
}

gateway_is_settled() { http_answers "$GATEWAY_ORIGIN/healthz" || process_has_ended "$GATEWAY_PID"; }

stop_gateway() { stop_process "$GATEWAY_PID" 40; }

user_token() { run_satchel token --user "$1" --expires-in "${2:-86400}"; }

service_token() { run_satchel token --user "${1:-scripts}" --service --expires-in 86400; }

# put_json TOKEN PATH BODY: a PUT that must succeed.
put_json() {
    local answer status
    answer=$(curl --silent --show-error --max-time 20 --request PUT --header "Authorization: Bearer $1" \
        --header 'Content-Type: application/json' --data "$3" --write-out '\n%{http_code}' "$GATEWAY_BASE$2")
    status=${answer##*$'\n'}
    [[ $status == 2?? ]] || die "PUT $2 answered $status: ${answer%$'\n'*}"
}
