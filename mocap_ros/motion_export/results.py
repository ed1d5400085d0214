"""A folder of results without ROS: rosbag2, overlay video, a BVH file per person, a table."""

from pathlib import Path
from types import SimpleNamespace

from mocap_ros.datatypes.errors import ImageError, writing
from mocap_ros.motion_export.messages import (
    camera_info_message, people_message, skeleton_model_message, transforms_message,
)
from mocap_ros.motion_export.overlay import draw_people
from mocap_ros.motion_export.people_files import PeopleFiles
from mocap_ros.motion_export.recording import BAG
from mocap_ros.motion_export.rosbag import BagWriter, message_types
from mocap_ros.motion_export.video import VideoFile

NAMESPACE = "/mocap"  # of the recorded topics, as in the demo
FRAME_ID = "camera_optical_frame"
OVERLAY, SUMMARY = "overlay.mp4", "summary.txt"
PACKAGES = ("std_msgs", "builtin_interfaces", "geometry_msgs", "sensor_msgs", "tf2_msgs", "mocap_ros")


class ResultsFolder:
    """Writes what one recording leaves; `with` closes it.

    Args:
        folder: made if it is not there; a recording in it is never overwritten.
        rate: of the overlay video [images/s].
        plane: GroundPlane under the camera or None, for the floor of the BVH files.

    Raises:
        ImageError: the folder cannot be written or holds a recording.
    """

    def __init__(self, folder, rate, plane=None):
        self.folder = Path(folder)
        existing = [name for name in (BAG, OVERLAY, SUMMARY) if (self.folder / name).exists()]
        if existing:
            raise ImageError(f"{folder}: holds {', '.join(existing)} already; name another folder")
        with writing(folder, ImageError):
            self.folder.mkdir(parents=True, exist_ok=True)
        self._store = message_types()
        self._types = message_classes(self._store)
        self._bag = BagWriter(self.folder / BAG, self._store)
        self._video = VideoFile(self.folder / OVERLAY, rate)
        self._files = PeopleFiles(self.folder, plane=plane)
        self._modelled = False

    def add(self, image, frame, camera):
        """Adds one image's people.

        Args:
            image: (H, W, 3) uint8 BGR.
            frame: PeopleFrame.
            camera: Camera of the image.
        """
        types = self._types
        nanoseconds = round(frame.time * 1e9)
        seconds, rest = divmod(nanoseconds, 10 ** 9)
        header = types.Header(stamp=types.Time(sec=seconds, nanosec=rest), frame_id=FRAME_ID)
        if not self._modelled:
            self._write("skeleton_model", "mocap_ros/msg/SkeletonModel", nanoseconds, skeleton_model_message(types))
            self._modelled = True
        self._write("camera_info", "sensor_msgs/msg/CameraInfo", nanoseconds,
                    camera_info_message(camera, header, types))
        if frame.people:
            self._write("/tf", "tf2_msgs/msg/TFMessage", nanoseconds, transforms_message(frame, header, types))
        self._write("persons", "mocap_ros/msg/PersonArray", nanoseconds, people_message(frame, header, types))
        self._video.write(draw_people(image, frame), frame.time)
        self._files.add(frame)

    def _write(self, topic, type_name, nanoseconds, message):
        name = topic if topic.startswith("/") else f"{NAMESPACE}/{topic}"
        self._bag.write(name, type_name, nanoseconds, message)

    def close(self):
        """Finishes every file."""
        self._bag.close()  # first: it is what the others can be made from
        self._video.close()
        self._files.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def message_classes(store):
    """The classes of a rosbags type store that motion_export/messages.py fills, by their short names."""
    return SimpleNamespace(**{name.rsplit("/", 1)[1]: kind for name, kind in store.types.items()
                              if name.split("/")[0] in PACKAGES})
