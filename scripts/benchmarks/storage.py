"""The way to the storage: uploads of many sizes and speeds against what else brings files there, and their memory."""

import argparse
import json
import os
import subprocess
import sys
import time

import benchmarking as bench
import uploadload

SMALL_BYTES = 4096
SMALL_CLIENTS = 32
SMALL_COUNT = 6000
SMALL_SECONDS = 4
SLOW_BYTES_PER_SECOND = 256 * 1024
PRESIGNED_URLS = 100_000

gateway = bench.Gateway("BENCH_GATEWAY")


def alternate(runs, measurements, prepare=lambda: None):
    """Runs all of them in turn, so many times; a first turn is not counted: it fills caches, opens connections."""

    def measured(measure):
        prepare()
        return measure()

    turns = [[measured(measure) for measure in measurements] for _ in range(runs + 1)]
    return [list(column) for column in zip(*turns[1:])]


def rclone(path):
    """Seconds for an `rclone copyto` as it comes; the object is deleted again."""
    settings = {
        "TYPE": "s3",
        "PROVIDER": "SeaweedFS" if os.environ["BENCH_S3_SERVER"] == "seaweedfs" else "Other",
        "ACCESS_KEY_ID": os.environ["BENCH_S3_ACCESS"],
        "SECRET_ACCESS_KEY": os.environ["BENCH_S3_SECRET"],
        "ENDPOINT": os.environ["BENCH_S3"],
        "REGION": "us-east-1",
        "FORCE_PATH_STYLE": "true",
        "NO_CHECK_BUCKET": "true",
    }
    environment = {f"RCLONE_CONFIG_BENCH_{name}": value for name, value in settings.items()}
    environment |= {"PATH": os.environ["PATH"], "HOME": str(bench.FILES), "RCLONE_CONFIG": ""}
    target = f"bench:{os.environ['BENCH_S3_BUCKET']}/rclone"
    os.sync()
    began = time.monotonic()
    result = subprocess.run(
        [os.environ["BENCH_RCLONE"], "copyto", str(path), target],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began
    if result.returncode != 0:
        bench.fail(f"rclone: {result.stderr.strip()[:500]}")
    bench.delete_object("rclone")
    return seconds


def measure_medium(report, options):
    what = "50 MB upload with media"
    bench.say(what)
    path = bench.FILES / "50mb.mp4"
    yardstick, ours = alternate(options.runs, [lambda: bench.put_directly(path), lambda: gateway.upload(path)])
    report.add_times(f"{what}, against curl -T", ours, yardstick, bound=1.5)


def measure_large(report, options):
    what = "1 GiB upload with media"
    bench.say(what)
    path = bench.FILES / "1gib.mp4"
    gateway.forget_peak_memory()
    yardstick, ours, other = alternate(
        options.large_runs,
        [lambda: bench.put_directly(path), lambda: gateway.upload(path), lambda: rclone(path)],
        prepare=lambda: bench.take_memory(path.stat().st_size),
    )
    report.add_times(f"{what}, against curl -T", ours, yardstick, bound=1.35)
    report.add_times(f"{what}, against rclone copyto", ours, other, bound=1.0)
    report.add_value(f"{what}: peak memory of the gateway", "MiB", gateway.peak_memory, 80)


def measure_sink(report, options):
    what = "1 GiB upload into a sink"
    bench.say(what)
    path = bench.FILES / "1gib.mp4"
    to_sink = bench.Gateway("BENCH_SINK_GATEWAY")
    sink = f"{os.environ['BENCH_SINK']}/bench/yardstick"
    to_sink.forget_peak_memory()
    yardstick, ours = alternate(
        options.large_runs,
        [lambda: bench.timed_curl(["--upload-file", str(path), sink], 200), lambda: to_sink.upload(path)],
        prepare=lambda: bench.take_memory(path.stat().st_size),
    )
    report.add_times(f"{what}, against curl -T", ours, yardstick, bound=3.5)
    report.add_value(f"{what}: peak memory of the gateway", "MiB", to_sink.peak_memory, 80)


def satchel_s3(*arguments):
    """What a `satchel s3` command on the storage answers in JSON."""
    environment = {
        "PATH": os.environ["PATH"],
        "SATCHEL_S3_ENDPOINT": os.environ["BENCH_S3"],
        "SATCHEL_S3_ACCESS_KEY_ID": os.environ["BENCH_S3_ACCESS"],
        "SATCHEL_S3_SECRET_ACCESS_KEY": os.environ["BENCH_S3_SECRET"],
        "SATCHEL_S3_BUCKET": os.environ["BENCH_S3_BUCKET"],
    }
    command = [os.environ["BENCH_SATCHEL"], "s3", *arguments, "--json"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        bench.fail(f"satchel s3 {arguments[0]}: {result.stderr.strip()[:500]}")
    return json.loads(result.stdout)


def put_small_directly():
    os.sync()
    sizes = ["--size", str(SMALL_BYTES), "--clients", str(SMALL_CLIENTS), "--count", str(SMALL_COUNT)]
    # Their deletion would go on while the next is measured.
    return satchel_s3("bench", *sizes, "--keep")["requests_per_second"]


# No two alike: the last bytes are the request's number.
SMALL_SCRIPT = """
local count = 0
local file = io.open("{file}", "rb")
local noise = file:read("*a")
file:close()
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/octet-stream"
wrk.headers["Content-Disposition"] = 'attachment; filename="small.bin"'
request = function()
    count = count + 1
    return wrk.format(nil, nil, nil, noise .. string.format("%016d", count))
end
"""


def upload_small():
    os.sync()
    file, script = bench.FILES / "small.bin", bench.FILES / "small.lua"
    # Nothing that a file's signature begins with.
    mark = b"a small file\0"
    file.write_bytes(mark + os.urandom(SMALL_BYTES - len(mark) - 16))
    script.write_text(SMALL_SCRIPT.replace("{file}", str(file)))
    url = f"{gateway.base}/upload/?message_id={gateway.message}"
    return bench.request_rate(url, SMALL_CLIENTS, SMALL_SECONDS, gateway.authorization, script)


def measure_small(report, options):
    what = f"uploads of {SMALL_BYTES // 1024} KB, {SMALL_CLIENTS} clients"
    bench.say(what)
    yardstick, ours = alternate(min(options.runs, 5), [put_small_directly, upload_small])
    report.add_rates(f"{what}, against direct PUTs", ours, yardstick, bound=0.7)


def measure_presign(report, _):
    bench.say("presigned URLs")
    outcome = satchel_s3("presign", "attachments/2025/01/video.mp4", "--bench", str(PRESIGNED_URLS))
    report.add_value("a presigned URL", "us", outcome["microseconds_per_url"], 5)
    report.add_value("a presigned URL without type and name", "us", outcome["microseconds_per_plain_url"])


def measure_slow(report, options):
    megabytes = options.slow_seconds * SLOW_BYTES_PER_SECOND / 1048576
    what = f"{options.slow_uploads} slow uploads of {megabytes:g} MB at once"
    bench.say(what)
    gateway.forget_peak_memory()
    content = (bench.FILES / "slow.mp4").read_bytes()
    statuses = uploadload.slow_uploads(gateway, content, options.slow_uploads, SLOW_BYTES_PER_SECOND)
    for status in sorted(set(statuses) - {201}):
        bench.say(f"{statuses.count(status)} answered {status or 'nothing'}")
    report.add_value(f"{what}: answered 201", "", statuses.count(201), options.slow_uploads, at_least=True)
    report.add_value(f"{what}: peak memory of the gateway", "MiB", gateway.peak_memory, 200)


MEASUREMENTS = {
    "medium": measure_medium,
    "large": measure_large,
    "sink": measure_sink,
    "small": measure_small,
    "presign": measure_presign,
    "slow": measure_slow,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--large-runs", type=int, default=3)
    parser.add_argument("--slow-uploads", type=int, default=200)
    parser.add_argument("--slow-seconds", type=int, default=80)
    parser.add_argument("--only", action="append", choices=MEASUREMENTS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    left_out = set()
    if options.large_runs == 0:
        left_out |= {"large", "sink"}
    if options.slow_uploads == 0:
        left_out.add("slow")
    report = bench.Report("storage")
    for name, measure in MEASUREMENTS.items():
        if name not in left_out and name in (options.only or MEASUREMENTS):
            measure(report, options)
    return report.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
