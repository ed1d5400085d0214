"""The lifecycle of this package's nodes: load in configure, subscribe in activate."""

from rclpy.lifecycle import LifecycleNode

from mocap_ros.ros.running import transition


class ManagedNode(LifecycleNode):
    """A LifecycleNode whose transitions run `load`, `start`, `stop` and `unload`, and log what goes wrong.

    Attributes:
        finished: True when the node has nothing more to do and its process should end.
        exit_status: of the process when the node ends by itself.
    """

    def __init__(self, name):
        super().__init__(name)
        self.finished = False
        self.exit_status = 0

    def load(self):
        """Takes what may fail or last: weights, files."""

    def start(self):
        """Opens topics."""

    def stop(self):
        """Closes topics; may be called when there are none."""

    def unload(self):
        """Lets go of what `load` took."""

    def unfinished_work(self):
        """True while the node should go on after it was told to end."""
        return False

    def close(self):
        """Ends from any state."""
        self.stop()
        self.unload()

    def on_configure(self, state):
        return transition(self, self.load)

    def on_activate(self, state):
        return transition(self, self.start)

    def on_deactivate(self, state):
        return transition(self, self.stop)

    def on_cleanup(self, state):
        return transition(self, self.unload)

    def on_shutdown(self, state):
        return transition(self, self.close)
