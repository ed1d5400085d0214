"""One slot between the executor and the inference: the newest frame wins, the overwritten ones are counted."""

import threading


class NewestFrame:
    """Calls `work(frame)` with the newest frame put, then `finish` with what it returned, off the caller's thread.

    Two threads take turns: the one that has worked on a frame also finishes it, while the other works on the next. So
    what `finish` does need not be waited for by the next frame, nor handed to a thread that has nothing of it at hand.
    One frame at a time is worked on, one is finished, and all in order. A thread is woken only for a frame: to wake it
    costs the one that finishes some of its time.

    Args:
        work: called with one frame at a time.
        on_failure: called with an exception that `work` or `finish` raised; the threads go on with the next frame.
        finish: called with one result of `work` at a time; None where there is nothing to finish.

    Attributes:
        dropped: frames that a newer one replaced before they were worked on.
    """

    def __init__(self, work, on_failure, finish=None):
        self.dropped = 0
        self._work = work
        self._finish = finish
        self._on_failure = on_failure
        self._frame = None
        self._working = self._closed = False
        self._changed = threading.Condition()
        self._finishing = threading.Lock()
        self._threads = [threading.Thread(target=self._run, name=f"inference {n}", daemon=True) for n in range(2)]
        for thread in self._threads:
            thread.start()

    def put(self, frame):
        """Leaves `frame` for the threads; never waits."""
        with self._changed:
            if self._frame is not None:
                self.dropped += 1
            self._frame = frame
            if not self._working:
                self._changed.notify()

    def wait_until_finished(self):
        """Waits, in `work`, until the frame before is finished."""
        with self._finishing:
            pass

    def close(self, timeout=5.0):
        """Ends the threads after the frames they are at; a frame still in the slot is dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout)

    def _run(self):
        while (frame := self._take()) is not None:
            try:
                result = self._work(frame)
            except Exception as error:  # the node must outlive any one frame; on_failure makes it heard
                self._on_failure(error)
                self._end_work()
                continue
            self._finishing.acquire()  # before another frame can be worked on: results keep their order
            self._end_work()
            try:
                if self._finish is not None:
                    self._finish(result)
            except Exception as error:
                self._on_failure(error)
            finally:
                self._finishing.release()

    def _take(self):
        """The newest frame, to be worked on, as soon as there is one and no other is; None after close."""
        with self._changed:
            while not self._closed and (self._frame is None or self._working):
                self._changed.wait()
            if self._closed:
                return None
            frame, self._frame, self._working = self._frame, None, True
            return frame

    def _end_work(self):
        """Lets the other thread work on the frame that waits, if one does."""
        with self._changed:
            self._working = False
            if self._frame is not None:
                self._changed.notify()
