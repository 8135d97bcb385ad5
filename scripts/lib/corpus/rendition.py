"""A rendition's own properties, and its picture against the reference."""

import io
import os

from PIL import Image, UnidentifiedImageError

from corpus import likeness, reference, stills
from corpus.shot import NoReference

THUMBNAIL_WIDTH = 320
PREVIEW_EDGE = 1280
# Where a rendition would be a thin line, its height bounds it.
MAX_SHAPE = 8


def problems(name, content, declared, truth, shots):
    """What is wrong with a rendition, in words, and the verdict on its picture (None without a reference)."""
    try:
        image = Image.open(io.BytesIO(content))
        image.load()
    except (OSError, UnidentifiedImageError, SyntaxError) as error:
        return [f"the {name} does not decode: {error}"], None
    found = [f"the {name} {problem}" for problem in property_problems(name, image, declared, truth)]
    if not shots:
        return found, None
    verdict = likeness.judge(on_white(image), shots)
    return found + [f"the {name} {problem}" for problem in verdict.problems], verdict


def property_problems(name, image, declared, truth):
    if declared["mime_type"] != Image.MIME.get(image.format):
        yield f"is {image.format} and said to be {declared['mime_type']}"
    if (declared["width"], declared["height"]) != image.size:
        yield f"is {image.width}x{image.height} and said to be {declared['width']}x{declared['height']}"
    carried = sorted({"exif", "xmp", "comment", "photoshop", "Raw profile type exif"} & set(image.info))
    if carried:
        yield f"carries metadata: {', '.join(carried)}"
    if getattr(image, "n_frames", 1) > 1:
        yield "is animated"
    shown = tuple(truth["cover_art"] or ()) if truth["kind"] == "audio" else (truth["width"], truth["height"])
    if None not in shown and len(shown) == 2:
        yield from size_problems(name, image.size, shown)


def size_problems(name, size, shown):
    """As large as was asked for, never enlarged, of the picture's own shape."""
    if any(side > full + 1 for side, full in zip(size, shown, strict=True)):
        yield f"is enlarged: {size[0]}x{size[1]} of {shown[0]}x{shown[1]}"
        return
    wanted = min(1, PREVIEW_EDGE / max(shown) if name == "preview" else THUMBNAIL_WIDTH / shown[0])
    if shown[1] > MAX_SHAPE * shown[0] or shown[0] > MAX_SHAPE * shown[1]:
        wanted = min(wanted, max(size) / max(shown))
    if any(abs(side - max(1, full * wanted)) > 1.5 for side, full in zip(size, shown, strict=True)):
        yield f"is {size[0]}x{size[1]} of {shown[0]}x{shown[1]}"


def on_white(image):
    """In sRGB, on white where it is transparent, as a browser shows it."""
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    plain = stills.to_srgb(stills.eight_bits(image), image.info.get("icc_profile"))
    return stills.flatten(plain, alpha, "white")


def shots_of(path, truth):
    """The reference's shots, or none and why."""
    try:
        shots = reference.shots(path, truth)
    except NoReference as error:
        return [], str(error)
    # A preview that a decoder takes for the picture is no reference.
    if truth["mime"].startswith("image/") and truth["width"] and not same_shape(shots[0].rights[0].size, truth):
        return [], f"the decoder shows something of another shape: {shots[0].rights[0].size}"
    return shots, None


def same_shape(size, truth):
    # Half a pixel of the reduced picture on either side.
    return abs(size[0] * truth["height"] - size[1] * truth["width"]) <= max(truth["width"], truth["height"])


def compare(path, truth, renditions, folder):
    """The problems of all renditions of a file, its figures, and why there is no reference; for a process of its own.

    `renditions` are (name, bytes, what was said of it); into `folder`, where it is given, goes what was compared.
    """
    shots, reason = shots_of(path, truth)
    found, figures = [], {}
    if not shots and truth["expect"] == "thumbnail":
        found.append(f"no reference could be made: {reason}")
    for name, content, declared in renditions:
        wrong, verdict = problems(name, content, declared, truth, shots)
        found += wrong
        if verdict:
            figures[name] = {"distance": verdict.distance, "cast": verdict.cast, "time": verdict.time}
        if folder and verdict:
            save_pair(folder, f"{truth['path'].removeprefix('files/')}.{name}", content, shots, verdict)
    return found, figures


def save_pair(folder, name, content, shots, verdict):
    """The reference to the left, the rendition to the right."""
    shot = next(shot for shot in shots if shot.time == verdict.time)
    seen = on_white(Image.open(io.BytesIO(content)))
    right = shot.rights[0].resize(seen.size)
    pair = Image.new("RGB", (seen.width * 2 + 8, seen.height), "grey")
    pair.paste(right, (0, 0))
    pair.paste(seen, (seen.width + 8, 0))
    path = os.path.join(folder, name.replace("/", "-") + ".png")
    pair.save(path)
