"""The development component in Home Assistant's sight."""

from pathlib import Path
import sys

# The folder of the simulator's own components joins the namespace package that Home Assistant looks through.
sys.path.append(str(Path(__file__).parents[2] / "simulator"))
