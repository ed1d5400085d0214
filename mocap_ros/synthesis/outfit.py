"""What people wear together: how everyday, office, sports, winter, summer and work clothes are cut, drawn at random."""

from dataclasses import dataclass, replace

from mocap_ros.synthesis.character import INNER, OUTER, TOP
from mocap_ros.synthesis.patterns import Legwear, Pattern

KINDS = {"casual": 0.46, "office": 0.10, "suit": 0.05, "sport": 0.10, "winter": 0.14, "summer": 0.11, "work": 0.04}
CHILDREN = {"casual": 0.52, "office": 0.0, "suit": 0.01, "sport": 0.15, "winter": 0.15, "summer": 0.17, "work": 0.0}
MIDRIFF_SHARE = 0.02  # of tops that leave the belly bare
OVERLAP = 0.02  # [m] a top reaches this far below the waist of what is worn under it
TUCK_DEPTH = 0.05  # [m] a tucked top goes on below the waist


@dataclass(frozen=True)
class Outfit:
    """What one person wears.

    Attributes:
        kind: one of KINDS.
        tops: (slot, Pattern) from the innermost to the outermost.
        legwear: Legwear, or None under a dress.
        skirt: Pattern of a skirt, or None.
        dress: True where the first top is a dress.
        tucked: True where the first top goes inside what is worn below the waist.
        socks: height above the ankle [m], 0 for none.
        hood: slot of a top with a hood on the back, or None.
        lapels: slot of an open jacket with lapels, or None.
        bare: True where the belly is left bare.
    """

    kind: str
    tops: tuple
    legwear: Legwear | None
    skirt: Pattern | None
    dress: bool
    tucked: bool
    socks: float
    hood: int | None
    lapels: int | None
    bare: bool


def _between(generator, low, high):
    return float(generator.uniform(low, high))


def _shirt(generator, loose, sleeve, hem, thick=0.0):
    """A T-shirt, shirt, blouse or sweater; `loose` 0 is tight, 1 a few sizes too big."""
    between = _between
    return Pattern(
        sleeve, between(generator, 0.075, 0.098), hem,
        (0.003 + thick, 0.004 + 0.018 * loose + thick, 0.005 + 0.03 * loose + thick, 0.005 + 0.02 * loose + thick),
        0.25 + 0.75 * loose, between(generator, 0, 0.5) * (1 - loose) ** 0.5, folds=0.003 + 0.014 * loose,
        plunge=between(generator, 0.07, 0.14) if generator.random() < 0.25 else 0.0,
    )


def _jacket(generator, hem, thick, opened, sleeve=0.97):
    """A jacket or coat."""
    between = _between
    opening = (between(generator, 0.03, 0.14), between(generator, 0.02, 0.07)) if opened else (-1.0, -1.0)
    return Pattern(
        sleeve, between(generator, 0.068, 0.082), hem,
        (0.007 + thick / 2, 0.014 + thick, 0.018 + thick, 0.014 + thick),
        between(generator, 0.7, 1), between(generator, 0, 0.3), between(generator, 0, 0.2),
        between(generator, 0.004, 0.02), opening, collar=str(generator.choice(["stand", "folded", "none"])),
    )


def _trousers(generator, kind, male):
    waist = _between(generator, 0.05, 0.11)
    form = generator.choice(["slim", "straight", "wide", "tight"],
                            p=[0.38, 0.42, 0.17, 0.03] if male else [0.42, 0.26, 0.17, 0.15])
    if kind == "sport":
        form = generator.choice(["slim", "straight", "wide", "tight"], p=[0.3, 0.4, 0.15, 0.15])
    end = float(generator.choice([-0.3, -0.12, 0.12, 0.35], p=[0.35, 0.4, 0.17, 0.08]))
    ease, hang, taper = {
        "tight": ((0.001, 0.002, 0.002), 0.0, 0.5), "slim": ((0.003, 0.007, 0.010), 0.35, 0.3),
        "straight": ((0.003, 0.010, 0.018), 0.85, 0.10), "wide": ((0.003, 0.016, 0.030), 1.0, 0.0)}[form]
    return Legwear(waist, end, tuple(each * _between(generator, 0.8, 1.3) for each in ease), hang, taper)


def _shorts(generator):
    loose = generator.beta(1.5, 1.5)
    return Legwear(_between(generator, 0.05, 0.10), _between(generator, 1.0, 1.55),
                   (0.003, 0.006 + 0.012 * loose, 0.006 + 0.03 * loose), loose, 0.1 * (1 - loose))


def _skirt(generator):
    wide = generator.beta(1.2, 1.5)
    hem = -_between(generator, 0.22, 0.45) if generator.random() < 0.72 else -_between(generator, 0.5, 0.72)
    return Pattern(0, -1, hem, (0.004, 0.005, 0.01 + 0.02 * wide, 0), 0.5 + 0.5 * wide, 0.12 * (1 - wide),
                   0.05 + 0.4 * wide, 0.004 + 0.035 * wide, waist=_between(generator, 0.09, 0.16))


def _dress(generator):
    wide = generator.beta(1.2, 1.5)
    hem = -_between(generator, 0.25, 0.5) if generator.random() < 0.65 else -_between(generator, 0.5, 0.72)
    sleeve = float(generator.choice([0.02, 0.25, 0.5, 0.95], p=[0.4, 0.3, 0.1, 0.2]))
    return Pattern(sleeve, _between(generator, 0.08, 0.12), hem, (0.003, 0.006, 0.01 + 0.02 * wide, 0.008),
                   0.6 + 0.4 * wide, _between(generator, 0.15, 0.6), 0.05 + 0.35 * wide, 0.005 + 0.03 * wide,
                   plunge=_between(generator, 0.08, 0.15) if generator.random() < 0.4 else 0.0)


def _layers(generator, kind, male):
    """Tops from the innermost to the outermost, the slot of a hood and of lapels (None where there are none)."""
    loose = generator.beta(1.6, 1.4) if male else generator.beta(1.2, 1.6)
    short = float(generator.choice([0.2, 0.28, 0.36, 0.46], p=[0.2, 0.4, 0.3, 0.1]))
    hem = -_between(generator, 0.0, 0.05) - 0.10 * loose * generator.random()
    draw, hood, lapels = generator.random(), None, None
    if kind == "summer":
        sleeve = 0.02 if generator.random() < (0.12 if male else 0.4) else short
        return ((TOP, _shirt(generator, loose, sleeve, hem)),), hood, lapels
    if kind == "sport":
        top = _shirt(generator, loose, short if draw < 0.6 else 0.96, hem)
        if draw > 0.75:  # track suit
            return ((INNER, top), (TOP, _jacket(generator, hem - 0.05, 0.0, draw > 0.88))), hood, lapels
        return ((TOP, top),), hood, lapels
    if kind == "winter":
        inner = _shirt(generator, 0.5 * loose, 0.96, hem, 0.002)
        length = -_between(generator, 0.08, 0.16) if draw < 0.55 else -_between(generator, 0.2, 0.5)
        coat = _jacket(generator, length, _between(generator, 0.006, 0.028), generator.random() < 0.4)
        return ((TOP, inner), (OUTER, coat)), OUTER if generator.random() < 0.4 else None, lapels
    if kind in ("office", "suit"):
        shirt = replace(_shirt(generator, 0.4 * loose, 0.95, hem), neck=_between(generator, 0.07, 0.078), plunge=0.0,
                        collar="folded")
        if kind == "suit" or draw < 0.35:
            jacket = _jacket(generator, -_between(generator, 0.07, 0.13), 0.002, True)
            opening = _between(generator, 0.02, 0.08), _between(generator, 0.05, 0.08)
            jacket = replace(jacket, taper=0.25, collar="none", opening=opening)
            return ((TOP, shirt), (OUTER, jacket)), hood, OUTER
        return ((TOP, shirt),), hood, lapels
    if kind == "work":
        top = _shirt(generator, loose, short if draw < 0.4 else 0.95, hem)
        vest = _jacket(generator, -_between(generator, 0.03, 0.1), 0.004, generator.random() < 0.4, 0.02)
        return ((TOP, top), (OUTER, vest)), hood, lapels
    if draw < 0.40:
        collar = "folded" if generator.random() < 0.2 else "ribbed"  # a polo shirt, or a T-shirt
        return ((TOP, replace(_shirt(generator, loose, short, hem), collar=collar)),), hood, lapels
    if draw < 0.58:
        return ((TOP, _shirt(generator, loose, _between(generator, 0.9, 0.98), hem, 0.004)),), hood, lapels
    if draw < 0.72:  # hoodie
        hoodie = replace(_shirt(generator, 0.4 + 0.6 * loose, 0.98, hem - 0.02, 0.006), plunge=0.0)
        return ((TOP, hoodie),), TOP, lapels
    opened = generator.random() < 0.65
    inner = _shirt(generator, 0.6 * loose, short if draw < 0.9 else 0.95, hem)
    jacket = _jacket(generator, -_between(generator, 0.02, 0.15), _between(generator, 0, 0.006), opened)
    hood = OUTER if generator.random() < 0.25 else None
    return ((TOP, inner), (OUTER, jacket)), hood, lapels


def draw_outfit(generator, male, adult):
    """An Outfit at random."""
    shares = KINDS if adult else CHILDREN
    kind = str(generator.choice(list(shares), p=list(shares.values())))
    tops, hood, lapels = _layers(generator, kind, male)
    legwear, skirt, is_dress, draw = _trousers(generator, kind, male), None, False, generator.random()
    if kind in ("summer", "sport") and draw < 0.6 or draw < 0.06 and kind == "casual":
        legwear = _shorts(generator)
    feminine = not male and kind in ("casual", "office", "summer", "winter")
    if feminine and generator.random() < (0.5 if kind == "summer" else 0.25):
        tights = Legwear(0.09, -0.5, (0.001, 0.002, 0.002), 0.0, 0.5)
        stockings = kind == "winter" or kind != "summer" and generator.random() < 0.5
        legwear, is_dress = tights if stockings else None, generator.random() < 0.5
        if is_dress:
            tops = ((TOP, _dress(generator)), *tops[1:])
        else:
            skirt = _skirt(generator)
    waist = skirt.waist if skirt else legwear.waist if legwear else 0.0
    tucked = not is_dress and len(tops) > 0 and generator.random() < {"office": 0.75, "suit": 0.95}.get(
        kind, 0.5 if skirt else 0.08)
    bare = not is_dress and generator.random() < MIDRIFF_SHARE
    hem = 0.16 + 0.06 * generator.random() if bare else waist - (TUCK_DEPTH if tucked else OVERLAP)
    if bare:
        tops, tucked = ((tops[0][0], replace(tops[0][1], hem=hem)), *tops[1:]), False
    elif not is_dress:
        first = tops[0][1]
        if tucked:
            first = replace(first, ease=(*first.ease[:2], 0.002, first.ease[3]), hang=0.5 * first.hang, folds=0.004)
        tops = ((tops[0][0], replace(first, hem=hem if tucked else min(first.hem, hem))), *tops[1:])
    has_socks = legwear is None or legwear.end > 0.1 or generator.random() < 0.3
    socks = _between(generator, 0.03, 0.14) if has_socks and generator.random() < 0.8 else 0.0
    if legwear is not None and legwear.ease[2] < 0.003 or feminine and legwear is None and generator.random() < 0.7:
        socks = 0.0
    return Outfit(kind, tops, legwear, skirt, is_dress, tucked, socks, hood, lapels, bare)
