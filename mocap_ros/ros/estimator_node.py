"""Node `estimator`: the networks alone, for a machine with an accelerator; `fitter` does the rest elsewhere."""

import sys
import time as clock

from mocap_ros.msg import PersonArray

from mocap_ros.pipeline.estimator import Estimator
from mocap_ros.ros.core_node import CoreNode
from mocap_ros.ros.diagnostics import values_of_stages
from mocap_ros.ros.image_work import ImageWork
from mocap_ros.ros.person_conversions import observation_to_message
from mocap_ros.ros.running import run_node
from mocap_ros.ros.topics import RESULTS


class EstimatorNode(CoreNode):
    """Publishes `untracked`: the people of each image, without identity or place."""

    def __init__(self):
        super().__init__("estimator")
        self._work = None

    def load(self):
        self.core = Estimator(self.config)
        self.get_logger().info(self.core.engine)

    def start(self):
        self.core.forget()
        self._untracked = self.create_publisher(PersonArray, "untracked", RESULTS)
        self._work = ImageWork(self, self.settings.input, self.config.camera.vertical_field_of_view, self._process,
                               self.core.forget, self._values, self._finish)
        self.camera_watch = self._work.camera_watch

    def stop(self):
        if self._work is not None:
            self._work.close()
            self._work = None
            self.destroy_publisher(self._untracked)

    def _process(self, image, camera, header, time):
        begin = clock.perf_counter()
        observation = self.core.estimate(image, camera)
        return observation, camera.calibrated, clock.perf_counter() - begin

    def _finish(self, result, header):
        """Builds and sends the message, while the networks see the next image."""
        observation, calibrated, seconds = result
        self._untracked.publish(observation_to_message(observation, header, calibrated, seconds))

    def _values(self):
        return {"engine": self.core.engine, **values_of_stages(self.core.timer), **self.core.problems}


def main(arguments=None):
    """Runs the node; returns the exit status."""
    return run_node(EstimatorNode, arguments)


if __name__ == "__main__":
    sys.exit(main())
