"""Work in small steps, between which the loop may do something else, and which is done at once where it has to be."""

from collections.abc import Generator

from homeassistant.core import callback

#: Each takes some hundredths of a millisecond.
STEPS_AT_ONCE = 32


class Stepwise:
    """One piece of work at a time. Whoever needs what comes of it settles it first."""

    def __init__(self) -> None:
        self._steps: Generator[None, None, object] | None = None
        #: Within a step: what it sets off asks for no other step.
        self._works = False

    @property
    def is_busy(self) -> bool:
        """Whether some of it is still to be done."""
        return self._steps is not None and not self._works

    @callback
    def async_begin(self, steps: Generator[None, None, object]) -> None:
        """Take on work, after what there is of other."""
        self.async_settle()
        self._steps = steps

    @callback
    def async_work(self, at_once: int = STEPS_AT_ONCE) -> bool:
        """Do some of it; return whether there is more."""
        if not self.is_busy:
            return False
        self._works = True
        try:
            self._take(at_once)
        finally:
            self._works = False
        return self.is_busy

    def _take(self, count: int) -> None:
        steps = self._steps
        try:
            while steps is not None and count > 0:
                next(steps)
                count -= 1
        except StopIteration:
            self._steps = None
        except BaseException:
            self._steps = None  # it cannot go on
            raise

    @callback
    def async_settle(self) -> None:
        """Do all of it now."""
        while self.async_work():
            pass
