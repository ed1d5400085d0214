"""What the thesis publishes for its own systems and its peers, to stand beside ours. Percent and millimetres.

Carried over from the tables named; `*`: no test-time augmentation. A reference is a column of our tables.
"""

from typing import NamedTuple


class Reference(NamedTuple):
    """Published figures of one system.

    Attributes:
        system: its name in the thesis.
        table: where the thesis prints them.
        part: the part of our report that it stands beside: total, by_sequence, matched_by_sequence, by_activity,
            error_by_activity, by_joint, occlusion_all, occlusion_occluded, occlusion_visible (by sequence), coco or
            keypoints.
        figures: dict of row (sequence, activity, joint or score) to value.
    """

    system: str
    table: str
    part: str
    figures: dict


ACTIVITIES = ("Stand/Walk", "Exercise", "Sit on Chair", "Crouch/Reach", "On the Floor", "Sports", "Misc.")
SELECTED = ("Stand/Walk", "Sit on Chair", "On the Floor")
HUMAN36M_ACTIVITIES = ("Directions", "Discussion", "Eating", "Greeting", "Phoning", "Posing", "Purchases", "Sitting",
                       "SittingDown", "Smoking", "Photo", "Waiting", "Walking", "WalkDog", "WalkTogether")
MUPOTS_SEQUENCES = tuple(f"TS{n}" for n in range(1, 21))
MUPOTS_COLUMNS = MUPOTS_SEQUENCES + ("Total",)
MPI_SEQUENCES = tuple(f"TS{n}" for n in range(1, 7))
LIMBS = ("Elbow", "Wrist", "Knee", "Ankle")
COCO_COLUMNS = ("ap", "ap50", "ap75", "ar", "ar50", "ar75")


def _row(names, text):
    """Dict of `names` to the numbers of `text`; '-' where nothing was printed."""
    numbers = text.split()
    assert len(numbers) == len(names), text
    return {name: float(number) for name, number in zip(names, numbers) if number != "-"}


def _total(pck=None, auc=None, mpjpe_mm=None, **others):
    figures = {"pck": pck, "auc": auc, "mpjpe_mm": mpjpe_mm, **others}
    return {name: value for name, value in figures.items() if value is not None}


def _activities(system, table, numbers):
    """References by activity and in total, of a row of Table 5.1 or C.2."""
    figures = _row(ACTIVITIES + ("pck", "auc", "mpjpe_mm"), numbers)
    total = {name: figures.pop(name) for name in ("pck", "auc", "mpjpe_mm")}
    return Reference(system, table, "by_activity", figures), Reference(system, table, "total", total)


def _occluded(system, overall, occluded, visible):
    """References of the synthetic-occlusion experiment, Table C.3, by sequence."""
    names = MPI_SEQUENCES + ("Total",)
    return tuple(Reference(f"{system}, {part}", "C.3", f"occlusion_{part}", _row(names, numbers))
                 for part, numbers in (("all", overall), ("occluded", occluded), ("visible", visible)))


MPI_INF_3DHP = (
    Reference("XNect Stage II*", "6.4, 6.10", "total", _total(82.8, 45.3, 98.4)),
    Reference("XNect Stage III*", "8.1", "total", _total(79.3, 41.2)),
    Reference("XNect, channel-dense*", "6.10", "total", _total(80.1, 43.3)),
    Reference("XNect, 2D and confidence*", "6.10", "total", _total(77.2, 42.2)),
    Reference("XNect, 2D*", "6.10", "total", _total(75.5, 41.3)),
    Reference("XNect, 2D branch only*", "6.10", "total", _total(76.0, 42.1)),
    Reference("XNect Stage II*", "6.10", "by_activity", _row(SELECTED, "88.4 85.8 70.7")),
    Reference("XNect Stage III*", "8.1", "by_activity", _row(SELECTED, "88.5 82.6 52.6")),
    Reference("XNect, channel-dense*", "6.10", "by_activity", _row(SELECTED, "87.0 83.6 61.5")),
    Reference("XNect, 2D and confidence*", "6.10", "by_activity", _row(SELECTED, "85.9 79.4 58.7")),
    Reference("XNect, 2D*", "6.10", "by_activity", _row(SELECTED, "79.8 78.4 58.5")),
    Reference("XNect, 2D branch only*", "6.10", "by_activity", _row(SELECTED, "86.4 76.3 44.9")),
    Reference("XNect, SelecSLS*", "6.8", "by_joint", _row(LIMBS, "81.2 62.0 87.6 63.3")),
    Reference("XNect, ResNet-50*", "6.8", "by_joint", _row(LIMBS, "82.4 61.8 87.1 58.9")),
    Reference("XNect, ResNet-34*", "6.8", "by_joint", _row(LIMBS, "79.6 61.2 83.0 52.7")),
    Reference("XNect, channel-dense*", "6.8", "by_joint", _row(LIMBS, "79.0 60.2 82.5 59.0")),
    *_activities("Location-map, ResNet-50", "5.1", "88.8 79.7 76.3 75.3 51.4 89.1 80.9 78.1 42.0 119.2"),
    *_activities("Location-map, ResNet-100", "5.1", "89.0 78.0 71.6 74.4 48.2 87.5 80.7 76.5 40.8 122.5"),
    *_activities("Direct regression, ResNet-100", "5.1", "89.5 77.1 75.3 74.5 52.4 87.1 80.5 77.5 41.1 113.1"),
    *_activities("ORPM, single-person", "C.2", "83.9 75.4 79.1 77.9 55.7 82.3 74.5 76.2 38.3 120.5"),
    *_activities("ORPM, multi-person", "C.2", "82.6 74.3 76.0 73.2 52.1 80.6 74.2 74.1 36.7 125.1"),
    *_activities("LCR-net", "C.2", "70.5 56.3 58.5 69.4 39.6 57.7 57.6 59.7 27.6 158.4"),
    *_activities("Zhou et al. 2017", "C.2", "85.4 71.0 60.7 71.4 37.8 70.9 74.4 69.2 32.5 137.1"),
    Reference("H36m+MPI-3DHP (Base+Fusion)", "4.4", "by_sequence",
              _row(MPI_SEQUENCES + ("Total",), "89.6 75.7 76.6 73.0 48.7 77.8 75.9")),
    *_occluded("ORPM, multi-person", "78.7 70.0 71.9 65.2 61.4 60.7 69.0", "73.3 66.5 55.0 56.5 45.1 64.9 62.8",
               "79.9 70.5 73.7 66.2 64.6 59.5 70.0"),
    *_occluded("ORPM, single-person", "80.9 72.8 72.6 65.7 62.5 65.8 71.1", "74.9 63.2 59.0 54.2 48.0 68.4 64.0",
               "82.1 74.0 74.1 67.0 65.3 65.1 72.2"),
    *_occluded("Location-map", "80.1 72.4 72.4 61.5 50.2 69.8 69.4", "61.4 54.5 47.6 36.4 30.5 66.2 53.2",
               "83.9 74.6 75.0 64.4 54.0 70.9 72.1"),
)

MUPOTS = (
    Reference("XNect*", "6.7, 6.11", "total", _total(
        70.4, matched_pck=75.8, visible_pck=74.1, occluded_pck=57.8, detection_rate=92.8)),
    Reference("XNect, ResNet-50*", "6.7", "total", _total(
        70.1, matched_pck=75.3, visible_pck=73.7, occluded_pck=57.3, detection_rate=93.0)),
    Reference("XNect, ResNet-34*", "6.7", "total", _total(
        67.0, matched_pck=72.6, visible_pck=70.4, occluded_pck=55.3, detection_rate=92.1)),
    Reference("XNect, channel-dense*", "6.7", "total", _total(
        68.1, matched_pck=73.4, visible_pck=71.4, occluded_pck=56.3, detection_rate=92.7)),
    Reference("XNect, 2D and confidence*", "6.11", "total", _total(
        64.1, matched_pck=69.1, visible_pck=67.6, occluded_pck=51.7)),
    Reference("XNect, 2D*", "6.11", "total", _total(
        59.3, matched_pck=63.9, visible_pck=61.6, occluded_pck=50.0)),
    Reference("ORPM", "6.5, Sec. 6.2.4", "total", _total(
        65.0, 30.1, 132.5, matched_pck=69.8, visible_pck=70.0, occluded_pck=48.7, detection_rate=93.0)),
    Reference("Location-map, annotated boxes", "Sec. 6.2.4", "total", _total(61.1, 27.6, detection_rate=100.0)),
    Reference("LCR-net", "6.2, Sec. 6.2.4", "total", _total(
        53.8, None, 146.0, matched_pck=62.4, visible_pck=57.5, occluded_pck=42.0, detection_rate=86.0)),
    Reference("XNect*", "6.5", "by_sequence", _row(
        MUPOTS_COLUMNS, "88.4 65.1 68.2 72.5 76.2 46.2 65.8 64.1 75.1 82.4 74.1 72.4 64.4 58.8 73.7 80.4 "
        "84.3 67.2 74.3 67.8 70.4")),
    Reference("ORPM", "6.5", "by_sequence", _row(
        MUPOTS_COLUMNS, "81.0 59.9 64.4 62.8 68.0 30.3 65.0 59.2 64.1 83.9 67.2 68.3 60.6 56.5 69.9 79.4 "
        "79.6 66.1 64.3 63.5 65.0")),
    Reference("LCRNet++*", "6.5", "by_sequence", _row(
        MUPOTS_COLUMNS, "87.3 61.9 67.9 74.6 78.8 48.9 58.3 59.7 78.1 89.5 69.2 73.8 66.2 56.0 74.1 82.1 "
        "78.1 72.6 73.1 61.0 70.6")),
    Reference("XNect*", "6.5", "matched_by_sequence", _row(
        MUPOTS_COLUMNS, "88.4 70.4 68.3 73.6 82.4 46.4 66.1 83.4 75.1 82.4 76.5 73.0 72.4 73.8 74.0 83.6 "
        "84.3 73.9 85.7 90.6 75.8")),
    Reference("ORPM", "6.5", "matched_by_sequence", _row(
        MUPOTS_COLUMNS, "81 64.3 64.6 63.7 73.8 30.3 65.1 60.7 64.1 83.9 71.5 69.6 69 69.6 71.1 82.9 "
        "79.6 72.2 76.2 85.9 69.8")),
    Reference("LCRNet++*", "6.5", "matched_by_sequence", _row(
        MUPOTS_COLUMNS, "88 73.3 67.9 74.6 81.8 50.1 60.6 60.8 78.2 89.5 70.8 74.4 72.8 64.5 74.2 84.9 "
        "85.2 78.4 75.8 74.4 74.0")),
    Reference("XNect, SelecSLS*", "6.9", "by_joint", _row(LIMBS, "66.8 52.9 72.2 47.6")),
    Reference("XNect, ResNet-50*", "6.9", "by_joint", _row(LIMBS, "65.8 53.2 71.0 47.3")),
    Reference("XNect, ResNet-34*", "6.9", "by_joint", _row(LIMBS, "63.7 50.5 69.1 37.3")),
    Reference("XNect, channel-dense*", "6.9", "by_joint", _row(LIMBS, "64.2 51.1 70.1 44.3")),
)




def _human36m(system, numbers):
    """References of a row of Table 6.6, mean errors [mm]."""
    figures = _row(HUMAN36M_ACTIVITIES + ("Total",), numbers)
    return (Reference(system, "6.6", "error_by_activity", figures),
            Reference(system, "6.6", "total", {"mpjpe_mm": figures["Total"]}))


HUMAN36M = (
    *_human36m("XNect (SelecSLS)", "50.2 61.9 58.3 58.2 68.8 54.1 61.5 76.8 91.7 63.4 74.6 58.5 48.3 65.3 53.2 63.6"),
    *_human36m("ORPM", "58.2 67.3 61.2 65.7 75.8 62.2 64.6 82.0 93.0 68.8 84.5 65.1 57.6 72.0 63.6 69.9"),
    *_human36m("Location-map", "62.6 78.1 63.4 72.5 88.3 63.1 74.8 106.6 138.7 78.8 93.8 73.9 55.8 82.0 59.6 80.5"),
    *_human36m("LCRNet++", "55.9 60.0 64.5 56.3 67.4 55.1 55.3 84.8 90.7 67.9 71.8 57.5 47.8 63.3 54.6 63.5"),
    *_human36m("Martinez et al.", "51.8 56.2 58.1 59.0 69.5 55.2 58.1 74.0 94.6 62.3 78.4 59.1 49.5 65.1 52.4 62.9"),
)

COCO = (
    Reference("XNect, SelecSLS", "6.3", "coco", _row(COCO_COLUMNS, "47.0 73.5 49.5 51.8 75.6 54.1")),
    Reference("XNect, ResNet-50", "6.3", "coco", _row(COCO_COLUMNS, "46.6 73.0 48.9 51.4 75.4 54.0")),
    Reference("XNect, ResNet-34", "6.3", "coco", _row(COCO_COLUMNS, "45.0 72.0 46.1 49.9 74.4 51.6")),
    Reference("XNect, channel-dense", "6.3", "coco", _row(COCO_COLUMNS, "46.8 73.5 49.0 51.5 75.9 53.8")),
)

FIGURES = {
    "mpi_inf_3dhp": MPI_INF_3DHP, "mupots": MUPOTS, "coco": COCO, "human36m": HUMAN36M,
    "mpii": (Reference("2DPoseNet", "B.4", "keypoints", {"pck": 89.6, "auc": 61.5}),),
    "lsp": (Reference("2DPoseNet", "B.4", "keypoints", {"pck": 91.2, "auc": 65.5}),),
}


def references_of(data_set, part):
    """The References of a data set's part, in the thesis's order; none for sets that the thesis has no figures of."""
    return tuple(each for each in FIGURES.get(data_set, ()) if each.part == part)
