"""BlazePose through an installed mediapipe, which not every Python has: wheels up to 3.12, and an OpenCV of its own."""

import numpy as np
import pytest

pytest.importorskip("mediapipe", reason="mediapipe is not installed")

from pathlib import Path  # noqa: E402

from mocap_ros.datatypes.config import MocapConfig, with_settings  # noqa: E402
from mocap_ros.front_ends.blazepose import BlazePoseFrontEnd, LANDMARKS  # noqa: E402
from mocap_ros.pipeline.frames import Frames  # noqa: E402
from mocap_ros.pipeline.timing import StageTimer  # noqa: E402

CLIP = Path(__file__).resolve().parents[1] / "demo" / "people.mp4"


@pytest.fixture(scope="module")
def front_end():
    return BlazePoseFrontEnd(with_settings(MocapConfig(), {"front_end.kind": "blazepose"}), StageTimer())


def test_the_landmarks_are_thirty_three():
    assert len(LANDMARKS) == 33 and len(set(LANDMARKS) - {"-"}) == 17


def test_several_people_of_the_demo_are_found_and_stand_upright(front_end):
    with Frames(CLIP) as frames:
        found = [front_end.detect(frame.image) for frame, _ in zip(frames, range(8))]
    assert max(len(each) for each in found) >= 2
    assert all(each.encodings is None for each in found)


def test_nobody_is_found_in_a_grey_image(front_end):
    front_end.forget()
    assert len(front_end.detect(np.full((240, 320, 3), 120, np.uint8))) == 0
