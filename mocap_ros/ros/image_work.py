"""What every node that works on images shares: subscriptions, the newest-frame slot, counts and diagnostics."""

from contextlib import contextmanager
import time
import traceback

from mocap_ros.datatypes.errors import ImageError, MocapError
from mocap_ros.motion_export.people_messages import seconds_of
from mocap_ros.ros.camera_watch import CameraWatch
from mocap_ros.ros.diagnostics import Diagnostics, report
from mocap_ros.ros.frame_counts import FrameCounts
from mocap_ros.ros.newest_frame import NewestFrame
from mocap_ros.ros.topics import subscribe_camera_info, subscribe_images

RESTART = 1.0  # s; a jump back by more is a recording that started again, by less a late image
HANDOVER = 1e-3  # s for which the executor rests: tidying up would take Python from the image until the network runs
QUIET = 5.0  # s between two warnings of the same kind


class ImageWork:
    """Takes a node's images and calls `work` on the newest, off the executor's thread, and `finish` on what it returns.

    `finish` runs beside `work` on the next image, so that the network need not wait for what does not need it. A frame
    that cannot be used is counted, warned of and dropped; so is one on which `work` or `finish` fails.

    Args:
        node: rclpy Node.
        settings: InputConfig.
        vertical_field_of_view: of the assumed camera [rad].
        work: called as work(image, camera, header, time); image is (H, W, 3) uint8 BGR.
        restart: called before the next image when time has jumped back; nothing is being worked on or finished then.
        values: called without arguments, returns further figures for /diagnostics, by name.
        finish: called as finish(result, header) with every result of `work`, in order; None where `work` does it all.
    """

    def __init__(self, node, settings, vertical_field_of_view, work, restart, values, finish=None):
        self.counts = FrameCounts()
        self.camera_watch = CameraWatch(vertical_field_of_view, node.get_logger().warning)
        self._node = node
        self._settings = settings
        self._work = work
        self._restart = restart
        self._values = values
        self._last_time = None
        self._last_size = None
        self._finish = finish
        self._slot = NewestFrame(self._use, self._on_failure, self._use_result)
        self._images, self._decode = subscribe_images(node, settings.transport, self._on_image)
        self._camera_infos = subscribe_camera_info(node, self.camera_watch.update)
        self._diagnostics = Diagnostics(node, self._report)

    def close(self):
        """Ends the threads and the subscriptions."""
        self._slot.close()
        self._diagnostics.close()
        self._node.destroy_subscription(self._images)
        self._node.destroy_subscription(self._camera_infos)

    def _on_image(self, message):
        self.counts.receive(time.monotonic())
        self._slot.put(message)
        time.sleep(HANDOVER)

    def _use(self, message):
        """Checks one image and works on it; in the slot's thread. None where it cannot be used."""
        begin = time.monotonic()
        with self._bad_input_dropped():
            image = self._decode(message)
            stamp = self._check_time(seconds_of(message.header.stamp))
            self._check_size(image)
            if self._last_time is None and self._node.count_publishers(self._camera_infos.topic_name):
                self.camera_watch.wait(self._settings.camera_info_wait)
            height, width = image.shape[:2]
            result = self._work(image, self.camera_watch.camera(width, height), message.header, stamp)
            self._last_time = stamp
            return result, message.header, stamp, time.monotonic() - begin
        return None

    def _use_result(self, item):
        """Finishes one image, if it could be used, while the next is worked on."""
        if item is None:
            return
        result, header, stamp, seconds = item
        begin = time.monotonic()
        with self._bad_input_dropped():
            if self._finish is not None:
                self._finish(result, header)
            now = time.monotonic()
            latency = 1e-9 * self._node.get_clock().now().nanoseconds - stamp
            self.counts.finish(now, latency, seconds + now - begin)

    @contextmanager
    def _bad_input_dropped(self):
        """Counts and warns of what the user can mend."""
        try:
            yield
        except MocapError as error:
            self.counts.reject(str(error))
            self._node.get_logger().warning(f"image dropped: {error}", throttle_duration_sec=QUIET)

    def _check_time(self, stamp):
        """`stamp`, after a restart where it has jumped back.

        Raises:
            ImageError: the image is not newer than the last.
        """
        if self._last_time is None or stamp > self._last_time:
            return stamp
        if self._last_time - stamp > RESTART:
            self._node.get_logger().warning(
                f"time went back by {self._last_time - stamp:.1f} s: forgetting everybody and starting again")
            self._slot.wait_until_finished()
            self._restart()
            return stamp
        raise ImageError(f"stamped {self._last_time - stamp:.3f} s before the last image")

    def _check_size(self, image):
        """Says that the images have changed their size; the core starts again by itself."""
        if self._last_size not in (None, image.shape):
            self._node.get_logger().warning(
                f"images are now {image.shape[1]} x {image.shape[0]} pixels, were {self._last_size[1]} x "
                f"{self._last_size[0]}: forgetting everybody and starting again")
        self._last_size = image.shape

    def _on_failure(self, error):
        self.counts.fail(f"{type(error).__name__}: {error}")
        trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        self._node.get_logger().error(f"image dropped after a failure of the program\n{trace}",
                                      throttle_duration_sec=QUIET)

    def _report(self):
        return report(self.counts, self._slot.dropped, self.camera_watch.problem, self._values())
