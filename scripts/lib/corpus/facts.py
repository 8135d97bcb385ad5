"""What an answer says of a file, held against the truth."""

import math
import os.path
import re
import unicodedata

# Names of one and the same type.
SAME_TYPE = {
    "text/xml": "application/xml",
    "audio/x-wav": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "audio/opus": "audio/ogg",
    "image/x-icon": "image/vnd.microsoft.icon",
    "image/x-ms-bmp": "image/bmp",
    "image/heif-sequence": "image/heic-sequence",
    "video/x-ms-asf": "video/x-ms-wmv",
    "video/matroska": "video/x-matroska",
    "audio/x-ms-asf": "audio/x-ms-wma",
    "application/x-dosexec": "application/vnd.microsoft.portable-executable",
}
# What is neither a picture, nor a video, nor audio: executables and archives may be called either.
PLAIN_KINDS = {"document", "other"}
OPAQUE_TYPE = "application/octet-stream"


def name_problems(path, answer):
    """The name that came back, against the one that was sent: in NFC, without what shows as nothing."""
    visible = "".join(
        character for character in os.path.basename(path) if unicodedata.category(character) not in ("Cc", "Zl", "Zp")
    )
    wanted = unicodedata.normalize("NFC", visible).strip()
    if answer["file_name"] != wanted:
        yield f"the name is {answer['file_name']!r}, not {wanted!r}"


def problems(truth, answer):
    """What is wrong in the answer to an upload, in words."""
    yield from name_problems(truth["path"], answer)
    if answer["file_size"] != truth["size"] or answer["sha256"] != truth["sha256"]:
        yield "size or digest differ from the file's"
    yield from kind_problems(truth, answer)
    yield from size_problems(truth, answer)
    yield from duration_problems(truth, answer)
    yield from rate_problems(truth, answer)
    yield from unknown_problems(answer)


def is_healthy(truth):
    return truth["kind"] not in ("hostile", "broken")


def same_type(name):
    return SAME_TYPE.get(name, name)


def kind_problems(truth, answer):
    """Kind and type; what is damaged or hostile may also be called what libmagic calls it, or just bytes."""
    why = truth["why"] or ""
    types = {same_type(truth["mime"])}
    if "either type is fine" in why:
        types.add(same_type(truth["mime_file"]))
    kinds = {truth["kind"] if is_healthy(truth) else truth["mime"].split("/")[0]}
    if not kinds <= {"image", "video", "audio"}:
        kinds = set(PLAIN_KINDS)
    if "calling it video is acceptable" in why:
        kinds.add("video")
    if not is_healthy(truth):
        types |= {OPAQUE_TYPE, same_type(truth["mime_file"])}
        types |= {"image/heif"} if truth["mime"] == "image/heic" else set()
        kinds |= PLAIN_KINDS
    if answer["file_type"] not in kinds:
        yield f"the kind is {answer['file_type']}, not {' or '.join(sorted(kinds))}"
    if same_type(answer["mime_type"]) not in types:
        yield f"the type is {answer['mime_type']}, not {' or '.join(sorted(types))}"


def size_problems(truth, answer):
    """The displayed size: exact, or by a pixel where `why` says so; unknown is fine where nothing was decoded."""
    said, true = (answer["width"], answer["height"]), (truth["width"], truth["height"])
    slack = 1 if re.search(r"allow 1\b", truth["why"] or "") else 0
    if said == (None, None):
        may_be_unknown = not is_healthy(truth) or truth["mime"] == "image/svg+xml" or truth["kind"] in PLAIN_KINDS
        if true != (None, None) and not may_be_unknown:
            yield f"no size, which is {true[0]}x{true[1]}"
    elif None in said or 0 in said:
        yield f"half a size: {said}"
    elif true == (None, None):
        if is_healthy(truth):
            yield f"a size of {said[0]}x{said[1]} of what has none"
    elif any(abs(one - other) > slack for one, other in zip(said, true, strict=True)):
        yield f"the size is {said[0]}x{said[1]}, not {true[0]}x{true[1]}"


def duration_problems(truth, answer):
    said = answer["duration_ms"]
    true = truth["duration"]
    if said is None:
        if true is not None and is_healthy(truth) and truth["kind"] not in PLAIN_KINDS | {"image"}:
            yield f"no duration, which is {true:.3f} s"
    elif true is None:
        if is_healthy(truth) and not truth["animated"]:
            yield f"a duration of {said / 1000:.3f} s of what has none"
    elif abs(said / 1000 - true) > max(0.1, true / 100, truth["duration_tol"] or 0) + 0.0005:
        yield f"the duration is {said / 1000:.3f} s, not {true:.3f} s"


def rate_problems(truth, answer):
    """The average frame rate, to 1 %; of animations it need not be told."""
    said, true = answer["frame_rate"], truth["fps"]
    if said is None:
        if true is not None and truth["kind"] == "video":
            yield f"no frame rate, which is {true:g}"
    elif true is None:
        if truth["kind"] in ("video", "audio"):
            yield f"a frame rate of {said:g} where none is known"
    elif abs(said - true) > max(0.01 * true, 0.01):
        yield f"the frame rate is {said:g}, not {true:g}"


def unknown_problems(answer):
    """What is unknown is null: never 0, below 0, or what JSON has no number for."""
    for name in ("width", "height", "duration_ms", "frame_rate", "bitrate"):
        value = answer[name]
        if value is not None and not (math.isfinite(value) and value >= (0 if name == "duration_ms" else 1e-6)):
            yield f"{name} is {value}"


def remarks(truth, answer):
    """What differs and does not count: codecs have many names."""
    for name, key in (("video_codec", "codec"), ("audio_codec", "audio_codec")):
        if truth["kind"] in ("video", "audio") and truth[name] and answer[key] != truth[name]:
            yield f"{key} is {answer[key]}, not {truth[name]}"
    if truth["kind"] == "audio" and answer["codec"]:
        yield f"codec is {answer['codec']} in what is audio"


def outcome(answer):
    """What became of a file, in the truth's words."""
    if answer is None:
        return "reject"
    return "thumbnail" if answer["thumbnail_url"] else "no_thumbnail"


def outcome_problems(truth, answer, status):
    """Whether what became of it is what should have."""
    found = outcome(answer)
    allowed = {truth["expect"], *truth["also_ok"]}
    # To store it as opaque bytes is a way of refusing it.
    if "reject" in allowed:
        allowed.add("no_thumbnail")
    if found not in allowed:
        reason = status if answer is None else answer["failure_reason"]
        yield f"{found}{f' ({reason})' if reason else ''} instead of {truth['expect']}"
    elif answer is not None and answer["status"] != "ready" and is_healthy(truth) and found != "thumbnail":
        yield f"the status is {answer['status']} ({answer['failure_reason']}) of a file that is sound"
