"""Node `calibrator`: the camera's intrinsics from a board shown to it, and the floor from a board, TF or clicks."""

import sys

from geometry_msgs.msg import Point
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger

from mocap_ros.calibration.board import Board
from mocap_ros.calibration.coverage import missing
from mocap_ros.calibration.drawing import draw_coverage, draw_ground
from mocap_ros.calibration.floor import ambiguity, describe_floor, floor_from_boards, floor_from_points, floor_settings
from mocap_ros.calibration.intrinsics import calibrate_intrinsics
from mocap_ros.calibration.view_collection import collect, describe_intrinsics, ViewCollection
from mocap_ros.datatypes.config import CameraConfig
from mocap_ros.datatypes.config_yaml import write_settings
from mocap_ros.datatypes.errors import CameraError, MocapError
from mocap_ros.datatypes.node_config import NodeConfig
from mocap_ros.pipeline.camera_file import write_camera
from mocap_ros.ros.image_conversions import image_from_bgr
from mocap_ros.ros.image_work import ImageWork
from mocap_ros.ros.managed_node import ManagedNode
from mocap_ros.ros.parameters import declare_settings
from mocap_ros.ros.robot_frames import RobotFrames
from mocap_ros.ros.running import run_node
from mocap_ros.ros.topics import IMAGES, RESULTS


class CalibratorNode(ManagedNode):
    """Publishes `overlay`, the image with what is covered and missing, and answers services:

    ~/save_camera computes and writes the intrinsics; ~/ground_from_board, ~/ground_from_tf and ~/ground_from_points
    measure and write the floor; ~/forget starts again. A click on the overlay in rqt_image_view, which comes as
    `overlay_mouse_left`, is a point on the floor.
    """

    def __init__(self):
        super().__init__("calibrator")
        settings = declare_settings(self, NodeConfig())
        self.settings, self._input = settings.calibration, settings.input
        self._work = None
        self.forget()

    def load(self):
        given = self.settings
        self._board = Board(given.pattern, given.columns, given.rows, given.square, given.marker, given.dictionary)

    def start(self):
        self._overlays = self.create_publisher(Image, "overlay", IMAGES)
        self._clicks = self.create_subscription(Point, "overlay_mouse_left", self._on_click, RESULTS)
        self._services = [self.create_service(Trigger, f"~/{name}", self._answer(action)) for name, action in (
            ("save_camera", self.save_camera), ("ground_from_board", self.ground_from_board),
            ("ground_from_tf", self.ground_from_tf), ("ground_from_points", self.ground_from_points),
            ("forget", self.forget))]
        self._frames = RobotFrames(self, self._input)
        self._work = ImageWork(self, self._input, CameraConfig().vertical_field_of_view, self._process, self.forget,
                               self._values)

    def stop(self):
        if self._work is None:
            return
        self._work.close()
        self._work = None
        for service in self._services:
            self.destroy_service(service)
        self.destroy_subscription(self._clicks)
        self.destroy_publisher(self._overlays)
        self._frames.close()

    def forget(self):
        """Forgets views, points and results."""
        self._collection = self._camera = self._plane = self._header = None
        self._points = []
        return "forgotten: show the board again"

    def save_camera(self):
        """Computes and writes the intrinsics; what was found, in words."""
        collection = self._collection
        if collection is None:
            raise CameraError("no image yet")
        result = calibrate_intrinsics(collection.views, self._board, collection.width, collection.height,
                                      self.settings.model)
        write_camera(self.settings.camera_file, result.camera, self.settings.camera_name)
        self._camera = result.camera
        lacks = [f"still missing: {line}" for line in missing(collection.placements)]
        return "; ".join([*describe_intrinsics(result), *lacks, f"written to {self.settings.camera_file}"])

    def ground_from_board(self):
        """The floor from the board that the newest image shows."""
        view = self._collection.newest if self._collection is not None else None
        return self._save_ground(floor_from_boards([] if view is None else [view], self._board, self._known_camera()))

    def ground_from_points(self):
        """The floor from the last three clicks and the given distances between them."""
        if len(self._points) < 3:
            raise CameraError(f"{len(self._points)} points were clicked: wanted three on the floor, A, B and C")
        given = self.settings
        return self._save_ground(floor_from_points(self._points[-3:], (given.side_ab, given.side_bc, given.side_ca),
                                                   self._known_camera(), given.camera_height or None))

    def ground_from_tf(self):
        """The floor from TF at the newest image."""
        ground = self._frames.ground
        if ground is None:
            raise CameraError("no frame is given that stands on the floor: set input.ground_frame, say base_footprint")
        plane = ground.plane(self._header) if self._header is not None else None
        if plane is None:
            raise CameraError(ground.problem)
        return self._save_plane(plane)

    def _save_ground(self, fit):
        return self._save_plane(fit.plane) + (f"; warning: {ambiguity(fit)}" if ambiguity(fit) else "")

    def _save_plane(self, plane):
        self._plane = plane
        words = describe_floor(plane)
        write_settings(self.settings.ground_file, floor_settings(plane), f"The floor: {words}.")
        return f"{words}; written to {self.settings.ground_file}"

    def _known_camera(self):
        """The camera that was calibrated here, else that of camera_info.

        Raises:
            CameraError: there is neither.
        """
        if self._camera is not None:
            return self._camera
        collection = self._collection
        camera = self._work.camera_watch.camera(collection.width, collection.height) if collection is not None else None
        if camera is None or not camera.calibrated:
            raise CameraError("the camera is not calibrated: call save_camera first, or publish its camera_info")
        return camera

    def _answer(self, action):
        """A service's callback that runs `action` and gives its words."""
        def answer(request, response):
            try:
                response.success, response.message = True, action()
                self.get_logger().info(response.message)
            except MocapError as error:
                response.success, response.message = False, str(error)
                self.get_logger().warning(response.message)
            return response
        return answer

    def _on_click(self, point):
        self._points.append((point.x, point.y))
        self.get_logger().info(f"point {'ABC'[(len(self._points) - 1) % 3]} at {point.x:.1f}, {point.y:.1f}")

    def _process(self, image, camera, header, time):
        height, width = image.shape[:2]
        before = self._collection
        if before is None or (before.width, before.height) != (width, height):
            before = ViewCollection(self._board, width, height)
        after = collect(before, image) if len(before.views) < self.settings.views else before
        self._collection, self._header = after, header
        lacks = missing(after.placements)
        if len(after.views) > len(before.views):
            self.get_logger().info(f"view {len(after.views)}: " + ("; ".join(lacks) if lacks else "nothing is missing"))
            if after.complete and not before.complete:
                self.get_logger().info("complete: call ~/save_camera, or go on for a smaller error")
        head = f"{len(after.views)} views" + (", complete" if after.complete else "")
        drawn = draw_coverage(image, after.newest, after.placements, [head, *lacks])
        if self._plane is not None:
            drawn = draw_ground(drawn, self._plane, self._camera or camera)
        self._overlays.publish(image_from_bgr(drawn, header))

    def _values(self):
        collection = self._collection
        lacks = missing(collection.placements) if collection is not None else []
        return {"views": len(collection.views) if collection is not None else 0, "missing": "; ".join(lacks)}


def main(arguments=None):
    """Runs the node; returns the exit status."""
    return run_node(CalibratorNode, arguments)


if __name__ == "__main__":
    sys.exit(main())
