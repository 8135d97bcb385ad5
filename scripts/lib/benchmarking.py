"""What the benchmarks share: the gateways under test, timed curl runs, peak memory, the report."""

import http.client
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from presign import presign

FILES = pathlib.Path(os.environ["BENCH_FILES"])


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def fail(text):
    print(f"error: {text}", file=sys.stderr)
    sys.exit(2)


def presigned(method, key):
    return presign(
        method,
        os.environ["BENCH_S3"],
        os.environ["BENCH_S3_BUCKET"],
        key,
        os.environ["BENCH_S3_ACCESS"],
        os.environ["BENCH_S3_SECRET"],
    )


def take_memory(byte_count):
    """Has the kernel hold free memory ready for so many bytes in the page cache, and for more, as far as there is.

    A virtual machine may give what is free back to its host after a moment. To get it again can cost a second and more
    for 1 GiB, and would be counted against whoever writes the next file. Some of it goes back at once: hence more.
    """
    os.sync()
    available = int(re.search(r"MemAvailable:\s+(\d+) kB", pathlib.Path("/proc/meminfo").read_text())[1]) << 10
    path = FILES / "memory"
    block = bytes(1 << 20)
    with path.open("wb", buffering=0) as file:
        path.unlink()
        for _ in range(0, min(3 * byte_count, available // 2), len(block)):
            file.write(block)


def timed_curl(arguments, wanted_status, body=os.devnull):
    """Seconds that one curl took by its own clock; ends the benchmark on any other status."""
    os.sync()  # one run must not pay for the last one's dirty pages
    command = ["curl", "--silent", "--show-error", "--max-time", "600", "--output", str(body)]
    result = subprocess.run(
        [*command, "--write-out", "%{http_code} %{time_total}", *arguments], capture_output=True, text=True, check=False
    )
    status, _, seconds = result.stdout.partition(" ")
    if result.returncode != 0 or status != str(wanted_status):
        detail = pathlib.Path(body).read_text()[:300] if body != os.devnull else ""
        fail(f"curl answered {status} ({result.stderr.strip()}) {detail}")
    return float(seconds)


def request_rate(url, connections, seconds, authorization=None, script=None):
    """Requests a second by wrk, none of which may fail; a script in Lua makes other requests than a plain GET."""
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"]
    if authorization:
        command += ["--header", f"Authorization: {authorization}"]
    if script:
        command += ["--script", str(script)]
    result = subprocess.run([*command, "--timeout", "30s", url], capture_output=True, text=True, check=False)
    output = result.stdout + result.stderr
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if not found or "Non-2xx" in output or "Socket errors" in output:
        fail(f"wrk on {url}: {output}")
    return float(found[1])


def put_directly(path, key="yardstick"):
    """Seconds for a `curl -T` to a presigned URL; the object is deleted again."""
    seconds = timed_curl(["--upload-file", str(path), presigned("PUT", key)], 200)
    delete_object(key)
    return seconds


def delete_object(key):
    request = urllib.request.Request(presigned("DELETE", key), method="DELETE")
    urllib.request.urlopen(request, timeout=60).close()


class Gateway:
    """A running gateway, with a message that the token's user may attach to."""

    def __init__(self, prefix):
        self.base = os.environ[f"{prefix}_BASE"]
        self.pid = int(os.environ[f"{prefix}_PID"])
        self.message = os.environ[f"{prefix}_MESSAGE"]
        self.authorization = f"Bearer {os.environ[f'{prefix}_TOKEN']}"

    def upload(self, path):
        """Seconds for an upload by the form, whose answer holds what the probe found, and a thumbnail."""
        body = FILES / "answer.json"
        arguments = ["--header", f"Authorization: {self.authorization}", "--form", f"message_id={self.message}"]
        seconds = timed_curl([*arguments, "--form", f"file=@{path}", f"{self.base}/upload/"], 201, body)
        answer = json.loads(body.read_text())
        if answer["status"] != "ready" or answer["width"] != 320 or not answer["thumbnail_url"]:
            fail(f"the answer came without the probe's facts: {answer}")
        self.delete(answer)
        return seconds

    def attachment(self, identifier):
        """What a GET of it is answered with."""
        headers = {"Authorization": self.authorization}
        request = urllib.request.Request(f"{self.base}/attachments/{identifier}/", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read())

    def delete(self, answer):
        """Deletes it and waits until the storage has let go of the object, so that runs do not overlap."""
        headers = {"Authorization": self.authorization}
        request = urllib.request.Request(f"{self.base}/attachments/{answer['id']}/", method="DELETE", headers=headers)
        urllib.request.urlopen(request, timeout=60).close()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                probe = urllib.request.Request(answer["url"], headers={"Range": "bytes=0-0"})
                urllib.request.urlopen(probe, timeout=60).close()
            except urllib.error.HTTPError as error:
                # moto answers 403 to a URL of what is not there any more.
                if error.code in (403, 404):
                    return
            time.sleep(0.05)
        fail("a deleted object is still in the storage after 60 s")

    @property
    def peak_memory(self):
        return peak_memory(self.pid)

    def forget_peak_memory(self):
        """Starts VmHWM anew at what is resident now (proc(5), clear_refs)."""
        try:
            pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        except OSError:
            pass  # then the peak covers all that ran before, too

    @property
    def children(self):
        found = []
        for path in pathlib.Path(f"/proc/{self.pid}/task").glob("*/children"):
            found += [int(child) for child in path.read_text().split()]
        return found


class Connection:
    """One HTTP/1.1 connection, opened before the clock starts."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.target = parts.path + (f"?{parts.query}" if parts.query else "")
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=300)
        self.connection.connect()

    def send(self, method, body, headers):
        self.connection.request(method, self.target, body, headers)
        response = self.connection.getresponse()
        content = response.read()
        self.connection.close()
        return response.status, content


def peak_memory(pid):
    """VmHWM of the process, in MiB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return fail(f"process {pid} has ended")


class Report:
    """Rows of what, median, yardstick, ratio and bound, and whether each bound holds."""

    def __init__(self, name):
        self.name = name
        self.rows = []

    def add_times(self, what, ours, yardstick, bound=None):
        """Seconds; the bound is the most that the median may be of the yardstick's."""
        self._add_runs(what, "s", ours, yardstick, bound, "ratio")

    def add_rates(self, what, ours, yardstick, bound):
        """So many a second; the bound is the least that the median may be of the yardstick's."""
        self._add_runs(what, "/s", ours, yardstick, bound, "least ratio")

    def _add_runs(self, what, unit, ours, yardstick, bound, bound_on):
        median, base = statistics.median(ours), statistics.median(yardstick)
        ratio = median / base
        holds = bound is None or (ratio <= bound if bound_on == "ratio" else ratio >= bound)
        self.rows.append(
            {
                "what": what,
                "unit": unit,
                "median": median,
                "yardstick": base,
                "ratio": ratio,
                "bound": bound,
                "bound_on": bound_on if bound is not None else None,
                "holds": holds,
                "runs": ours,
                "yardstick_runs": yardstick,
            }
        )

    def add_value(self, what, unit, value, bound=None, at_least=False):
        holds = bound is None or (value >= bound if at_least else value <= bound)
        self.rows.append(
            {
                "what": what,
                "unit": unit,
                "median": value,
                "yardstick": None,
                "ratio": None,
                "bound": bound,
                "bound_on": None if bound is None else ("minimum" if at_least else "maximum"),
                "holds": holds,
            }
        )

    def finish(self, as_json):
        """Prints the report; the process's exit status: 1 where a bound is missed."""
        holds = all(row["holds"] for row in self.rows)
        if as_json:
            print(json.dumps({"benchmark": self.name, "cpus": os.cpu_count(), "holds": holds, "rows": self.rows}))
        else:
            self.print_table()
        return 0 if holds else 1

    def print_table(self):
        def number(value, unit):
            if value is None:
                return ""
            if unit == "":
                return f"{value:.0f}"
            return f"{value:.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"

        lines = [("what", "median", "yardstick", "ratio", "bound", "")]
        for row in self.rows:
            bound = ""
            if row["bound_on"] in ("ratio", "least ratio"):
                sign = "<=" if row["bound_on"] == "ratio" else ">="
                bound = f"{sign} {row['bound']:g} times"
            elif row["bound_on"]:
                sign = ">=" if row["bound_on"] == "minimum" else "<="
                bound = f"{sign} {number(row['bound'], row['unit'])}"
            lines.append(
                (
                    row["what"],
                    number(row["median"], row["unit"]),
                    number(row["yardstick"], row["unit"]),
                    "" if row["ratio"] is None else f"{row['ratio']:.2f}",
                    bound,
                    ("ok" if row["holds"] else "MISSED") if row["bound_on"] else "",
                )
            )
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        for line in lines:
            cells = [line[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
            print("  ".join(cells).rstrip())
