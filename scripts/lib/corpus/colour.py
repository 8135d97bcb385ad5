"""Colours as people see them: sRGB to CIE L*a*b*, the distance CIEDE2000, and HDR signals to light.

Arrays are of floats, the last axis red, green, blue (0 to 1) or L*, a*, b*.
"""

import numpy

# IEC 61966-2-1: linear sRGB to XYZ, white D65.
SRGB_TO_XYZ = numpy.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = SRGB_TO_XYZ.sum(axis=1)
# ITU-R BT.2087 and SMPTE EG 432-1: the wider primaries to those of sRGB, all with white D65.
BT2020_TO_SRGB = numpy.array(
    [[1.660491, -0.587641, -0.072850], [-0.124550, 1.132900, -0.008349], [-0.018151, -0.100579, 1.118730]]
)
P3_TO_SRGB = numpy.array([[1.224940, -0.224940, 0.0], [-0.042057, 1.042057, 0.0], [-0.019638, -0.078636, 1.098274]])
# ITU-R BT.2408: what a diffuse white has in HDR, in cd/m2.
DIFFUSE_WHITE = 203.0


def from_srgb(code):
    """Linear light of sRGB code values."""
    return numpy.where(code <= 0.04045, code / 12.92, ((numpy.maximum(code, 0) + 0.055) / 1.055) ** 2.4)


def to_srgb(light):
    """sRGB code values of linear light; what is outside is cut off."""
    light = numpy.clip(light, 0, 1)
    return numpy.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def to_lab(code):
    """L*a*b* (CIE 15) of sRGB code values."""
    ratio = from_srgb(code) @ SRGB_TO_XYZ.T / WHITE
    root = numpy.where(ratio > (6 / 29) ** 3, numpy.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = numpy.moveaxis(root, -1, 0)
    return numpy.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ciede2000(first, second):
    """The colour difference CIEDE2000 (ISO/CIE 11664-6) of each pair of L*a*b* colours."""
    l1, a1, b1 = numpy.moveaxis(first, -1, 0)
    l2, a2, b2 = numpy.moveaxis(second, -1, 0)
    mean_chroma = (numpy.hypot(a1, b1) + numpy.hypot(a2, b2)) / 2
    g = 0.5 * (1 - numpy.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = numpy.hypot(a1, b1), numpy.hypot(a2, b2)
    h1, h2 = numpy.degrees(numpy.arctan2(b1, a1)) % 360, numpy.degrees(numpy.arctan2(b2, a2)) % 360
    is_grey = c1 * c2 == 0

    turn = (h2 - h1 + 180) % 360 - 180
    turn = numpy.where(is_grey, 0, numpy.where((turn == -180) & (h2 > h1), 180, turn))
    delta_l, delta_c = l2 - l1, c2 - c1
    delta_h = 2 * numpy.sqrt(c1 * c2) * numpy.sin(numpy.radians(turn / 2))

    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    # The mean of two hues lies on the shorter way between them; that of a grey is the other's.
    mean_h = numpy.where(is_grey, h1 + h2, numpy.where(abs(h1 - h2) <= 180, (h1 + h2) / 2, ((h1 + h2 + 360) / 2) % 360))
    t = (
        1
        - 0.17 * numpy.cos(numpy.radians(mean_h - 30))
        + 0.24 * numpy.cos(numpy.radians(2 * mean_h))
        + 0.32 * numpy.cos(numpy.radians(3 * mean_h + 6))
        - 0.20 * numpy.cos(numpy.radians(4 * mean_h - 63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / numpy.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    r_t = (
        -2
        * numpy.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))
        * numpy.sin(numpy.radians(60 * numpy.exp(-(((mean_h - 275) / 25) ** 2))))
    )
    l_term, c_term, h_term = delta_l / s_l, delta_c / s_c, delta_h / s_h
    return numpy.sqrt(numpy.maximum(l_term**2 + c_term**2 + h_term**2 + r_t * c_term * h_term, 0))


def from_pq(code):
    """Light in cd/m2 of PQ code values (SMPTE ST 2084)."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = numpy.clip(code, 0, 1) ** (1 / m2)
    return 10000 * (numpy.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)


def from_hlg(code):
    """Light in cd/m2 of HLG code values (ITU-R BT.2100) on a display of 1,000 cd/m2."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    code = numpy.clip(code, 0, 1)
    scene = numpy.where(code <= 0.5, code**2 / 3, (numpy.exp((code - c) / a) + b) / 12)
    luma = scene @ numpy.array([0.2627, 0.6780, 0.0593])
    return 1000 * scene * numpy.maximum(luma, 1e-9)[..., None] ** 0.2


def check():
    """Holds CIEDE2000 against pairs that its makers published (Sharma, Wu, Dalal, 2005, table 1)."""
    published = [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1, 2), (50, 0, 0), 2.3669),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (61, -5, 29), 22.8977),
        ((50, 2.5, 0), (56, -27, -3), 31.9030),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ]
    for first, second, wanted in published:
        found = float(ciede2000(numpy.array(first, float), numpy.array(second, float)))
        if abs(found - wanted) > 5e-5:
            raise ArithmeticError(f"CIEDE2000 of {first} and {second} is {wanted}, not {found:.4f}")
