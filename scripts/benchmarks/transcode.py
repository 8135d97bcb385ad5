"""Video renditions: size and likeness against ffmpeg, in a browser, and the latency of what runs beside them."""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time

import benchmarking as bench
import chromium
import playback

WORKER = os.environ["BENCH_WORKER"]
SOURCE = bench.FILES / "typical.mp4"
RENDITION = bench.FILES / "720p.mp4"
SPECIFICATION = {"container": "mp4", "shortEdge": 720, "crf": 23, "maxBitrate": 5000, "keyFrameSeconds": 2}
SIZE_BOUND = 0.6
LATENCY_BOUND = 1.5
# A difference of the fourth place is the measure's own.
LIKENESS_TOLERANCE = 0.0005


def run(*command):
    words = list(map(str, command))
    result = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        bench.fail(f"{command[0]}: {(result.stderr or result.stdout).strip()[-500:]}")
    return result


def transcode(specification, target):
    """What the worker says of its output, and the seconds that it took."""
    began = time.monotonic()
    result = run(WORKER, "transcode", "--spec", json.dumps(specification), SOURCE, target)
    return json.loads(result.stdout), time.monotonic() - began


def likeness(path):
    """SSIM of all planes against the source in the rendition's size, picture by picture.

    Scaled by another filter than both scale with, so that it favours none of them.
    """
    count, scale = "settb=1/30,setpts=N", "scale=1280:720:flags=lanczos,format=yuv420p"
    graph = f"[0:v]{count}[made];[1:v]{count},{scale}[source];[made][source]ssim"
    result = run("ffmpeg", "-nostdin", "-hide_banner", "-i", path, "-i", SOURCE, "-lavfi", graph, "-f", "null", "-")
    return float(re.search(r"SSIM .*All:([0-9.]+)", result.stderr)[1])


def video_bitrate(path):
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=bit_rate", "-of", "csv=p=0"]
    return int(run(*command, path).stdout)


def duration(path):
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"]
    return float(run(*command, path).stdout)


def measure_quality(report, _):
    bench.say("a 720p rendition of 1080p, and ffmpeg's")
    facts, seconds = transcode(SPECIFICATION, RENDITION)
    order = playback.boxes(RENDITION.read_bytes())
    report.add_value("boxes of the file before its index", "", order.index("moov"), 1)
    report.add_value("index before the content (1: yes)", "", int(order.index("moov") < order.index("mdat")), 1, True)
    report.add_value("size against the source's", "times", facts["byteCount"] / SOURCE.stat().st_size, SIZE_BOUND)
    yardstick = bench.FILES / "yardstick.mp4"
    began = time.monotonic()
    run("ffmpeg", "-nostdin", "-v", "error", "-y", "-i", SOURCE, "-vf", "scale=1280:720", "-c:v", "libx264",
        "-preset", "medium", "-b:v", video_bitrate(RENDITION), "-g", "60", "-vsync", "passthrough",
        "-c:a", "aac", "-b:a", "128k",
        "-movflags", "faststart", yardstick)  # fmt: skip
    theirs = time.monotonic() - began
    ours, other = likeness(RENDITION), likeness(yardstick)
    # A single pass only aims at a bit rate, and mostly comes out somewhat above it.
    rates = [video_bitrate(path) // 1000 for path in (RENDITION, yardstick)]
    bench.say(f"SSIM {ours:.5f} at {rates[0]} kbit/s, ffmpeg's {other:.5f} at {rates[1]} kbit/s")
    report.add_value("SSIM less ffmpeg's at the same bit rate", "SSIM", ours - other, -LIKENESS_TOLERANCE, True)
    report.add_value("playing time a second, on one thread", "s", facts["milliseconds"] / 1000 / seconds)
    report.add_value("the same of ffmpeg, on all threads", "s", facts["milliseconds"] / 1000 / theirs)


def measure_playing(report, _):
    browser = chromium.find()
    if browser is None:
        bench.say("no Chromium is here: nothing is played, so nothing of it holds (scripts/bootstrap --browser)")
        report.add_value("Chromium that plays it", "", 0, 1, at_least=True)
        return
    bench.say("playing it in a browser, whole and by segments")
    if not RENDITION.exists():
        transcode(SPECIFICATION, RENDITION)
    seconds = duration(SOURCE)
    check_played(report, "whole", playback.play(browser, RENDITION), seconds)
    target = bench.FILES / "segments.mp4"
    facts, _ = transcode(SPECIFICATION | {"container": "fragmented", "preset": "veryfast"}, target)
    told = playback.play(browser, target, facts["headerByteCount"], facts["segments"], facts["codecs"])
    check_played(report, "by segments", told, seconds)
    report.add_value("by segments: stretches that are buffered", "", told.get("ranges", 0), 1)


def check_played(report, what, told, seconds):
    bench.say(f"{what}: {told}")
    size = (told.get("width"), told.get("height"))
    report.add_value(f"{what}: 1280x720 (1: yes)", "", int(size == (1280, 720)), 1, at_least=True)
    errors = sum(bool(told.get(name)) for name in ("error", "exception"))
    report.add_value(f"{what}: errors", "", errors if told else 1, 0)
    report.add_value(f"{what}: seconds off its duration", "s", abs((told.get("duration") or 0) - seconds), 0.1)
    report.add_value(f"{what}: seconds played of 1.5", "s", told.get("advanced", 0), 1, at_least=True)
    report.add_value(f"{what}: sought to its middle", "s", told.get("sought", 0), seconds / 2 - 1, at_least=True)


class Beside:
    """The gateway transcodes the source; `lasted` tells in the end whether it was still at it."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.lasted = False

    def __enter__(self):
        self.attachment = attach(self.gateway, SOURCE)
        deadline = time.monotonic() + 120
        while not self.encodes():
            if time.monotonic() > deadline:
                bench.fail("the gateway encodes nothing within two minutes")
            time.sleep(0.1)
        # The start of a process and of an encoder is no part of what is measured.
        time.sleep(1)
        return self

    def encodes(self):
        tasks = self.gateway.attachment(self.attachment["id"])["processing"] or []
        return any(task["kind"] == "transcode" and task.get("stage") == "encoding" for task in tasks)

    def __exit__(self, *_):
        self.lasted = self.encodes()
        # Its work ends with it.
        self.gateway.delete(self.attachment)


def get_seconds(gateway, identifier, count):
    """How long each of so many GETs of one attachment takes."""
    taken = []
    for _ in range(count):
        began = time.monotonic()
        gateway.attachment(identifier)
        taken.append(time.monotonic() - began)
        time.sleep(0.005)
    return taken


def attach(gateway, path):
    body = bench.FILES / "answer.json"
    arguments = ["--header", f"Authorization: {gateway.authorization}", "--form", f"message_id={gateway.message}"]
    bench.timed_curl([*arguments, "--form", f"file=@{path}", f"{gateway.base}/upload/"], 201, body)
    return json.loads(body.read_text())


def measure_latency(report, options):
    bench.say("uploads and GETs, alone and beside a transcoding")
    gateway = bench.Gateway("BENCH_GATEWAY")
    identifier = attach(gateway, bench.FILES / "small.mp4")["id"]
    lasted = []
    alone, beside = {"upload": [], "get": []}, {"upload": [], "get": []}

    def measure(taken):
        taken["upload"] += [gateway.upload(bench.FILES / "small.mp4") for _ in range(10)]
        taken["get"] += get_seconds(gateway, identifier, 200)

    measure({"upload": [], "get": []})
    for _ in range(options.runs):
        measure(alone)
        with Beside(gateway) as transcoding:
            measure(beside)
        lasted.append(transcoding.lasted)
    report.add_value("transcodings that went on all the while", "", sum(lasted), options.runs, at_least=True)
    for what, name in (("upload of a small video, with its thumbnail", "upload"), ("GET of an attachment", "get")):
        report.add_times(f"{what}, beside a transcoding", beside[name], alone[name], LATENCY_BOUND)
        late = [statistics.quantiles(taken[name], n=20)[18] for taken in (beside, alone)]
        report.add_times(f"{what}, the slowest of 20", late[:1], late[1:])


MEASUREMENTS = {"quality": measure_quality, "playing": measure_playing, "latency": measure_latency}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--large-runs", type=int, default=3, help=argparse.SUPPRESS)
    parser.add_argument("--only", action="append", choices=MEASUREMENTS)
    options = parser.parse_args()
    report = bench.Report("transcode")
    for name, measure in MEASUREMENTS.items():
        if not options.only or name in options.only:
            measure(report, options)
    return report.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
