"""XNect: images in, people out (thesis Sec. 6.3 and 8.3)."""

import time as clock

from mocap_ros.datatypes.camera import assumed_camera
from mocap_ros.datatypes.errors import CameraError
from mocap_ros.pipeline.estimator import Estimator
from mocap_ros.pipeline.fitter import Fitter
from mocap_ros.pipeline.timing import StageTimer


class XNect:
    """The whole multi-person pipeline for one camera.

    Args:
        config: MocapConfig.
        camera: Camera, or None to assume one of the configured field of view for every image size.
        generator: numpy random generator for ids; seeded by the operating system if None.

    Raises:
        ConfigError, WeightsError, DeviceError: see front_ends.loading.
    """

    def __init__(self, config, camera=None, generator=None):
        self.config = config
        self.camera = camera
        self.timer = StageTimer()
        self.estimator = Estimator(config, self.timer)
        self.fitter = Fitter(config, generator, self.timer)

    @property
    def engine(self):
        """Which engine runs on which device, and why, as one line."""
        return self.estimator.engine

    def configure(self, config):
        """Takes over settings that may change while running: all that are not fixed."""
        self.config = config
        self.estimator.configure(config)
        self.fitter.configure(config)

    def forget(self):
        """Forgets everybody, for a new recording."""
        self.estimator.forget()
        self.fitter.forget()

    def process(self, image, time):
        """People in one image.

        Args:
            image: (H, W, 3) uint8 BGR.
            time: its acquisition time [s]; must grow from call to call.

        Returns:
            PeopleFrame.

        Raises:
            ImageError: an image that cannot be used, or time that does not grow; nothing is changed.
            CameraError: the camera was given for another image size.
        """
        begin = clock.perf_counter()
        detections = self.estimator.detect(image)  # Stage I or another front end: people in 2D
        camera = self.camera_for(image)
        observation = self.estimator.lift(detections, image, camera)  # Stage II: whole bodies in 3D, root-relative
        return self.fitter.update(  # Stage III: identity, filters, kinematic fit
            observation, camera, time, clock.perf_counter() - begin
        )

    def camera_for(self, image):
        """The Camera of an image's size."""
        height, width = image.shape[:2]
        if self.camera is None:
            return assumed_camera(width, height, self.config.camera.vertical_field_of_view)
        if (self.camera.width, self.camera.height) != (width, height):
            raise CameraError(f"image is {width} x {height}, the camera is calibrated for "
                              f"{self.camera.width} x {self.camera.height}")
        return self.camera
