"""A migration from one S3 server to another against `rclone copy` with the same concurrency, and its memory."""

import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import benchmarking as bench

SMALL_BYTES = 16 * 1024
LARGE_BYTES = 100 * 1000 * 1000
SOURCE = {"endpoint": os.environ["BENCH_SOURCE_S3"], "bucket": os.environ["BENCH_S3_BUCKET"]}
TARGET = {"endpoint": os.environ["BENCH_S3"], "bucket": os.environ["BENCH_S3_BUCKET"]}
ACCESS, SECRET = os.environ["BENCH_S3_ACCESS"], os.environ["BENCH_S3_SECRET"]


def rclone_environment():
    environment = {"PATH": os.environ["PATH"], "HOME": str(bench.FILES), "RCLONE_CONFIG": ""}
    for name, place in (("SOURCE", SOURCE), ("TARGET", TARGET)):
        settings = {
            "TYPE": "s3",
            "PROVIDER": "SeaweedFS",
            "ACCESS_KEY_ID": ACCESS,
            "SECRET_ACCESS_KEY": SECRET,
            "ENDPOINT": place["endpoint"],
            "REGION": "us-east-1",
            "FORCE_PATH_STYLE": "true",
            "NO_CHECK_BUCKET": "true",
        }
        environment |= {f"RCLONE_CONFIG_{name}_{key}": value for key, value in settings.items()}
    return environment


def run_rclone(*arguments):
    result = subprocess.run(
        [os.environ["BENCH_RCLONE"], *arguments], env=rclone_environment(), capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        bench.fail(f"rclone {arguments[0]}: {result.stderr.strip()[:500]}")


def fill_source(options):
    """Puts the objects into the source: noise, no two alike."""
    with tempfile.TemporaryDirectory(dir=bench.FILES) as folder:
        noise = random.Random(1)
        for index in range(options.small):
            path = pathlib.Path(folder, "small", f"{index % 100:02}", f"{index}.bin")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(noise.randbytes(SMALL_BYTES))
        block = noise.randbytes(1 << 20)
        for index in range(options.large):
            path = pathlib.Path(folder, "large", f"{index}.bin")
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "wb") as file:
                file.write(index.to_bytes(8, "big"))
                while file.tell() < LARGE_BYTES:
                    file.write(block[: LARGE_BYTES - file.tell()])
        run_rclone("copy", folder, f"source:{SOURCE['bucket']}/data", "--transfers", "16")


def copy_with_rclone(options, turn):
    """Seconds for an `rclone copy` between the servers, as it comes, with as many transfers."""
    prefix = f"rclone-{turn}"
    os.sync()
    began = time.monotonic()
    run_rclone(
        "copy",
        f"source:{SOURCE['bucket']}/data",
        f"target:{TARGET['bucket']}/{prefix}",
        "--transfers",
        str(options.workers),
        "--checkers",
        str(options.workers),
    )
    seconds = time.monotonic() - began
    run_rclone("purge", f"target:{TARGET['bucket']}/{prefix}")
    return seconds


def migrate(options, turn, peaks):
    """Seconds for a migration of the same objects, journal and proof with it; its peak memory goes into `peaks`."""
    prefix = f"satchel-{turn}"
    with tempfile.TemporaryDirectory(dir=bench.FILES) as folder:
        environment = {
            "PATH": os.environ["PATH"],
            "SATCHEL_DATABASE_PATH": f"{folder}/satchel.sqlite",
            "SATCHEL_S3_ENDPOINT": TARGET["endpoint"],
            "SATCHEL_S3_ACCESS_KEY_ID": ACCESS,
            "SATCHEL_S3_SECRET_ACCESS_KEY": SECRET,
            "SATCHEL_S3_BUCKET": TARGET["bucket"],
            "AWS_ACCESS_KEY_ID": ACCESS,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }
        command = [os.environ["BENCH_SATCHEL"], "storage", "migrate", "--from", f"s3://{SOURCE['bucket']}/data"]
        command += ["--from-endpoint", SOURCE["endpoint"], "--key-prefix", f"{prefix}/"]
        command += ["--workers", str(options.workers), "--json"]
        os.sync()
        began = time.monotonic()
        with open(f"{folder}/log", "w+", encoding="utf-8") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            # The kernel's own figure for the peak, waited for together with the process.
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - began
            if status != 0:
                log.seek(0)
                bench.fail(f"satchel storage migrate: {log.read()[-1000:]}")
        peaks.append(usage.ru_maxrss / 1024)
    run_rclone("purge", f"target:{TARGET['bucket']}/{prefix}")
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--large-runs", type=int, default=3)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=20)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    what = f"{options.small} objects of 16 KB and {options.large} of 100 MB, {options.workers} at once"
    bench.say(f"filling the source: {what}")
    fill_source(options)
    yardstick, ours, peaks = [], [], []
    # The first turn is not counted: a storage that is empty yet is faster than it ever will be again.
    for turn in range(options.runs + 1):
        bench.say(f"run {turn}" if turn > 0 else "warming up")
        # By turns one and the other comes first, on what its predecessor has left behind.
        measurements = [
            lambda turn=turn: yardstick.append(copy_with_rclone(options, turn)),
            lambda turn=turn: ours.append(migrate(options, turn, peaks)),
        ]
        for measure in measurements if turn % 2 == 0 else reversed(measurements):
            measure()
    yardstick, ours = yardstick[1:], ours[1:]
    report = bench.Report("migrate")
    report.add_times(f"{what}, against rclone copy", ours, yardstick, bound=1.0)
    report.add_value(f"{what}: peak memory", "MiB", max(peaks), 100)
    return report.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
