"""Media jobs against the programs that others shell out to: thumbnails and probes of a video, a large one, a photo."""

import argparse
import os
import pathlib
import subprocess
import sys
import time

import benchmarking as bench

ENDURANCE_JOBS = 1000
FILES = {
    "1080p H.264, 60 s": bench.FILES / "1080p.mp4",
    "4K HEVC, 20 s": bench.FILES / "4k.mp4",
    "12-megapixel JPEG": bench.FILES / "12mp.jpg",
}
# Without bounds: the picture at 1 s is far behind the key frame that it is decoded from.
SPARSE_FILES = {
    "1080p H.264, a key frame in 4 s": bench.FILES / "1080p-sparse.mp4",
    "4K HEVC, a key frame in 4 s": bench.FILES / "4k-sparse.mp4",
}


class Worker:
    """`satchel-worker bench`: one server, as a gateway has, and the latency of each job as the one who asks sees it."""

    def __init__(self):
        self.process = subprocess.Popen(
            [os.environ["BENCH_WORKER"], "bench"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        # Its server loads its libraries before it takes a job: a gateway starts it ahead of the first upload.
        self.do("probe", bench.FILES / "small.mp4")

    def do(self, operation, path):
        """Seconds from request to answer."""
        self.process.stdin.write(f"{operation} {path}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer.isdigit():
            bench.fail(f"{operation} of {pathlib.Path(path).name}: {answer or 'the worker ended'}")
        return int(answer) / 1e6

    @property
    def server(self):
        return children(self.process.pid)[0]

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def timed(*command):
    """Seconds for a whole process."""
    began = time.monotonic()
    result = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, check=False)
    seconds = time.monotonic() - began
    if result.returncode != 0:
        bench.fail(f"{command[0]}: {result.stderr.decode(errors='replace').strip()[:500]}")
    return seconds


def ffmpeg(path):
    # A picture has no second at 1 s.
    position = [] if path.suffix == ".jpg" else ["-ss", "1"]
    output = bench.FILES / "yardstick.jpg"
    return timed("ffmpeg", "-v", "error", "-y", *position, "-i", path, "-frames:v", "1", "-vf", "scale=320:-2", output)


def ffmpegthumbnailer(path):
    return timed("ffmpegthumbnailer", "-i", path, "-o", bench.FILES / "yardstick.jpg", "-s", "320")


def vipsthumbnail(path):
    return timed("vipsthumbnail", path, "--size", "320x", "-o", bench.FILES / "yardstick.jpg")


def ffprobe(path):
    return timed("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", path)


def alternate(runs, measurements):
    """Runs all of them in turn, so many times; a first turn is not counted: it fills caches."""
    for measure in measurements:
        measure()
    turns = [[measure() for measure in measurements] for _ in range(runs)]
    return [list(column) for column in zip(*turns, strict=True)]


def measure_thumbnails(report, worker, options):
    for what, path in (FILES | SPARSE_FILES).items():
        bench.say(f"thumbnails: {what}")
        yardsticks = {ffmpeg: 0.2} | ({vipsthumbnail: 0.8} if path.suffix == ".jpg" else {ffmpegthumbnailer: 0.4})
        measurements = [lambda path=path: worker.do("thumbnail", path)]
        measurements += [lambda program=program, path=path: program(path) for program in yardsticks]
        ours, *others = alternate(options.runs, measurements)
        for (program, bound), theirs in zip(yardsticks.items(), others, strict=True):
            bound = bound if what in FILES else None
            report.add_times(f"thumbnail, {what}, against {program.__name__}", ours, theirs, bound=bound)


def measure_probes(report, worker, options):
    for what, path in FILES.items():
        bench.say(f"probes: {what}")
        measurements = [lambda path=path: worker.do("probe", path), lambda path=path: ffprobe(path)]
        ours, theirs = alternate(options.runs, measurements)
        report.add_times(f"probe, {what}, against ffprobe", ours, theirs, bound=0.2)


def measure_endurance(report, worker, _):
    what = f"{ENDURANCE_JOBS} probes and {ENDURANCE_JOBS} thumbnails in a row"
    bench.say(what)
    path = bench.FILES / "small.mp4"
    for _ in range(50):
        worker.do("thumbnail", path)
    before = [(descriptors(pid), resident(pid)) for pid in (worker.server, worker.process.pid)]
    for _ in range(ENDURANCE_JOBS):
        worker.do("probe", path)
        worker.do("thumbnail", path)
    left = until_zero(lambda: len(children(worker.server)))
    after = [(descriptors(pid), resident(pid)) for pid in (worker.server, worker.process.pid)]
    report.add_value(f"{what}: processes left", "", left, 0)
    report.add_value(f"{what}: descriptors left", "", sum(b[0] - a[0] for a, b in zip(before, after, strict=True)), 0)
    growth = sum(b[1] - a[1] for a, b in zip(before, after, strict=True))
    report.add_value(f"{what}: memory left", "MiB", max(growth, 0), 1)


def until_zero(count):
    """A job's process ends a moment after its answer."""
    deadline = time.monotonic() + 5
    while count() and time.monotonic() < deadline:
        time.sleep(0.02)
    return count()


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident(pid):
    """What is resident and the process's own, in MiB: pages of libraries come and go."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return bench.fail(f"process {pid} has ended")


MEASUREMENTS = {"thumbnails": measure_thumbnails, "probes": measure_probes, "endurance": measure_endurance}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--only", action="append", choices=MEASUREMENTS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    report = bench.Report("media")
    worker = Worker()
    for name, measure in MEASUREMENTS.items():
        if name in (options.only or MEASUREMENTS):
            measure(report, worker, options)
    report.add_value("peak memory of the worker's server", "MiB", bench.peak_memory(worker.server))
    worker.stop()
    return report.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
