"""Small real media: films and sounds are made once by ffmpeg and then varied, pictures by Pillow, documents by hand."""

import functools
import io
import json
import struct
import subprocess
import zipfile

from PIL import Image, ImageDraw

SIZE = 96, 64


class Made:
    """A file with the facts that the old system would have noted."""

    def __init__(self, data, kind, mime, ending, **facts):
        self.data, self.kind, self.mime, self.ending, self.facts = data, kind, mime, ending, facts


def run(*command, stdin=b""):
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True).stdout


# --- Films and sounds.

FILMS = {
    # ending: media type, format, arguments for the codecs, codec as noted, how to vary
    ".mp4": ("video/mp4", "mp4", "-c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart", "h264", "box"),
    ".mov": ("video/quicktime", "mov", "-c:v libx264 -pix_fmt yuv420p -c:a aac", "h264", "box"),
    ".webm": ("video/webm", "webm", "-c:v libvpx -b:v 100k -c:a libvorbis", "vp8", "void"),
    ".mkv": ("video/x-matroska", "matroska", "-c:v libx264 -pix_fmt yuv420p -c:a libvorbis", "h264", "void"),
    ".avi": ("video/x-msvideo", "avi", "-c:v mpeg4 -c:a libmp3lame", "mpeg4", "chunk"),
    ".3gp": ("video/3gpp", "3gp", "-c:v mpeg4 -an", "mpeg4", "box"),
}
SOUNDS = {
    ".mp3": ("audio/mpeg", "mp3", "-c:a libmp3lame", "mp3", "tag"),
    ".ogg": ("audio/ogg", "ogg", "-c:a libvorbis", "vorbis", "none"),
    ".wav": ("audio/wav", "wav", "-c:a pcm_s16le", "pcm_s16le", "none"),
    ".flac": ("audio/flac", "flac", "-c:a flac", "flac", "none"),
    ".m4a": ("audio/mp4", "ipod", "-c:a aac", "aac", "box"),
}
VARIANTS = 4


@functools.lru_cache(maxsize=None)
def recorded(ending, variant, folder):
    """A film or a sound with its facts, as ffprobe has them, and a film's first picture."""
    film = ending in FILMS
    _, form, codecs, _, _ = (FILMS if film else SOUNDS)[ending]
    path = f"{folder}/base-{variant}{ending}"
    seconds = 1 + variant
    tone = f"sine=frequency={220 * (variant + 1)}:duration={seconds}"
    picture = f"testsrc2=size={SIZE[0]}x{SIZE[1]}:rate=10:duration={seconds}"
    inputs = ["-f", "lavfi", "-i", picture] if film else []
    if "-an" not in codecs:
        inputs += ["-f", "lavfi", "-i", tone]
    run("ffmpeg", "-v", "error", "-y", *inputs, *codecs.split(), "-f", form, path)
    facts = json.loads(run("ffprobe", "-v", "error", "-show_entries", "format=duration,bit_rate", "-of", "json", path))["format"]
    still = None
    if film:
        still = run("ffmpeg", "-v", "error", "-i", path, "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-")
    with open(path, "rb") as file:
        return file.read(), round(float(facts["duration"])), int(facts["bit_rate"]) // 1000, still


def varied(data, way, random):
    """The same film or sound in other bytes, by something that players pass over."""
    salt = random.randbytes(16)
    if way == "box":
        return data + struct.pack(">I4s", 8 + len(salt), b"free") + salt
    if way == "chunk":
        return data + b"JUNK" + struct.pack("<I", len(salt)) + salt
    if way == "void":
        return data + bytes([0xEC, 0x80 | len(salt)]) + salt
    if way == "tag":
        return data + b"TAG" + salt.hex().encode()[:30].ljust(125, b"\0")
    return data


def recording(random, folder, table):
    ending = random.choice(sorted(table))
    mime, _, _, codec, way = table[ending]
    data, seconds, bitrate, still = recorded(ending, random.randrange(VARIANTS), folder)
    kind = "video" if table is FILMS else "audio"
    facts = {"duration": seconds, "bitrate": bitrate, "codec": codec}
    if still:
        facts |= {"width": SIZE[0], "height": SIZE[1], "still": still}
    return Made(varied(data, way, random), kind, mime, ending, **facts)


# --- Pictures.

PICTURES = {
    ".jpg": ("image/jpeg", "JPEG", "RGB"),
    ".jpeg": ("image/jpeg", "JPEG", "L"),
    ".png": ("image/png", "PNG", "RGBA"),
    ".gif": ("image/gif", "GIF", "P"),
    ".webp": ("image/webp", "WEBP", "RGB"),
    ".bmp": ("image/bmp", "BMP", "RGB"),
    ".tiff": ("image/tiff", "TIFF", "RGB"),
}


def picture(random):
    ending = random.choice(sorted(PICTURES))
    mime, form, mode = PICTURES[ending]
    size = random.randint(8, 240), random.randint(8, 240)
    image = Image.new("RGB", size, tuple(random.randbytes(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(5):
        corners = [random.randrange(size[0]), random.randrange(size[1]), random.randrange(size[0]), random.randrange(size[1])]
        draw.line(corners, fill=tuple(random.randbytes(3)), width=random.randint(1, 9))
    buffer = io.BytesIO()
    image.convert(mode).save(buffer, form)
    return Made(buffer.getvalue(), "image", mime, ending, width=size[0], height=size[1], still=buffer.getvalue())


def thumbnail(still):
    """What the old system made: 320 pixels wide, upright, a JPEG."""
    image = Image.open(io.BytesIO(still)).convert("RGB")
    image = image.resize((320, max(1, round(320 * image.height / image.width))))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=60)
    return buffer.getvalue(), image.size


# --- Documents and the rest.


def office(random, part, mime):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", f'<?xml version="1.0"?><Types><Override PartName="/{part}"/></Types>')
        file.writestr(part, f"<document>{random.randbytes(40).hex()}</document>")
    return buffer.getvalue(), mime


OPEN_XML = "application/vnd.openxmlformats-officedocument"


def document(random):
    words = " ".join(random.choice(["one", "zwei", "trois", "四", "пять"]) for _ in range(random.randint(5, 200)))
    ending = random.choice([".pdf", ".txt", ".csv", ".md", ".json", ".docx", ".xlsx", ".zip", ".rtf", ".html"])
    if ending == ".pdf":
        data, mime = f"%PDF-1.4\n% {words}\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n", "application/pdf"
    elif ending == ".csv":
        data, mime = "\n".join(f"{i},{words[:20]}" for i in range(20)) + "\n", "text/csv"
    elif ending == ".md":
        data, mime = f"# {words[:30]}\n\n{words}\n", "text/markdown"
    elif ending == ".json":
        data, mime = json.dumps({"words": words}, ensure_ascii=False), "application/json"
    elif ending == ".docx":
        data, mime = office(random, "word/document.xml", f"{OPEN_XML}.wordprocessingml.document")
    elif ending == ".xlsx":
        data, mime = office(random, "xl/workbook.xml", f"{OPEN_XML}.spreadsheetml.sheet")
    elif ending == ".zip":
        data, mime = office(random, "notes.txt", "application/zip")
    elif ending == ".rtf":
        data, mime = "{\\rtf1\\ansi " + random.randbytes(30).hex() + "}", "application/rtf"
    elif ending == ".html":
        data, mime = f"<!DOCTYPE html><title>{words[:20]}</title><p>{words}", "text/html"
    else:
        data, mime = f"{words}\n", "text/plain"
    return Made(data if isinstance(data, bytes) else data.encode(), "document", mime, ending)


def other(random):
    # 0xF1 begins no format that is known.
    return Made(b"\xf1\x00" + random.randbytes(random.randint(0, 3000)), "other", "application/octet-stream", ".bin")


def empty(random):
    return Made(b"", "other", "application/octet-stream", ".dat")


def make(random, folder):
    """One file of some kind."""
    chance = random.random()
    if chance < 0.40:
        return picture(random)
    if chance < 0.60:
        return recording(random, folder, FILMS)
    if chance < 0.72:
        return recording(random, folder, SOUNDS)
    if chance < 0.94:
        return document(random)
    return other(random) if chance < 0.985 else empty(random)
