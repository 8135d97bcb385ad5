"""Names as people give them to files."""

import unicodedata

# The stem is in front of the ending; an ending is given where a name must not get one.
STEMS = [
    "holiday", "IMG_4711", "video (1)", "final  final", " leading space", "trailing space ", "-rf", "--help", "$(reboot)",
    "`id`", "a;b=c", "a&b", "50% off", "a+b", "100%25", "#1", "what?", "a=b&c=d", "it's", 'say "hi"', "a,b", "a:b", "a|b",
    "a*b", "<b>bold</b>", "[x]{y}~^", "@home", "!", "tab\there", "line\nbreak", "bell\x07", "naïve café",
    unicodedata.normalize("NFD", "Übergröße é"), unicodedata.normalize("NFC", "Übergröße é"), "日本語の写真", "фото", "صورة",
    "שלום", "\u202egnp.exe", "zero\u200bwidth", "\ufefffile", "👩‍👩‍👧‍👦 family", "🎉", "ǆ ǅ", "ﬁn", "x" * 200, "é" * 100, "写" * 70,
    "..hidden", ".env", "...", "CON", "nul.txt", "a.tar", "no.dots.at.all.here", "UPPER", "emoji 🚀 in the middle",
    "%2e%2e%2f", "..%2fescape", "C:drive", "~", "~root", "{curly}", "semi;colon", "per%cent", "plus+plus", "‘curly’ “quotes”",
    "long dash — here", "nbsp\u00a0here", "combining ́", "\u2028separator", "100\u2009km", "ﷺ",
]

# Only in the row: a file system has no such names, or Django makes folders of them.
ROW_STEMS = ["folder/inside", "../../etc/passwd", "back\\slash", "/absolute", "a/../b"]


# Marks, overrides and isolates of text direction, and a byte order mark.
UNSEEN = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF}


def cleaned(name):
    """What is kept of a name that a client gives: the last step in NFC, nothing that is not seen, no white space around it."""
    name = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(c for c in name if ord(c) not in UNSEEN and unicodedata.category(c) not in ("Cc", "Zl", "Zp"))
    name = unicodedata.normalize("NFC", seen)
    while name and (name[0] == "\t" or unicodedata.category(name[0]) == "Zs"):
        name = name[1:]
    while name and (name[-1] == "\t" or unicodedata.category(name[-1]) == "Zs"):
        name = name[:-1]
    assert len(name.encode()) <= 255, name
    return name if name.strip(".") else "file"


def pick(random, ending):
    """A name for the row and one for the file, which may be another."""
    stem = random.choice(STEMS)
    if random.random() < 0.05:
        row = random.choice(ROW_STEMS) + ending
        return row, "moved" + ending
    if random.random() < 0.05:
        ending = ending.upper()
    if random.random() < 0.03:
        ending = ""
    row = (stem + ending)[:255]
    disk = row.replace("/", "_").replace("\\", "_")
    # A file's name has at most 255 bytes; Django adds eight characters where one is taken.
    while len(disk.encode()) > 220:
        disk = disk[1:]
    if disk in ("", ".", ".."):
        disk = "dots" + ending
    return row, disk
