"""The nodes of the demo as processes: started, watched and ended."""

import ctypes
import signal
import subprocess
import sys

from mocap_ros.datatypes.errors import DeviceError

PR_SET_PDEATHSIG = 1  # Linux: signal to a child whose parent has died
WAIT = 30.0  # s for a process to end after SIGINT


class NodeProcesses:
    """Processes of nodes, by name; `with` ends those still running.

    Args:
        log_folder: pathlib.Path for what each process prints, <name>.txt.
        arguments: command line that all nodes get.
    """

    def __init__(self, log_folder, arguments):
        self._log_folder = log_folder
        self._arguments = arguments
        self._processes = {}

    def start(self, name):
        """Starts mocap_ros.ros.<name>_node in a session of its own: Ctrl-C comes to the supervisor alone."""
        with open(self._log_folder / f"{name}.txt", "wb") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", f"mocap_ros.ros.{name}_node", *self._arguments], stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=end_with_parent)

    def check(self, may_end):
        """True when the process `may_end` has ended well.

        Raises:
            DeviceError: any other has ended, or that one badly; the message has the last line that it printed.
        """
        for name, process in self._processes.items():
            status = process.poll()
            if status is not None and (name != may_end or status):
                raise DeviceError(f"the node {name} ended (status {status}): {self.last_line(name)}")
        return self.ended(may_end)

    def ended(self, name):
        """True when the process of a node that was started has ended."""
        return name in self._processes and self._processes[name].poll() is not None

    def last_line(self, name):
        """The last line that a node printed."""
        lines = (self._log_folder / f"{name}.txt").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "without a word"

    def interrupt(self, name):
        """Sends SIGINT to a node if it still runs."""
        process = self._processes.get(name)
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)

    def wait(self, name):
        """Waits until a node has ended; kills it after WAIT seconds."""
        process = self._processes.get(name)
        if process is None:
            return
        try:
            process.wait(WAIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for name in self._processes:
            self.interrupt(name)
        for name in self._processes:
            self.wait(name)


def end_with_parent():
    """In the child: SIGTERM when the parent dies, however it dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
