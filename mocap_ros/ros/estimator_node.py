"""Node `estimator`: the networks alone, for a machine with an accelerator; `fitter` does the rest elsewhere."""

import sys
import time as clock

from mocap_ros.msg import PersonArray

from mocap_ros.datatypes.config import MocapConfig
from mocap_ros.datatypes.node_config import NodeConfig
from mocap_ros.pipeline.estimator import Estimator
from mocap_ros.ros.image_work import ImageWork
from mocap_ros.ros.managed_node import ManagedNode
from mocap_ros.ros.parameters import declare_settings, follow_settings
from mocap_ros.ros.person_conversions import observation_to_message
from mocap_ros.ros.running import run_node
from mocap_ros.ros.topics import RESULTS


class EstimatorNode(ManagedNode):
    """Publishes `untracked`: the people of each image, without identity or place."""

    def __init__(self):
        super().__init__("estimator")
        self.config = declare_settings(self, MocapConfig())
        self.settings = declare_settings(self, NodeConfig())
        self.core = self._work = None
        follow_settings(self, self.config, self._change)

    def load(self):
        self.core = Estimator(self.config)
        self.get_logger().info(self.core.engine)

    def start(self):
        self.core.forget()
        self._untracked = self.create_publisher(PersonArray, "untracked", RESULTS)
        self._work = ImageWork(self, self.settings.input, self.config.camera.vertical_field_of_view, self._process,
                               self.core.forget, self._values, self._finish)

    def stop(self):
        if self._work is not None:
            self._work.close()
            self._work = None
            self.destroy_publisher(self._untracked)

    def unload(self):
        self.core = None

    def _change(self, config):
        """Takes settings that were changed while the node runs."""
        self.config = config
        if self.core is not None:
            self.core.configure(config)
        if self._work is not None:
            self._work.camera_watch.vertical_field_of_view = config.camera.vertical_field_of_view

    def _process(self, image, camera, header, time):
        begin = clock.perf_counter()
        observation = self.core.estimate(image, camera)
        return observation, camera.calibrated, clock.perf_counter() - begin

    def _finish(self, result, header):
        """Builds and sends the message, while the networks see the next image."""
        observation, calibrated, seconds = result
        self._untracked.publish(observation_to_message(observation, header, calibrated, seconds))

    def _values(self):
        stages = {f"{name} [ms]": f"{value:.1f}" for name, value in self.core.timer.medians_ms().items()}
        return {"engine": self.core.engine, **stages, **self.core.problems}


def main(arguments=None):
    """Runs the node; returns the exit status."""
    return run_node(EstimatorNode, arguments)


if __name__ == "__main__":
    sys.exit(main())
