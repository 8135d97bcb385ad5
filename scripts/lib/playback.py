"""Plays videos in a headless Chromium and tells what it saw of them."""

import contextlib
import http.server
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading

# A segmented file goes through Media Source Extensions, as players of HTTP Live Streaming have it.
PAGE = """<!doctype html><meta charset="utf-8"><video muted playsinline></video><script>
const video = document.querySelector("video"), wanted = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const told = {};
const tell = () => fetch("/told", {
  method: "POST", body: JSON.stringify({...told, error: video.error && video.error.message})
});
const events = ["loadedmetadata", "playing", "ended"];
for (const name of events) video.addEventListener(name, () => told[name] = performance.now());
async function segments() {
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await new Promise(done => source.addEventListener("sourceopen", done, {once: true}));
  const buffer = source.addSourceBuffer(`video/mp4; codecs="${wanted.codecs}"`);
  const bytes = await (await fetch(wanted.file)).arrayBuffer();
  const ranges = [[0, wanted.header], ...wanted.segments.map(one => [one.offset, one.offset + one.length])];
  for (const [from, to] of ranges) {
    buffer.appendBuffer(bytes.slice(from, to));
    await new Promise(done => buffer.addEventListener("updateend", done, {once: true}));
  }
  source.endOfStream();
}
(async () => {
  try {
    if (wanted.segments) await segments(); else video.src = wanted.file;
    await video.play();
    const first = video.currentTime;
    await new Promise(done => setTimeout(done, 1500));
    const quality = video.getVideoPlaybackQuality();
    Object.assign(told, {duration: video.duration, width: video.videoWidth, height: video.videoHeight,
      advanced: video.currentTime - first, frames: quality.totalVideoFrames,
      ranges: video.buffered.length, buffered: video.buffered.length ? video.buffered.end(0) : 0});
    video.currentTime = video.duration / 2;
    await new Promise(done => video.addEventListener("seeked", done, {once: true}));
    told.sought = video.currentTime;
  } catch (error) { told.exception = String(error); }
  tell();
})();
</script>"""


def play(browser, path, header=None, segments=None, codecs=None):
    """Plays a file for a second and a half and seeks to its middle; with segments, appends these one by one.

    Answers what the page told, {} where it told nothing for a minute.
    """
    told, done = {}, threading.Event()
    path = pathlib.Path(path)

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            """Says nothing."""

        def do_GET(self):
            if self.path != "/":
                self.send_file()
                return
            body = PAGE.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def send_file(self):
            size = path.stat().st_size
            first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
            begin, end = int(first), int(last or size - 1)
            self.send_response(206 if "Range" in self.headers else 200)
            self.send_header("Content-Type", "video/mp4")
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Range", f"bytes {begin}-{end}/{size}")
            self.send_header("Content-Length", str(end - begin + 1))
            self.end_headers()
            # A browser that has enough hangs up.
            with path.open("rb") as file, contextlib.suppress(ConnectionError):
                file.seek(begin)
                self.wfile.write(file.read(end - begin + 1))

        def do_POST(self):
            told.update(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            done.set()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    wanted = {"file": "/file", "header": header, "segments": segments, "codecs": codecs}
    address = f"http://127.0.0.1:{server.server_address[1]}/#{json.dumps(wanted)}"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, open(os.devnull, "wb") as nowhere:
        # Its own sandbox wants user namespaces, which containers lack. It shows our page alone.
        process = subprocess.Popen(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--autoplay-policy=no-user-gesture-required",
             f"--user-data-dir={profile}", "--remote-debugging-port=0", address],
            stdout=nowhere, stderr=nowhere, start_new_session=True,
        )  # fmt: skip
        try:
            done.wait(60)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    server.shutdown()
    server.server_close()
    return told
