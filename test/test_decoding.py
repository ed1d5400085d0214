"""Decoding undoes drawing: maps drawn here, independently of the training code, give their people back."""

import numpy as np
import pytest

from mocap_ros.datatypes.config import DecodingConfig
from mocap_ros.datatypes.skeleton import J, K, KEYPOINTS, L, LIMB_INDICES, LIMBS
from mocap_ros.decoding.grouping import group_people
from mocap_ros.decoding.limb_scores import score_limbs
from mocap_ros.decoding.peaks import find_peaks
from mocap_ros.decoding.people import decode_people
from mocap_ros.decoding.pose_readout import read_encodings

STRIDE = 8
ROWS, COLUMNS = 40, 64


def standing_person(x, y, height_px):
    """Keypoints of somebody standing, feet at (x, y) [px], (K, 2)."""
    shape = {
        "nose": (.01, .93), "neck": (0, .82), "r_shoulder": (-.11, .81), "r_elbow": (-.15, .63), "r_wrist": (-.17, .47),
        "l_shoulder": (.11, .81), "l_elbow": (.15, .63), "l_wrist": (.17, .47), "r_hip": (-.07, .52),
        "r_knee": (-.08, .28), "r_ankle": (-.08, .05), "l_hip": (.07, .52), "l_knee": (.08, .28), "l_ankle": (.08, .05),
        "l_eye": (.04, .96), "r_eye": (-.03, .96), "l_ear": (.07, .94), "r_ear": (-.06, .94),
        "pelvis": (0, .53), "head_top": (0, 1.0),
    }
    return np.array([[x + shape[name][0] * height_px, y - shape[name][1] * height_px] for name in KEYPOINTS])


def draw_maps(people, seen=None, sigma=1.0, width=1.0):
    """Heatmaps and part affinity fields of people given in pixels, (P, K, 2), by the plain definition."""
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS]
    grid = np.stack([columns, rows], -1).astype(float)
    heatmaps = np.zeros((K, ROWS, COLUMNS))
    fields = np.zeros((L, 2, ROWS, COLUMNS))
    for p, person in enumerate((np.asarray(people) + 0.5) / STRIDE - 0.5):
        visible = np.ones(K, bool) if seen is None else seen[p]
        for k in np.flatnonzero(visible):
            distance = ((grid - person[k]) ** 2).sum(-1)
            heatmaps[k] = np.maximum(heatmaps[k], np.exp(-distance / (2 * sigma ** 2)))
        for number, (a, b) in enumerate(LIMB_INDICES):
            if not (visible[a] and visible[b]):
                continue
            length = max(np.linalg.norm(person[b] - person[a]), 1e-6)
            unit = (person[b] - person[a]) / length
            along = (grid - person[a]) @ unit
            across = np.abs((grid - person[a]) @ np.array([-unit[1], unit[0]]))
            inside = (along > -width) & (along < length + width) & (across < width)
            fields[number][:, inside] = unit[:, None]
    return heatmaps, fields


def decode(heatmaps, fields, **changes):
    return decode_people(heatmaps, fields, np.zeros((J, 3, ROWS, COLUMNS)), STRIDE, DecodingConfig(**changes))


def match(found, wanted):
    """Found people in the order of the wanted ones, by nearest mean keypoint."""
    centres = np.nanmean(found.keypoints_px, axis=1)
    return [int(np.argmin(((centres - person.mean(0)) ** 2).sum(-1))) for person in wanted]


def test_decoding_gives_back_the_people_that_were_drawn():
    people = np.array([standing_person(120, 300, 230), standing_person(300, 280, 180), standing_person(440, 310, 250)])
    found = decode(*draw_maps(people))
    assert len(found) == 3
    order = match(found, people)
    assert sorted(order) == [0, 1, 2]
    # A parabola through logarithms is exact for a Gaussian; neighbours of the same kind bend it, under 0.5 px.
    assert np.abs(found.keypoints_px[order] - people).max() < 0.5
    assert (found.confidence > 0.6).all()


def test_overlapping_people_keep_their_own_limbs():
    people = np.array([standing_person(200, 300, 240), standing_person(248, 296, 225)])
    found = decode(*draw_maps(people))
    order = match(found, people)
    assert len(found) == 2 and sorted(order) == [0, 1]
    wrists = [KEYPOINTS.index("r_wrist"), KEYPOINTS.index("l_wrist"), KEYPOINTS.index("r_ankle")]
    assert np.abs(found.keypoints_px[order][:, wrists] - people[:, wrists]).max() < 2.0


def test_nobody_gives_no_people():
    found = decode(np.zeros((K, ROWS, COLUMNS)), np.zeros((L, 2, ROWS, COLUMNS)))
    assert len(found) == 0
    assert found.keypoints_px.shape == (0, K, 2) and found.encodings.shape == (0, K, J, 3)


def test_person_without_neck_is_kept_when_pelvis_and_a_limb_are_there():
    person = standing_person(200, 300, 240)[None]
    seen = np.isin(KEYPOINTS, ["pelvis", "r_hip", "r_knee", "r_ankle"])[None]
    found = decode(*draw_maps(person, seen))
    assert len(found) == 1
    assert (np.isfinite(found.keypoints_px[0]).all(-1) == seen[0]).all()
    assert (found.confidence[0][~seen[0]] == 0).all()


def test_too_few_keypoints_are_no_person():
    person = standing_person(200, 300, 240)[None]
    seen = np.isin(KEYPOINTS, ["neck", "r_shoulder", "r_elbow"])[None]
    maps = draw_maps(person, seen)
    assert len(decode(*maps)) == 0
    assert len(decode(*maps, minimum_keypoints=3)) == 1


@pytest.mark.parametrize("position", [(0.0, 0.0), (63.0, 39.0), (10.3, 20.7), (0.0, 12.4)])
def test_peak_is_found_to_a_hundredth_of_a_cell_and_whole_at_the_border(position):
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS]
    heatmap = np.exp(-((columns - position[0]) ** 2 + (rows - position[1]) ** 2) / 2)
    peaks = find_peaks(heatmap[None], 0.2)
    assert peaks.cells.shape == (1, 2)
    assert np.abs(peaks.cells[0] - position).max() < 0.01  # float32 logarithms


def test_plateau_is_one_peak():
    heatmap = np.zeros((1, 9, 9))
    heatmap[0, 3:5, 3:6] = 0.8
    assert len(find_peaks(heatmap, 0.2).score) == 1


def test_only_the_highest_peaks_are_kept():
    heatmap = np.zeros((1, 9, 90))
    heatmap[0, 4, ::3] = np.linspace(0.3, 0.9, 30)
    peaks = find_peaks(heatmap, 0.2, most=5)
    assert len(peaks.score) == 5 and peaks.score.min() > 0.8


def test_limb_scores_equal_the_plain_loop():
    generator = np.random.default_rng(3)
    # Odd positions, so that no sample lies on the border of two cells.
    people = np.array([standing_person(120.37, 300.21, 231.3), standing_person(300.83, 280.57, 180.9)])
    heatmaps, fields = draw_maps(people)
    fields += generator.normal(0, 0.1, fields.shape)
    peaks = find_peaks(heatmaps, 0.2)
    fast = score_limbs(fields, peaks, 0.05, 0.7)
    kept = {(n, a, b): s for n, a, b, s in zip(fast.limb, fast.start, fast.end, fast.score)}
    plain = {}
    for number, (a, b) in enumerate(LIMB_INDICES):
        for i in np.flatnonzero(peaks.keypoint == a):
            for j in np.flatnonzero(peaks.keypoint == b):
                step = peaks.cells[j] - peaks.cells[i]
                length = np.linalg.norm(step)
                values = []
                for t in np.linspace(0, 1, 10):
                    x, y = np.rint(peaks.cells[i] + t * step).astype(int)
                    values.append(fields[number][:, y, x] @ step / length)
                score = np.mean(values) + min(0.5 * ROWS / length - 1, 0)
                if np.mean(np.array(values) > 0.05) >= 0.7 and score > 0:
                    plain[number, i, j] = score
    assert kept.keys() == plain.keys()
    assert max(abs(kept[key] - plain[key]) for key in plain) < 1e-5  # float32 sums


def test_no_peak_belongs_to_two_people():
    generator = np.random.default_rng(4)
    heatmaps = generator.uniform(0, 1, (K, ROWS, COLUMNS))
    fields = generator.uniform(-1, 1, (L, 2, ROWS, COLUMNS))
    peaks = find_peaks(heatmaps, 0.97, most=8)
    members, present = group_people(peaks, score_limbs(fields, peaks, 0.05, 0.3))
    used = members[present]
    assert len(used) > 20 and len(np.unique(used)) == len(used)
    assert (peaks.keypoint[members][present] == np.nonzero(present)[1]).all()


def test_read_out_of_a_linear_map_is_exact_between_cells():
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS]
    encodings = np.zeros((J, 3, ROWS, COLUMNS))
    encodings[4, 1] = 0.5 * columns - 0.25 * rows
    cells = np.full((2, K, 2), np.nan)
    cells[1, 3] = (10.25, 7.5)
    read = read_encodings(encodings, cells)
    assert read.shape == (2, K, J, 3)
    assert abs(read[1, 3, 4, 1] - (0.5 * 10.25 - 0.25 * 7.5)) < 1e-5
    assert np.count_nonzero(read) == 1


def test_a_limb_far_too_long_for_the_person_is_not_joined():
    person = standing_person(100, 300, 160)
    far = person.copy()
    far[KEYPOINTS.index("r_wrist")] = (420, 200)  # somebody else's wrist, in line with a strong field
    heatmaps, fields = draw_maps([far])
    found = decode(heatmaps, fields)
    assert len(found) == 1
    assert np.isnan(found.keypoints_px[0, KEYPOINTS.index("r_wrist")]).all()
    assert np.isfinite(found.keypoints_px[0, KEYPOINTS.index("r_elbow")]).all()


def test_a_stray_peak_does_not_cut_a_person_in_two():
    person = standing_person(200, 300, 240)
    heatmaps, fields = draw_maps([person])
    # A second right shoulder beside the neck takes the neck's limb; the true one holds on to its arm and leg.
    stray = person.copy()
    stray[KEYPOINTS.index("r_shoulder")] = person[KEYPOINTS.index("neck")] + [14, 10]
    limb = LIMBS.index(("neck", "r_shoulder"))
    stray_heatmaps, stray_fields = draw_maps([stray])
    heatmaps[KEYPOINTS.index("r_shoulder")] = np.maximum(
        heatmaps[KEYPOINTS.index("r_shoulder")], 0.6 * stray_heatmaps[KEYPOINTS.index("r_shoulder")])
    heatmaps[KEYPOINTS.index("r_hip")] *= 0.4  # so that the two halves meet last
    fields[limb] = stray_fields[limb]
    fields[LIMBS.index(("r_shoulder", "r_ear"))] = 0
    found = decode(heatmaps, fields, limb_threshold=0.3)
    assert len(found) == 1 and (found.confidence[0] > 0).all()
    assert np.abs(found.keypoints_px[0] - person).max() < 1.0  # px
