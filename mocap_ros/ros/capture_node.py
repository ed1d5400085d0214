"""Node `capture`: images in, people out, everything in one process."""

import sys
import time as clock

from mocap_ros.pipeline.xnect import XNect
from mocap_ros.ros.core_node import CoreNode
from mocap_ros.ros.diagnostics import values_of_stages
from mocap_ros.ros.image_work import ImageWork
from mocap_ros.ros.people_output import PeopleOutput
from mocap_ros.ros.robot_frames import RobotFrames
from mocap_ros.ros.running import run_node


class CaptureNode(CoreNode):
    """Publishes persons, skeleton_model, /tf and /diagnostics for the images of `image`."""

    def __init__(self):
        super().__init__("capture")
        self._work = self._output = self._frames = None

    def load(self):
        self.core = XNect(self.config)
        self.get_logger().info(self.core.engine)

    def start(self):
        self.core.forget()
        self._output = PeopleOutput(self, self.settings.output)
        self._frames = RobotFrames(self, self.settings.input)
        self._work = ImageWork(self, self.settings.input, self.config.camera.vertical_field_of_view, self._process,
                               self.core.forget, self._values, self._finish)
        self.camera_watch = self._work.camera_watch

    def stop(self):
        if self._work is not None:
            self._work.close()
            self._output.close()
            self._frames.close()
            self._work = self._output = self._frames = None

    def _process(self, image, camera, header, time):
        """Everything that needs the image: people without identity."""
        begin = clock.perf_counter()
        observation = self.core.estimator.estimate(image, camera)
        return observation, camera, time, clock.perf_counter() - begin

    def _finish(self, result, header):
        """Identity and kinematic fit, while the networks see the next image."""
        self._frames.tell(self.core.fitter, header)
        self._output.publish(self.core.fitter.update(*result), header)

    def _values(self):
        return {"engine": self.core.engine, "subscriptions of persons": self._output.subscriptions(),
                **values_of_stages(self.core.timer), **self.core.estimator.problems}


def main(arguments=None):
    """Runs the node; returns the exit status."""
    return run_node(CaptureNode, arguments)


if __name__ == "__main__":
    sys.exit(main())
