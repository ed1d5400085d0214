"""BlazePose as a front end: the person detector and the landmark model of an installed mediapipe package.

mediapipe's own pose solution follows one person. Here its two sub-graphs run by themselves: the detector on the image
and on squares of it, in which small people are large enough, and the landmark model on every person's region.
"""

from collections import Counter
from pathlib import Path
import warnings

import cv2
import numpy as np

from mocap_ros.datatypes.errors import ConfigError, install_hint
from mocap_ros.front_ends.people import detections_of
from mocap_ros.front_ends.regions import joined, overlap
from mocap_ros.front_ends.search_areas import regions_from_marks, search_areas
from mocap_ros.front_ends.top_down import pose_scores, Poses, SAME_REGION, TopDown
from mocap_ros.geometry.boxes import keep_distinct

try:
    import mediapipe
    from mediapipe.framework.formats import rect_pb2
    from mediapipe.python._framework_bindings import resource_util
except ImportError as error:
    raise ConfigError(f"front_end.kind 'blazepose': mediapipe is not installed here ({error}); "
                      f"{install_hint('blazepose')} (Python 3.10 to 3.12)") from error

# BlazePose's 33 landmarks in their order; "-" has no keypoint here.
LANDMARKS = (
    "nose", "-", "l_eye", "-", "-", "r_eye", "-", "l_ear", "r_ear", "-", "-",
    "l_shoulder", "r_shoulder", "l_elbow", "r_elbow", "l_wrist", "r_wrist", "-", "-", "-", "-", "-", "-",
    "l_hip", "r_hip", "l_knee", "r_knee", "l_ankle", "r_ankle", "-", "-", "-", "-",
)
DETECTION = """
input_stream: "image" output_stream: "people"
node { calculator: "PoseDetectionCpu" input_stream: "IMAGE:image" output_stream: "DETECTIONS:people" }
"""
LANDMARK = """
input_stream: "image" input_stream: "region" output_stream: "landmarks" output_stream: "alignment"
node {
  calculator: "PoseLandmarkByRoiCpu" input_stream: "IMAGE:image" input_stream: "ROI:region"
  output_stream: "LANDMARKS:landmarks" output_stream: "AUXILIARY_LANDMARKS:alignment"
}
"""


class BlazePoseFrontEnd:
    """Everybody whom BlazePose finds.

    Args:
        config: MocapConfig; sections `front_end` and `decoding` are used.
        timer: StageTimer.

    Attributes: as XNectFrontEnd's.
    """

    def __init__(self, config, timer):
        self.config = config
        self.timer = timer
        self.problems = Counter()
        # mediapipe asks protobuf for something that protobuf wants to rename; the user can do nothing about it.
        warnings.filterwarnings("ignore", message="SymbolDatabase.GetPrototype", category=UserWarning)
        resource_util.set_resource_dir(str(Path(mediapipe.__file__).parents[1]))
        self._people = Graph(DETECTION, ("people",))
        self._landmarks = Graph(LANDMARK, ("landmarks", "alignment"))
        self._top_down = TopDown(self._search, self._read)
        self.description = f"BlazePose of mediapipe {mediapipe.__version__} on the CPU"

    def detect(self, image):
        """Detections in the pixels of `image`, (H, W, 3) uint8 BGR."""
        settings = self.config.front_end
        poses = self._top_down.find(image, settings, self.config.decoding.maximum_people)
        height, width = image.shape[:2]
        return detections_of(poses.points_px, poses.confidence, poses.scores, LANDMARKS, width, height, settings,
                             self.problems)

    def forget(self):
        """Forgets where people were."""
        self._top_down.forget()

    def _search(self, image, turn, turns):
        with self.timer.stage("search"):
            found = []
            for left, top, right, bottom in search_areas(*image.shape[1::-1],
                                                         self.config.front_end.search_scales)[turn::turns]:
                packet = image_packet(image[top:bottom, left:right])
                answer, = self._people.run([{"image": packet}])
                found.append(regions_of(answer.get("people"), right - left, bottom - top).shifted((left, top)))
            found = joined(found)
            return found.take(keep_distinct(overlap(found, found) > SAME_REGION, found.scores))

    def _read(self, image, regions):
        with self.timer.stage("landmarks"):
            height, width = image.shape[:2]
            packet = image_packet(image) if len(regions) else None
            wanted = [{"image": packet, "region": region_packet(regions, row, width, height)}
                      for row in range(len(regions))]
            return poses_of(self._landmarks.run(wanted), width, height)


class Graph:
    """A running mediapipe graph.

    Args:
        text: the graph's description.
        outputs: names of its output streams.
    """

    def __init__(self, text, outputs):
        self._graph = mediapipe.CalculatorGraph(graph_config=text)
        self._answers = {}
        self._time = 0
        for name in outputs:
            self._graph.observe_output_stream(name, self._keep)
        self._graph.start_run()

    def run(self, inputs):
        """The output packets by name, a dict for each of `inputs`, which are dicts of packets by name.

        A stream without an answer is missing: nobody is there.
        """
        self._answers = {}
        first = self._time
        for packets in inputs:
            for name, packet in packets.items():
                self._graph.add_packet_to_input_stream(name, packet.at(self._time))
            self._time += 1
        self._graph.wait_until_idle()
        return [self._answers.get(time, {}) for time in range(first, self._time)]

    def _keep(self, name, packet):
        self._answers.setdefault(packet.timestamp.value, {})[name] = packet


def regions_of(packet, width, height):
    """Regions of the detector's people in an area of width x height [px]; none where `packet` is None.

    The detector marks mid-hip and a point on the circle around the person, above the head.
    """
    people = mediapipe.packet_getter.get_proto_list(packet) if packet is not None else []
    marks = np.array([[(mark.x * width, mark.y * height) for mark in each.location_data.relative_keypoints[:2]]
                      for each in people]).reshape(-1, 2, 2)
    return regions_from_marks(marks, np.array([each.score[0] for each in people]))


def poses_of(answers, width, height):
    """Poses of the landmark graph's answers, regions without a person left out."""
    seen = [answer for answer in answers if len(answer) == 2]
    landmarks = [mediapipe.packet_getter.get_proto(answer["landmarks"]).landmark for answer in seen]
    table = np.array([[(each.x * width, each.y * height, each.visibility) for each in person]
                      for person in landmarks]).reshape(-1, len(LANDMARKS), 3)
    marks = np.array([[(each.x * width, each.y * height) for each in
                       mediapipe.packet_getter.get_proto(answer["alignment"]).landmark[:2]]
                      for answer in seen]).reshape(-1, 2, 2)
    table[..., :2] -= 0.5  # mediapipe's pixel (0, 0) is the top-left pixel's corner
    confidence = np.clip(table[..., 2], 0, 1)
    named = [column for column, name in enumerate(LANDMARKS) if name != "-"]
    scores = pose_scores(confidence[:, named])
    return Poses(table[..., :2], confidence, scores, regions_from_marks(marks, scores))


def image_packet(image):
    """A packet of an image, BGR."""
    return mediapipe.packet_creator.create_image_frame(cv2.cvtColor(image, cv2.COLOR_BGR2RGB),
                                                       image_format=mediapipe.ImageFormat.SRGB)


def region_packet(regions, row, width, height):
    """A packet of one of Regions, in shares of the image."""
    (x, y), (across, down) = regions.centre_px[row], regions.size_px[row]
    return mediapipe.packet_creator.create_proto(rect_pb2.NormalizedRect(
        x_center=x / width, y_center=y / height, width=across / width, height=down / height,
        rotation=regions.rotation[row]))
