"""Pictures of stills, by Pillow and what is plugged into it; profiles through LittleCMS."""

import io
import re
import struct
import subprocess

import numpy
import pillow_heif
import pillow_jxl  # noqa: F401  (its import makes Pillow read JPEG XL)
from PIL import Image, ImageCms, ImageFile

from corpus import colour
from corpus.shot import TURNS, Shot, hdr_shot, reduced

# These decoders turn the picture by themselves.
TURNED_BY_DECODER = {"HEIF", "TIFF", "JXL"}
SRGB = ImageCms.createProfile("sRGB")
# Wide primaries by their number (ITU-T H.273, table 2), which HEIF tells in place of a profile.
PRIMARIES = {9: colour.BT2020_TO_SRGB, 12: colour.P3_TO_SRGB}

pillow_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = 200_000_000
ImageFile.LOAD_TRUNCATED_IMAGES = True


def still(path, truth):
    with Image.open(first_frame(path) if truth["mime"] == "image/jxl" and truth["animated"] else path) as image:
        decoder = image.format
        covered = image.tile[0].extents if decoder == "GIF" and image.tile else None
        image.load()
        skip_invisible_frames(image)
        # An orientation that a decoder has told and not applied must not be applied twice.
        image = image.copy()
    profile = image.info.get("icc_profile")
    if decoder == "AVIF":
        image = crop_to_clean_aperture(image, path)
    if decoder not in TURNED_BY_DECODER and truth["orientation"] in TURNS:
        image = image.transpose(TURNS[truth["orientation"]])
    if truth["hdr"]:
        return hdr_still(image)

    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    plain = eight_bits(image)
    managed = to_srgb(plain, profile)
    primaries = PRIMARIES.get(signalled_primaries(path)) if decoder in ("HEIF", "AVIF") and not profile else None
    if primaries is not None:
        managed = with_primaries(plain, primaries)
    shot = Shot([reduced(flatten(managed, alpha, "white"))])
    if image.mode == "CMYK" and not profile:
        shot.freedom = "inks"
    if covered and covered != (0, 0, *image.size):
        shot.rights.append(reduced(with_bare_canvas(managed, covered)))
    if alpha is not None:
        shot.wrong["alpha dropped"] = reduced(managed.convert("RGB"))
        shot.wrong["alpha on black"] = reduced(flatten(managed, alpha, "black"))
    if profile or primaries is not None:
        shot.wrong["profile ignored"] = reduced(flatten(plain, alpha, "white"))
    return shot


def first_frame(path):
    """The first frame of an animated JPEG XL, for which Pillow's plugin gives the last; by ffmpeg's command."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-"]
    return io.BytesIO(subprocess.run(command, check=True, capture_output=True).stdout)


def with_bare_canvas(image, covered):
    """A first frame smaller than its GIF, with the canvas beside it transparent, as browsers have it."""
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(image.crop(covered), covered[:2])
    return canvas


def skip_invisible_frames(image):
    """An animation is shown by its first frame that shows anything."""
    for index in range(1, min(getattr(image, "n_frames", 1), 20)):
        if not image.has_transparency_data or image.convert("RGBA").getchannel("A").getextrema()[1] > 0:
            return
        image.seek(index)
        image.load()


def eight_bits(image):
    """The picture in RGB, L or CMYK, without transparency."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((numpy.asarray(image, numpy.uint16) >> 8).astype(numpy.uint8))
    if image.mode in ("RGB", "L", "CMYK"):
        return image
    if image.mode in ("RGBA", "RGBX", "P", "PA"):
        return image.convert("RGBA").convert("RGB")
    return image.convert("L" if image.mode in ("1", "LA", "La", "I", "F") else "RGB")


def to_srgb(image, profile):
    """The picture in sRGB, through its ICC profile where it has one that fits."""
    if not profile:
        return image.convert("RGB")
    try:
        return ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            SRGB,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            outputMode="RGB",
        )
    except ImageCms.PyCMSError:
        return image.convert("RGB")


def signalled_primaries(path):
    """The number in the first `colr` box of kind `nclx` (ISO/IEC 14496-12, 12.1.5); None without one."""
    with open(path, "rb") as file:
        found = re.search(rb"colrnclx(..)", file.read(65536), re.DOTALL)
    return int.from_bytes(found.group(1), "big") if found else None


def with_primaries(image, matrix):
    code = numpy.asarray(image.convert("RGB"), numpy.float32) / 255
    return Image.fromarray((colour.to_srgb(colour.from_srgb(code) @ matrix.T) * 255 + 0.5).astype(numpy.uint8))


def flatten(image, alpha, background):
    image = image.convert("RGB")
    if alpha is None:
        return image
    return Image.composite(image, Image.new("RGB", image.size, background), alpha)


def crop_to_clean_aperture(image, path):
    """Pillow shows all of an AVIF; `clap` says which part is meant (ISO/IEC 14496-12, 12.1.4)."""
    with open(path, "rb") as file:
        head = file.read(65536)
    found = re.search(rb"\x00\x00\x00\x28clap(.{32})", head, re.DOTALL)
    if not found:
        return image
    numbers = struct.unpack(">IIIIiIiI", found.group(1))
    width, height, right, down = (numbers[index] / numbers[index + 1] for index in range(0, 8, 2))
    left = (image.width - width) / 2 + right
    top = (image.height - height) / 2 + down
    return image.crop(tuple(round(side) for side in (left, top, left + width, top + height)))


def hdr_still(image):
    depth = 65535 if image.mode.startswith("I;16") else 255
    code = numpy.asarray(image, float) / depth
    if code.ndim == 2:
        code = numpy.repeat(code[..., None], 3, axis=2)
    return hdr_shot(code[..., :3])
