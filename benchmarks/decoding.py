"""Milliseconds to turn Stage I's maps into people, by number of people: `python benchmarks/decoding.py`."""

import argparse
from pathlib import Path
import sys

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1] / "test")]

from mocap_ros.datatypes.config import DecodingConfig  # noqa: E402
from mocap_ros.datatypes.skeleton import J  # noqa: E402
from mocap_ros.decoding.grouping import group_people  # noqa: E402
from mocap_ros.decoding.limb_scores import score_limbs  # noqa: E402
from mocap_ros.decoding.peaks import find_peaks  # noqa: E402
from mocap_ros.decoding.people import decode_people  # noqa: E402
from mocap_ros.pipeline.timing import time_in_turn  # noqa: E402
from test_decoding import COLUMNS, draw_maps, ROWS, STRIDE, standing_person  # noqa: E402


def median_ms(function, repeats):
    """Median time of calls of `function` [ms]."""
    return 1e3 * np.median(time_in_turn([function], repeats))


def main():
    """Prints one row for each number of people."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=50, help="of each time, whose median is shown (default: 50)")
    repeats, config = parser.parse_args().repeats, DecodingConfig()
    limbs = config.limb_threshold, config.limb_fraction
    print("people  peaks  found   peaks ms  limbs ms  grouping ms  all ms")
    for rows, columns in ((1, 1), (1, 4), (2, 5), (4, 5)):
        people = [standing_person(512 * (c + 0.5) / columns, 310 * (r + 1) / rows, 290 / rows)
                  for r in range(rows) for c in range(columns)]
        heatmaps, fields = (np.asarray(maps, np.float32) for maps in draw_maps(people))
        encodings = np.zeros((J, 3, ROWS, COLUMNS), np.float32)
        peaks = find_peaks(heatmaps, config.peak_threshold)
        connections = score_limbs(fields, peaks, *limbs)
        found = decode_people(heatmaps, fields, encodings, STRIDE, config)
        print(f"{len(people):6d} {len(peaks.score):6d} {len(found):6d}"
              f" {median_ms(lambda: find_peaks(heatmaps, config.peak_threshold), repeats):10.2f}"
              f" {median_ms(lambda: score_limbs(fields, peaks, *limbs), repeats):9.2f}"
              f" {median_ms(lambda: group_people(peaks, connections), repeats):12.2f}"
              f" {median_ms(lambda: decode_people(heatmaps, fields, encodings, STRIDE, config), repeats):7.2f}")


if __name__ == "__main__":
    main()
