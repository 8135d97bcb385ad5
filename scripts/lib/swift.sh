# shellcheck shell=bash disable=SC2034
# An OpenStack Swift with its S3 API (s3api), of Debian's packages but not installed. Source after common.sh, debian.sh.

# swift_start PACKAGES DATA PORT SECRET: starts it on 127.0.0.1:PORT with its data in DATA and sets
# COMPAT_ACCESS_KEY, COMPAT_PID and COMPAT_LOG. PACKAGES is where the unpacked packages are kept.
swift_start() {
    local packages=$1 data=$2 port=$3 secret=$4
    debian_unpack "$packages" python3-swift
    mkdir -p "$data"
    # Account and user, as tempauth has them.
    COMPAT_ACCESS_KEY=satchel:compat
    env "LD_LIBRARY_PATH=$(debian_library_path "$packages")" "PYTHONPATH=$packages/usr/lib/python3/dist-packages" \
        "SWIFT_ACCESS_KEY=$COMPAT_ACCESS_KEY" "SWIFT_SECRET_KEY=$secret" \
        /usr/bin/python3 "$REPOSITORY/scripts/lib/swift_s3api.py" "$data" "$port" \
        >"$data/swift.log" 2>&1 </dev/null &
    COMPAT_PID=$!
    COMPAT_LOG=$data/swift.log
    on_exit stop_process "$COMPAT_PID"
}
