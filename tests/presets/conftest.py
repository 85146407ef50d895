"""What the stories of known integrations share."""

from tests.flows.conftest import no_setup, walk

__all__ = ["no_setup", "walk"]
