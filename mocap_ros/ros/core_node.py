"""What the nodes share that hold a part of the pipeline: its settings, which may change while they run."""

from mocap_ros.datatypes.config import MocapConfig
from mocap_ros.datatypes.node_config import NodeConfig
from mocap_ros.ros.managed_node import ManagedNode
from mocap_ros.ros.parameters import declare_settings, follow_settings


class CoreNode(ManagedNode):
    """A ManagedNode with the method's settings and the nodes' own as parameters.

    Attributes:
        config, settings: MocapConfig, the newest, and NodeConfig.
        core: part of the pipeline, with `configure(config)`; None while nothing is loaded.
        camera_watch: CameraWatch of the topic that the node works on; None before it first starts.
    """

    def __init__(self, name):
        super().__init__(name)
        self.config = declare_settings(self, MocapConfig())
        self.settings = declare_settings(self, NodeConfig())
        self.core = self.camera_watch = None
        follow_settings(self, self.config, self._change)

    def unload(self):
        self.core = None

    def _change(self, config):
        """Takes settings that were changed while the node runs."""
        self.config = config
        if self.core is not None:
            self.core.configure(config)
        if self.camera_watch is not None:
            self.camera_watch.vertical_field_of_view = config.camera.vertical_field_of_view
