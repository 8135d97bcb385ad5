"""What a picture of a file should look like, made by other programs than the worker's.

Stills come from Pillow and its own copies of libjpeg-turbo, libwebp, libavif, libtiff and OpenJPEG, from pillow-heif
and pillow-jxl-plugin, profiles through LittleCMS; videos, covers and what these refuse from PyAV's FFmpeg, which is
years newer than a distribution's. Beside the right picture there are wrong ones, of mistakes that are easily made: a
picture under test must be nearer to the right one than to each of them.
"""

import warnings

from corpus import stills, videos

warnings.simplefilter("ignore")


def shots(path, truth):
    """The right pictures of a file: one of a still or cover, each frame that may be shown of a video."""
    kind = truth["mime"].split("/")[0]
    if kind == "audio":
        return [videos.cover(path)]
    if kind == "video":
        return videos.moving(path, truth)
    try:
        return [stills.still(path, truth)]
    except (OSError, ValueError, SyntaxError):
        # What Pillow refuses: 12-bit JPEGs, image sequences of HEIF, PNGs with odd chunks.
        return videos.moving(path, truth)[:1]
