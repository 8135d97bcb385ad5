#!/usr/bin/env python3
"""Uploads videos, has Chromium play what the gateway made of them, and judges what was seen; scripts/play brings the rest.

Prints a line a check and exits 1 if one failed.
"""

import argparse
import json
import os
import pathlib
import re
import sys
import time
import urllib.request
import uuid
import xml.sax.saxutils

import chromium
from playback import boxes
from presign import presign

BASE, TOKEN, SERVICE = os.environ["BASE"], os.environ["TOKEN"], os.environ["SERVICE"]
LIBRARY = pathlib.Path(__file__).resolve().parent
SECONDS = 6
PATIENCE = 60
# All of them together, on a small machine that does other things as well.
ENCODING_PATIENCE = 240
FILES = ["360p", "180p"]
# The sizes of the renditions, and where the patch of colour is.
UPRIGHT = {"360p": (640, 360), "180p": (320, 180)}
TURNED = {name: (height, width) for name, (width, height) in UPRIGHT.items()}
CLIPS = {
    "plain": (UPRIGHT, "topLeft", ["red", "green"]),
    "turned": (TURNED, "topRight", ["red", "green"]),
    "uneven": (UPRIGHT, "topLeft", ["red", "green"]),
    # Its own signal is 58 % of white, or 75 %: who only relabels it stays far below.
    "pq": (UPRIGHT, "topLeft", ["white", "white"]),
    "hlg": (UPRIGHT, "topLeft", ["white", "white"]),
}
COLORS = {"red": (255, 0, 0), "green": (0, 255, 0), "white": (255, 255, 255)}
# Of 255, for what the encoder does at these rates and the rounding of colour spaces.
TOLERANCE = 25

passed = failed = 0


def tell(name, checks):
    """One line of the report, with what does not hold; each check is whether it does, and what to say where it does not."""
    global passed, failed
    faults = [text for holds, text in checks if not holds]
    passed, failed = passed + (not faults), failed + bool(faults)
    print(f"FAIL  {name}: {'; '.join(faults)}" if faults else f"ok    {name}", flush=True)


def request(method, path, token=TOKEN, body=None, kind="application/json"):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    asked = urllib.request.Request(f"{BASE}{path}", method=method, data=body, headers=headers)
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
        return json.loads(answer.read() or b"null")


def allow_page(origin):
    """Gives the bucket the rule of docs/operations.md, with the page's origin in it."""
    page = (LIBRARY.parent.parent / "docs" / "operations.md").read_text()
    rule = json.loads(re.search(r'```json\n(\{\s*"CORSRules".*?)```', page, re.DOTALL)[1])["CORSRules"][0]
    rule["AllowedOrigins"] = [origin]
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html: lists lose their plural there.
    elements = "".join(
        f"<{name.removesuffix('s') if isinstance(value, list) else name}>{xml.sax.saxutils.escape(str(one))}"
        f"</{name.removesuffix('s') if isinstance(value, list) else name}>"
        for name, value in rule.items()
        for one in (value if isinstance(value, list) else [value])
    )
    body = f"<CORSConfiguration><CORSRule>{elements}</CORSRule></CORSConfiguration>".encode()
    url = presign("PUT", os.environ["S3"], os.environ["S3_BUCKET"], "", os.environ["S3_ACCESS"],
                  os.environ["S3_SECRET"], query={"cors": ""})  # fmt: skip
    urllib.request.urlopen(urllib.request.Request(url, method="PUT", data=body), timeout=PATIENCE).close()


def upload(paths):
    """The ids of the attachments by the clips' names."""
    conversation, message = uuid.uuid4(), uuid.uuid4()
    people = json.dumps({"participants": [{"user_id": "alice"}]}).encode()
    request("PUT", f"/conversations/{conversation}/", SERVICE, people)
    words = json.dumps({"conversation_id": str(conversation), "sender_id": "alice"}).encode()
    request("PUT", f"/messages/{message}/", SERVICE, words)
    return {
        path.stem: request("POST", f"/upload/?message_id={message}", body=path.read_bytes(), kind="video/mp4")["id"]
        for path in paths
    }


def wait_for_renditions(name, identifier):
    """The attachment with all that was to be made; ends the run when that takes too long."""
    deadline = time.monotonic() + ENCODING_PATIENCE
    while True:
        attachment = request("GET", f"/attachments/{identifier}/")
        found = {rendition["name"]: rendition for rendition in attachment["renditions"]}
        if {*FILES, "hls"} <= found.keys() and not attachment["processing"]:
            return found
        if time.monotonic() > deadline:
            sys.exit(f"error: {name} has {sorted(found)} after {ENCODING_PATIENCE} s, under way: {attachment['processing']}")
        time.sleep(0.2)


def check_file(rendition, size):
    """What the API and the file say of themselves."""
    with urllib.request.urlopen(rendition["url"], timeout=PATIENCE) as answer:
        kind, order = answer.headers["Content-Type"], boxes(answer.read())
    yield order[:2] == ["ftyp", "moov"] and "mdat" in order, f"the boxes are {order}"
    yield (kind, rendition["mime_type"]) == ("video/mp4", "video/mp4"), f"it is {kind} and {rendition['mime_type']}"
    told = (rendition["width"], rendition["height"])
    yield told == size, f"the API says {told}, not {size}"


def is_near(color, wanted):
    return all(abs(ours - theirs) <= TOLERANCE for ours, theirs in zip(color, COLORS[wanted]))


def check_seen(seen, clip, size):
    """What every way of playing must show."""
    if not seen or "exception" in seen:
        yield False, seen.get("exception", "the page told nothing")
        return
    _, corner, colors = CLIPS[clip]
    yield seen["advanced"] >= 0.9, f"its clock advanced {seen['advanced']} s"
    yield abs(seen["duration"] - SECONDS) <= 0.1, f"its duration is {seen['duration']} s, not {SECONDS}"
    told = (seen["width"], seen["height"])
    yield told == size, f"its size is {told}, not {size}"
    yield seen["frames"] >= 8, f"{seen['frames']} pictures were decoded"
    yield seen["soundBytes"] > 0, "no sound was decoded"
    yield seen["transfer"] not in ("pq", "hlg"), f"its range is that of {seen['transfer']}"
    for when, wanted in zip(("before", "after"), colors):
        places = [place for place, color in seen[when].items() if is_near(color, wanted)]
        yield places == [corner], f"{when} the change {wanted} is at {places}, not the {corner}: {seen[when]}"


def check_playlists(told, clip):
    """What the playlists say."""
    if not told or "exception" in told:
        yield False, told.get("exception", "the page told nothing")
        return
    steps = told["steps"]
    types = {told["type"], *(step["parts"]["type"] for step in steps)}
    yield types == {"application/vnd.apple.mpegurl"}, f"their types are {types}"
    # The smallest is first: what a player begins with.
    sizes, wanted = [size_of(step) for step in steps], [CLIPS[clip][0][file] for file in reversed(FILES)]
    yield sizes == wanted, f"their sizes are {sizes}, not {wanted}"
    by_token = [(step["RESOLUTION"], step["BANDWIDTH"]) for step in told["byToken"]]
    yield by_token == [(step["RESOLUTION"], step["BANDWIDTH"]) for step in steps], f"by a token they are {by_token}"
    for step in steps:
        for holds, text in check_parts(step):
            yield holds, f"{step['RESOLUTION']}: {text}"


def check_parts(step):
    parts = step["parts"]
    lengths = [segment["seconds"] for segment in parts["segments"]]
    yield len(lengths) >= 3 and abs(sum(lengths) - SECONDS) <= 0.1, f"its segments have {lengths} s"
    yield parts["isWhole"], "it has no end"
    yield max(map(round, lengths), default=0) <= parts["target"], f"{lengths} s are over the target of {parts['target']}"
    ends = [one["offset"] + one["length"] for one in (parts["header"], *parts["segments"])]
    begins = [segment["offset"] for segment in parts["segments"]]
    yield begins == ends[:-1], f"its segments begin at {begins} and end at {ends[1:]}"
    # RFC 8216 section 4.3.4.2: none asks for more than is announced, give or take the rounding of seconds.
    rates = [segment["length"] * 8 / segment["seconds"] for segment in parts["segments"] if segment["seconds"] >= 1]
    yield max(rates, default=0) <= int(step["BANDWIDTH"]) * 1.01, f"{rates} bits a second, {step['BANDWIDTH']} announced"


def size_of(step):
    return tuple(map(int, step["RESOLUTION"].split("x")))


def check_stream(seen, clip, first, last):
    """What is seen of a stream that begins in the one size and goes on in the other."""
    yield from check_seen(seen, clip, last)
    if "ranges" in seen:
        yield tuple(seen["sizeBefore"]) == first, f"it begins in {seen['sizeBefore']}, not {first}"
        holds = len(seen["ranges"]) == 1 and seen["ranges"][0][1] >= SECONDS - 0.1
        yield holds, f"what is buffered has gaps: {seen['ranges']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=pathlib.Path, required=True, help="where the videos are")
    parser.add_argument("--ports", type=int, nargs=2, required=True, help="of the page that CORS allows, and of another one")
    parser.add_argument("--browser", required=True, help="Chromium")
    options = parser.parse_args()
    paths = [path for path in (options.files / f"{name}.mp4" for name in CLIPS) if path.exists()]
    if len(paths) < len(CLIPS):
        print("this ffmpeg has no x265: high dynamic range is left out")

    allow_page(f"http://127.0.0.1:{options.ports[0]}")
    clips = upload(paths)
    renditions = {name: wait_for_renditions(name, identifier) for name, identifier in clips.items()}
    page = (LIBRARY / "playpage.html").read_text()
    wanted = {
        "base": BASE,
        "token": TOKEN,
        "clips": [{"name": name, "id": identifier, "files": FILES} for name, identifier in clips.items()],
    }
    lines = chromium.show(options.browser, page.replace("WANTED", json.dumps(wanted)), options.ports[0])
    told = {line.pop("name"): line for line in lines}
    tell("the page comes to its end", [("end" in told, f"the last that it told is {list(told)[-1:]}")])

    for clip in clips:
        sizes = CLIPS[clip][0]
        for file in FILES:
            name = f"{clip} {file}"
            seen = check_seen(told.get(name, {}), clip, sizes[file])
            tell(name, [*check_file(renditions[clip][file], sizes[file]), *seen])
        tell(f"{clip} hls", check_playlists(told.get(f"{clip} hls", {}), clip))
        smallest, largest = sizes[FILES[-1]], sizes[FILES[0]]
        for size in (smallest, largest):
            name = f"{clip} hls {size[0]}x{size[1]}"
            tell(name, check_stream(told.get(name, {}), clip, size, size))
        name = f"{clip} hls switched"
        tell(name, check_stream(told.get(name, {}), clip, smallest, largest))

    # A page that nobody named must not be able to read any of it.
    steps = told.get("plain hls", {}).get("steps") or [{}]
    forbidden = {
        "playlist": renditions["plain"]["hls"]["url"],
        "playlist of a step": steps[0].get("url"),
        "file": renditions["plain"]["360p"]["url"],
    }
    page = page.replace("WANTED", json.dumps({"forbidden": forbidden}))
    seen = {line.pop("name"): line for line in chromium.show(options.browser, page, options.ports[1])}
    for name in forbidden:
        tell(f"another origin reads no {name}", [(seen.get(name) == {"reads": False}, f"it told {seen.get(name)}")])
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
