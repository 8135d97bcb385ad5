"""Shows that the measure tells right from wrong, on the corpus itself and without a gateway.

Of each picture a thumbnail is made as it should be, and one for each mistake that shows in it. All go through a JPEG
encoder. The right ones must be found right, the others wrong.
"""

import concurrent.futures
import io

from PIL import Image

from corpus import likeness, rendition


def thumbnail(image):
    """The picture at a third of its pixels, where it has enough of them, as a JPEG of common quality."""
    size = tuple(max(1, side * 3 // 5) for side in image.size) if max(image.size) > 128 else image.size
    buffer = io.BytesIO()
    image.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(buffer, "JPEG", quality=80)
    return Image.open(buffer)


def trial(path, truth):
    """How many mistakes there are in what is right, how many mistakes show, and the names of those not found."""
    shots, _ = rendition.shots_of(path, truth)
    if not shots:
        return None
    shot = shots[len(shots) // 2]
    same_moment = [shot]
    right = shot.rights[0]
    blamed = likeness.judge(thumbnail(right), same_moment).problems
    missed, showing = [], 0
    for name, wrong in likeness.mistakes(shot, right).items():
        picture = thumbnail(wrong)
        size = likeness.grid_size(picture.size)
        change = min(likeness.difference(likeness.cells(one, size), likeness.cells(wrong, size)) for one in shot.rights)
        if change < likeness.VISIBLE:
            continue
        showing += 1
        if not likeness.judge(picture, same_moment).problems:
            missed.append(f"{name} ({change:.1f})")
    return blamed, showing, missed


def run(directory, truths):
    """Prints what was found out; whether nothing was missed and nothing blamed."""
    pictured = [truth for truth in truths if "thumbnail" in (truth["expect"], *truth["also_ok"])]
    with concurrent.futures.ProcessPoolExecutor() as pool:
        trials = list(pool.map(trial, [directory / truth["path"] for truth in pictured], pictured))
    holds, total, caught = True, 0, 0
    for truth, outcome in zip(pictured, trials, strict=True):
        if outcome is None:
            continue
        blamed, showing, missed = outcome
        total += showing
        caught += showing - len(missed)
        for text in [
            *(f"blamed for nothing: {problem}" for problem in blamed),
            *(f"missed: {name}" for name in missed),
        ]:
            holds = False
            print(f"WRONG  {truth['path'].removeprefix('files/')}: {text}")
    print(
        f"{sum(outcome is not None for outcome in trials)} pictures, {total} mistakes that show, {caught} of them found"
    )
    return holds
