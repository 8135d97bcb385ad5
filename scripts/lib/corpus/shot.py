"""A picture that would be right, wrong ones beside it, and how both are made of code values."""

import dataclasses

import numpy
from PIL import Image

from corpus import colour

# Large enough to reduce once more, small enough to keep hundreds.
WORKING_SIZE = 256
# EXIF orientation to what undoes it (Exif 2.32, 4.6.4).
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class NoReference(Exception):
    """None of the decoders gives a picture."""


@dataclasses.dataclass
class Shot:
    """One moment: pictures that would be right, of which any will do, and wrong ones by their mistake."""

    rights: list
    wrong: dict = dataclasses.field(default_factory=dict)
    #: Seconds from the first frame of a video.
    time: float | None = None
    #: It can be decoded without another.
    is_key: bool = False
    #: What there is one right way of, and what there are several of: then these are examples.
    freedom: str = "none"

    @property
    def is_plain(self):
        """Dark or of one colour, as far as anyone might think so: another moment may be shown instead."""
        lightness = colour.to_lab(numpy.asarray(self.rights[0], float) / 255)[..., 0]
        return lightness.mean() < 12 or lightness.std() < 6

    def turned(self, orientation):
        """The shot as an EXIF orientation wants it shown."""
        turn = TURNS.get(orientation)
        if turn is None:
            return self
        wrong = {name: image.transpose(turn) for name, image in self.wrong.items()}
        rights = [image.transpose(turn) for image in self.rights]
        return dataclasses.replace(self, rights=rights, wrong=wrong)


def reduced(image):
    """The picture at a size that is quick to compare."""
    if max(image.size) <= WORKING_SIZE:
        return image
    scale = WORKING_SIZE / max(image.size)
    size = tuple(max(1, round(side * scale)) for side in image.size)
    return image.resize(size, Image.Resampling.BOX)


def as_image(code):
    return reduced(Image.fromarray((numpy.clip(code, 0, 1) * 255 + 0.5).astype(numpy.uint8)))


# How light beyond white is brought down is a matter of taste: several ways are right, leaving it is wrong.
def hdr_shot(code, transfer=None):
    """The shot of BT.2020 code values; with an unknown transfer it may be PQ or HLG."""
    rights = []
    for name, decode in (("pq", colour.from_pq), ("hlg", colour.from_hlg)):
        if transfer not in (None, name):
            continue
        light = decode(code)
        for white in (colour.DIFFUSE_WHITE, 100.0):
            for peak in (1000.0, 4000.0):
                rights.append(as_image(colour.to_srgb(tone_mapped(light, white, peak) @ colour.BT2020_TO_SRGB.T)))
            rights.append(as_image(colour.to_srgb(light / white @ colour.BT2020_TO_SRGB.T)))
        if name == "hlg":
            # A display that knows no HLG shows it as it is: the curve is made for that (BT.2390, 9).
            rights.append(as_image(colour.to_srgb(code**2.4 @ colour.BT2020_TO_SRGB.T)))
    return Shot(rights, {"HDR taken for sRGB": as_image(code)}, freedom="tones")


def tone_mapped(light, white, peak):
    """Light brought to 0 … 1 by the extended Reinhard curve on the largest channel, which keeps hues."""
    relative, most = light / white, peak / white
    largest = numpy.maximum(relative.max(axis=-1, keepdims=True), 1e-9)
    return relative / largest * (largest * (1 + largest / most**2) / (1 + largest))
