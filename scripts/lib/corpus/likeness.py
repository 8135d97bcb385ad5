"""Whether a rendition shows what its reference shows: the right way up, in the right colours.

The measure is the mean CIEDE2000 over a grid of at most 64x64 cells, each the mean of what lies in it, so that
compression, subsampled colour and another scaler's sharpness count for little. It alone would have to be strict to
catch a small mistake and lenient to forgive another decoder. So a rendition must also be nearer to the right picture
than to what each of the known mistakes makes of it, wherever a mistake shows at all: a turn or a flip, swapped
channels, transparency dropped or on black, a profile ignored, HDR taken for SDR, the wrong range of a video.
"""

import dataclasses

import numpy
from PIL import Image

from corpus import colour
from corpus.shot import TURNS

GRID = 64
# By what there is freedom in, the most that may be of two figures.
#
# First the mean CIEDE2000 that is still the same picture: two decoders that are both right, one of them followed by a
# JPEG encoder, differ by less than 2, on noise by up to 2.3. Second the CIEDE2000 of the mean colours: detail and noise
# cancel out in it, a cast does not; right decoders stay under 1.5, while a picture whose sRGB is taken through one
# conversion too many has 2.3.
#
# Where several ways of making a picture are right (tone mapping, CMYK without a profile), they differ by up to 10. The
# second figure is then that of the mean chroma alone, for grey stays grey however bright it becomes; of inks not even
# that.
BOUNDS = {"none": (3.0, 2.0), "tones": (12.0, 5.0), "inks": (12.0, 12.0)}
# Of a picture smaller than this there is too little for the errors of a JPEG to cancel out: both may be larger by half.
SMALL = 64
# A mistake that changes the picture by less than this cannot be told from compression.
VISIBLE = 0.8
# By what part of a mistake's size a rendition must be nearer to it than to the right picture: one that is off for
# another reason is as far from both.
MARGIN = 0.25
# A frame at 1 s: by how much its time may differ.
TIME_TOLERANCE = 0.25


@dataclasses.dataclass
class Verdict:
    #: The mean CIEDE2000 to the nearest right picture, and how far the mean colours are apart.
    distance: float
    cast: float
    #: What is wrong, in words; empty where nothing is.
    problems: list
    #: Seconds from the first frame of a video.
    time: float | None = None


def judge(rendition, shots):
    """The verdict on a rendition (a Pillow image in sRGB, on white where it was transparent)."""
    size = grid_size(rendition.size)
    seen = cells(rendition, size)
    ranked = sorted(((nearest(seen, shot, size), index) for index, shot in enumerate(shots)), key=lambda pair: pair[0])
    distance, best = ranked[0][0], shots[ranked[0][1]]
    right = min((cells(image, size) for image in best.rights), key=lambda image: difference(seen, image))
    verdict = Verdict(distance, cast(seen, right, best.freedom), [], best.time)
    room = 1.5 if max(rendition.size) < SMALL else 1
    bound, cast_bound = (room * limit for limit in BOUNDS[best.freedom])
    if distance > bound:
        verdict.problems.append(f"differs from the reference by {distance:.1f} (bound {bound:g})")
    if verdict.cast > cast_bound:
        verdict.problems.append(f"has a cast of {verdict.cast:.1f} (bound {cast_bound:g})")
    mistake = likelier_mistake(seen, best, size, distance)
    if mistake:
        verdict.problems.append(
            f"looks like {mistake[0]}: {mistake[1]:.1f} from that, {distance:.1f} from the reference"
        )
    if not verdict.problems:
        verdict.problems += wrong_moment(seen, shots, size, bound, best)
    return verdict


def grid_size(size):
    """The grid of a rendition: its own shape, cells of at least 4x4 pixels where it has as many."""
    scale = min(1, GRID / max(size))
    return tuple(max(1, min(round(side * scale), side // 4)) for side in size)


def cells(image, size):
    return colour.to_lab(numpy.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX), float) / 255)


def difference(first, second):
    return float(colour.ciede2000(first, second).mean())


def cast(seen, right, freedom):
    """How far the mean colours are apart."""
    first, second = seen.mean(axis=(0, 1)), right.mean(axis=(0, 1))
    if freedom != "none":
        return float(numpy.hypot(*(first - second)[1:]))
    return float(colour.ciede2000(first, second))


def nearest(seen, shot, size):
    return min(difference(seen, cells(right, size)) for right in shot.rights)


def mistakes(shot, right):
    """What the known mistakes make of a picture, by name."""
    found = dict(shot.wrong)
    for orientation, turn in TURNS.items():
        found[f"a turn by EXIF {orientation}"] = right.transpose(turn)
    red, green, blue = right.convert("RGB").split()
    found["red and blue swapped"] = Image.merge("RGB", (blue, green, red))
    return found


def likelier_mistake(seen, shot, size, distance):
    """The mistake that the rendition is nearest to, and how near; None where the right picture is nearer."""
    right = min(shot.rights, key=lambda image: difference(seen, cells(image, size)))
    suspects = []
    for name, image in mistakes(shot, right).items():
        wrong = cells(image, size)
        nearness = difference(seen, wrong)
        # Of several right ones a mistake may make another.
        change = min(difference(cells(other, size), wrong) for other in shot.rights)
        if change >= VISIBLE and distance - nearness > MARGIN * change:
            suspects.append((name, nearness))
    return min(suspects, key=lambda suspect: suspect[1], default=None)


def wrong_moment(seen, shots, size, bound, best):
    """A video is shown at 1 s, or by a key frame next to that, unless there is nothing to be seen there."""
    times = [shot.time for shot in shots]
    if None in times or max(times) < 1:
        return []
    at_one = min(shots, key=lambda shot: abs(shot.time - 1))
    if at_one.is_plain:
        return []
    close = [shot for shot in shots if abs(shot.time - at_one.time) <= TIME_TOLERANCE]
    keys = sorted((shot for shot in shots if shot.is_key), key=lambda shot: shot.time)
    close += [shot for shot in keys if shot.time <= 1][-1:] + [shot for shot in keys if shot.time > 1][:1]
    if min(nearest(seen, shot, size) for shot in close) <= bound:
        return []
    return [f"shows the picture at {best.time:.2f} s, not the one at 1 s"]
