"""How clothes are cut: tops, coats, dresses and skirts, and what goes around each leg."""

from dataclasses import dataclass

TEMPLATE_HEIGHT = 1.3  # [m] from ankle to neck of a body on which the lengths below are as written
# Rows of a collar: how far up and how far out from the neckline [m].
COLLARS = {"none": (), "ribbed": ((0.008, -0.003),), "stand": ((0.02, -0.004), (0.042, -0.004)),
           "folded": ((0.022, -0.004), (0.028, 0.006), (0.006, 0.02), (-0.016, 0.034))}


@dataclass(frozen=True)
class Pattern:
    """How a top, coat or dress is cut; lengths [m] on a body of TEMPLATE_HEIGHT.

    Attributes:
        sleeve: its end as a share of the arm.
        neck: radius of the neckline around the neck; below 0 there is none, and the cloth ends at `waist`.
        hem: height above the pelvis.
        ease: at the shoulder, the chest, the hem and the sleeves' ends.
        hang: 0 follows the body, 1 hangs from what sticks out.
        taper: how fast it comes in below what sticks out [m per m].
        flare: how much farther out the hem of a tube is per metre of its length.
        folds: depth of the folds at the hem.
        opening: half width of an open front at the hem and at the collar; below 0 it is closed.
        plunge: how much lower than the neck a neckline with a V ends in front; 0 for a round one.
        waist: height above the pelvis at which a skirt ends.
        collar: one of COLLARS.
    """

    sleeve: float
    neck: float
    hem: float
    ease: tuple
    hang: float
    taper: float
    flare: float = 0.0
    folds: float = 0.0
    opening: tuple = (-1.0, -1.0)
    plunge: float = 0.0
    waist: float = 0.0
    collar: str = "none"


@dataclass(frozen=True)
class Legwear:
    """How trousers, shorts or stockings are cut; lengths [m] on a body of TEMPLATE_HEIGHT.

    Attributes:
        waist: height above the pelvis.
        end: of the legs, 0 at the ankle, 1 at the knee, 2 at the hip; below 0 nearer to the floor, below -1 nowhere.
        ease: at the waist, the thigh and the end.
        hang: 0 follows the legs, 1 hangs from the thighs.
        taper: how fast the legs come in below what sticks out [m per m].
    """

    waist: float
    end: float
    ease: tuple
    hang: float
    taper: float
