#!/usr/bin/env python3
"""Makes small files of the formats that uploads have, with metadata, as seeds for scripts/fuzz.

fuzzseeds.py DIRECTORY   writes the seeds that are not there yet
"""

import pathlib
import struct
import subprocess
import sys
import zlib


def ffmpeg(path, *arguments):
    """Runs ffmpeg; a format that this machine's ffmpeg cannot write gives no seed."""
    command = ["ffmpeg", "-nostdin", "-v", "quiet", "-y", *arguments, "-bitexact", str(path)]
    subprocess.run(command, check=False)


def tiff(big=True):
    """An EXIF block: maker, orientation, a maker's note, a position."""
    order = ">" if big else "<"
    pack = lambda form, *values: struct.pack(order + form, *values)
    entry = lambda tag, kind, count, value: pack("HHI", tag, kind, count) + value
    first, exif, gps = 8, 200, 300
    block = (b"MM" if big else b"II") + pack("HI", 42, first)
    block += pack("H", 4) + entry(0x010F, 2, 6, pack("I", 400)) + entry(0x0112, 3, 1, pack("HH", 6, 0))
    block += entry(0x8769, 4, 1, pack("I", exif)) + entry(0x8825, 4, 1, pack("I", gps)) + pack("I", 0)
    block = block.ljust(exif, b"\0") + pack("H", 1) + entry(0x927C, 7, 12, pack("I", 410)) + pack("I", 0)
    block = block.ljust(gps, b"\0") + pack("H", 2) + entry(1, 2, 2, b"N\0\0\0") + entry(2, 5, 3, pack("I", 424))
    block = (block + pack("I", 0)).ljust(400, b"\0") + b"Maker\0".ljust(10, b"\0") + b"MakerNote\0\0\0"
    return block.ljust(424, b"\0") + pack("6I", 48, 1, 11, 1, 30, 1)


XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" '
    b'exif:GPSLatitude="48,8N"><exif:GPSLongitude>11,3E</exif:GPSLongitude></rdf:Description></rdf:RDF></x:xmpmeta>'
)


def segment(marker, payload):
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def box(kind, content):
    return struct.pack(">I", 8 + len(content)) + kind + content


def picture(directory, name, *arguments):
    path = directory / name
    ffmpeg(path, "-f", "lavfi", "-i", "testsrc=size=16x16:rate=1:duration=1", "-frames:v", "1", *arguments)
    return path.read_bytes() if path.exists() else b""


def pictures(directory):
    jpeg = picture(directory, "plain.jpg")
    iptc = bytes([0x1C, 2, 90, 0, 3]) + b"Ulm"
    resources = b"Photoshop 3.0\0" + b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(iptc)) + iptc
    rich = jpeg[:2] + segment(0xE1, b"Exif\0\0" + tiff()) + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)
    rich += segment(0xED, resources) + segment(0xFE, b"a remark") + jpeg[2:]
    (directory / "rich.jpg").write_bytes(rich)
    (directory / "double.jpg").write_bytes(rich + rich + b"SEFT")

    png = picture(directory, "plain.png")
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    extra = chunk(b"eXIf", tiff(big=False)) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    extra += chunk(b"tEXt", b"Software\0camera") + chunk(b"tIME", bytes(7))
    (directory / "rich.png").write_bytes(png[:33] + extra + png[33:])

    webp = picture(directory, "plain.webp", "-c:v", "libwebp", "-lossless", "1")
    if webp:
        riff = lambda kind, data: kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
        body = riff(b"VP8X", bytes([0x0C, 0, 0, 0, 15, 0, 0, 15, 0, 0])) + webp[12:]
        body += riff(b"EXIF", tiff()) + riff(b"XMP ", XMP)
        (directory / "rich.webp").write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body)


def items(directory):
    """A HEIF file whose items are an EXIF block and a packet of XMP; the picture is none."""
    exif = struct.pack(">I", 0) + tiff()
    entry = lambda number, kind, names: box(b"infe", struct.pack(">IHH", 2 << 24, number, 0) + kind + names)
    information = struct.pack(">IH", 0, 2) + entry(1, b"Exif", b"\0") + entry(2, b"mime", b"\0application/rdf+xml\0")
    ftyp = box(b"ftyp", b"heic\0\0\0\0mif1heic")

    def meta(start):
        places = struct.pack(">IHH", 0, 0x4400, 2)
        for number, offset, count in ((1, start, len(exif)), (2, start + len(exif), len(XMP))):
            places += struct.pack(">HHHII", number, 0, 1, offset, count)
        handler = box(b"hdlr", bytes(8) + b"pict" + bytes(13))
        return box(b"meta", bytes(4) + handler + box(b"iinf", information) + box(b"iloc", places))

    start = len(ftyp) + len(meta(0)) + 8
    (directory / "items.heic").write_bytes(ftyp + meta(start) + box(b"mdat", exif + XMP))


def films(directory):
    source = ["-f", "lavfi", "-i", "testsrc=size=16x16:rate=5:duration=1", "-f", "lavfi", "-i", "sine=duration=1"]
    place = ["-metadata", "location=+48.1000+011.5000/", "-metadata", "title=Home", "-c:v", "mpeg4", "-b:a", "8k"]
    ffmpeg(directory / "place.mov", *source, *place)
    ffmpeg(directory / "place.mp4", *source, *place, "-movflags", "+faststart+use_metadata_tags")
    ffmpeg(directory / "fragments.mp4", *source, *place, "-movflags", "+frag_keyframe+empty_moov+default_base_moof")
    ffmpeg(directory / "place.3gp", *source, *place)
    for name in ("short.mkv", "short.webm", "short.avi", "short.ogg", "short.mp3", "short.wav", "short.ts", "short.flv"):
        ffmpeg(directory / name, *source)


def texts(directory):
    (directory / "page.html").write_bytes(b"<!DOCTYPE html><!-- x --><html><body>a</body></html>")
    (directory / "drawing.svg").write_bytes(b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')
    (directory / "data.json").write_bytes(b'{"a": [1, 2]}')
    (directory / "wide.txt").write_bytes("\ufeffabc".encode("utf-16-le"))


def main():
    directory = pathlib.Path(sys.argv[1])
    if (directory / "complete").exists():
        return
    directory.mkdir(parents=True, exist_ok=True)
    pictures(directory)
    items(directory)
    films(directory)
    texts(directory)
    (directory / "complete").write_bytes(b"")


main()
