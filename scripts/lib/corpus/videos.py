"""Pictures of videos and of covers, by PyAV's FFmpeg, whose conversions of colour are not used."""

import io

import av
import av.logging
import numpy
from av.video.reformatter import ColorRange, VideoReformatter
from PIL import Image, ImageOps

from corpus.shot import WORKING_SIZE, NoReference, Shot, as_image, hdr_shot, reduced

# What is looked at: all frames up to this time, and some key frames after it.
CLOSE_LOOK_SECONDS = 2.5
MAX_FRAMES = 240
MAX_KEY_FRAMES = 24
SCALER = VideoReformatter()

av.logging.set_level(av.logging.PANIC)


def moving(path, truth):
    try:
        return frames(path, truth)
    except (av.FFmpegError, AttributeError, OSError, ValueError, IndexError, EOFError) as error:
        # A stream without a decoder lacks attributes.
        raise NoReference(f"no frame: {error}") from error


def frames(path, truth):
    found = close_look(path, truth)
    begin = found[0].time if found else 0
    if truth["duration"] and truth["duration"] > CLOSE_LOOK_SECONDS:
        found += key_frames(path, truth, begin)
    for shot in found:
        shot.time = None if shot.time is None else shot.time - (begin or 0)
    if not found:
        raise NoReference("no frame")
    return found


def chosen_stream(container, truth):
    """The picture's stream: no cover, and of the size that is true."""
    streams = [
        stream for stream in container.streams.video if not stream.disposition & av.stream.Disposition.attached_pic
    ]
    size = (truth["coded_width"], truth["coded_height"])
    return next((stream for stream in streams if (stream.width, stream.height) == size), streams[0])


def close_look(path, truth):
    found = []
    with av.open(str(path)) as container:
        stream = chosen_stream(container, truth)
        begin = None
        for frame in decoded(container, stream):
            begin = frame.time if begin is None else begin
            if frame.time is not None and begin is not None and frame.time - begin > CLOSE_LOOK_SECONDS:
                break
            found.append(frame_shot(frame, truth))
            if len(found) == MAX_FRAMES:
                break
    return found


def key_frames(path, truth, begin):
    found = []
    with av.open(str(path)) as container:
        stream = chosen_stream(container, truth)
        for index in range(1, MAX_KEY_FRAMES):
            time = (begin or 0) + truth["duration"] * index / MAX_KEY_FRAMES
            try:
                container.seek(int(time / stream.time_base), stream=stream, backward=True)
                frame = next(decoded(container, stream), None)
            except av.FFmpegError:
                break
            if frame is not None and all(shot.time != frame.time for shot in found):
                found.append(frame_shot(frame, truth))
    return found


def decoded(container, stream):
    """Frames, over packets that do not decode."""
    broken = 0
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.FFmpegError:
            broken += 1
            if broken > 100:
                return


def frame_shot(frame, truth):
    transfer = {16: "pq", 18: "hlg"}.get(int(frame.color_trc or 2))
    if transfer:
        shot = hdr_shot(frame_code(frame, matrices(frame)[0]), transfer)
    else:
        shot = sdr_shot(frame)
    shot.time, shot.is_key = frame.time, bool(frame.key_frame)
    return shot.turned(truth["orientation"])


def sdr_shot(frame):
    codes = [frame_code(frame, matrix) for matrix in matrices(frame)]
    shot = Shot([as_image(code) for code in codes])
    if not frame.format.is_rgb:
        # Limited range (ITU-R BT.601, 16 to 235) shown as if it were full, and the reverse.
        shot.wrong["range not widened"] = as_image(codes[0] * 219 / 255 + 16 / 255)
        shot.wrong["range widened twice"] = as_image((codes[0] - 16 / 255) * 255 / 219)
    return shot


def frame_code(frame, weights):
    """Red, green and blue code values, 0 to 1, of a frame at the working size."""
    scale = min(1, WORKING_SIZE / max(frame.width, frame.height))
    size = (max(2, round(frame.width * scale)), max(2, round(frame.height * scale)))
    if frame.format.is_rgb or frame.format.name.startswith(("gray", "pal", "mono", "ya")):
        return SCALER.reformat(frame, *size, format="rgb48le", interpolation="AREA").to_ndarray() / 65535

    # As it is stored but for size and depth, so that no conversion of FFmpeg's decides what is right.
    is_full = frame.format.name.startswith("yuvj") or frame.color_range == ColorRange.JPEG
    side = ColorRange.JPEG if is_full else ColorRange.MPEG
    planes = SCALER.reformat(
        frame, *size, format="yuv444p16le", interpolation="AREA", src_color_range=side, dst_color_range=side
    ).to_ndarray()
    luma, blue, red = numpy.moveaxis(planes / (257 if is_full else 256), -1, 0)
    if is_full:
        luma, blue, red = luma / 255, (blue - 128) / 255, (red - 128) / 255
    else:
        luma, blue, red = (luma - 16) / 219, (blue - 128) / 224, (red - 128) / 224
    of_red, of_blue = weights
    r, b = luma + 2 * (1 - of_red) * red, luma + 2 * (1 - of_blue) * blue
    g = (luma - of_red * r - of_blue * b) / (1 - of_red - of_blue)
    return numpy.clip(numpy.stack([r, g, b], axis=-1), 0, 1)


def matrices(frame):
    """The weights of red and blue in luma (ITU-T H.273, table 4); where a video does not tell, two are in use."""
    bt709, bt601, bt2020 = (0.2126, 0.0722), (0.299, 0.114), (0.2627, 0.0593)
    known = {1: bt709, 4: bt601, 5: bt601, 6: bt601, 9: bt2020, 10: bt2020}.get(int(frame.colorspace or 2))
    if known:
        return [known]
    # A JPEG has one alone (JFIF 1.02).
    return [bt601] if frame.format.name.startswith("yuvj") else [bt601, bt709]


def cover(path):
    try:
        with av.open(str(path)) as container:
            for packet in container.demux(container.streams.video):
                if packet.size:
                    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(bytes(packet))))
                    return Shot([reduced(picture.convert("RGB"))])
    except (av.FFmpegError, OSError, ValueError) as error:
        raise NoReference(f"no cover: {error}") from error
    raise NoReference("no cover")
