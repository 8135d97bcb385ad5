"""Plays files in a headless Chromium and tells what it saw of them."""

import json
import pathlib

import chromium

# A segmented file goes through Media Source Extensions, as players of HTTP Live Streaming have it.
PAGE = """<!doctype html><meta charset="utf-8"><video muted playsinline></video><script>
const video = document.querySelector("video"), wanted = WANTED;
const told = {};
const tell = () => fetch("/report", {
  method: "POST", body: JSON.stringify({name: "end", ...told, error: video.error && video.error.message})
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
    path = pathlib.Path(path)

    def serve(request, _):
        size = path.stat().st_size
        first, _, last = request.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        begin, end = int(first), int(last or size - 1)
        with path.open("rb") as file:
            file.seek(begin)
            content = file.read(end - begin + 1)
        ranges = {"Accept_Ranges": "bytes"}
        if "Range" in request.headers:
            ranges["Content_Range"] = f"bytes {begin}-{end}/{size}"
        request.answer(content, "video/mp4", 206 if "Range" in request.headers else 200, **ranges)

    wanted = {"file": "/file", "header": header, "segments": segments, "codecs": codecs}
    told = chromium.show(browser, PAGE.replace("WANTED", json.dumps(wanted)), seconds=60, serve=serve)
    return told[-1] if told else {}


def boxes(content):
    """The types of an MP4's boxes, in order (ISO/IEC 14496-12, 4.2)."""
    found, offset = [], 0
    while offset < len(content):
        length = int.from_bytes(content[offset : offset + 4], "big")
        found.append(content[offset + 4 : offset + 8].decode("latin-1"))
        offset += int.from_bytes(content[offset + 8 : offset + 16], "big") if length == 1 else length or len(content)
    return found
