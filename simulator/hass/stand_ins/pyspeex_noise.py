"""Stands in for a package that exists as source only: a development house has no microphone."""  # noqa: INP001 a package of its own where it is found

from typing import NamedTuple


class ProcessedAudio(NamedTuple):
    """Ten milliseconds of sound."""

    audio: bytes


class AudioProcessor:
    """Leaves sound as it is."""

    def __init__(self, auto_gain: float, noise_suppression: int) -> None:
        self.settings = (auto_gain, noise_suppression)

    def Process10ms(self, audio: bytes) -> ProcessedAudio:  # noqa: N802 the package's own spelling
        """Return the sound."""
        return ProcessedAudio(audio=audio)
