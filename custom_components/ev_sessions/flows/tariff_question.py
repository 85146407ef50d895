"""What all steps that ask for a tariff know: the currency, what is there already, and who takes the answer."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult

#: What a tariff is called where nobody calls it otherwise.
TARIFF_NAME = "Electricity"


class TariffQuestion[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    FlowHandler[ContextT, ResultT, HandlerT]
):
    """Asks for a tariff, in whichever flow it stands."""

    @property
    @abstractmethod
    def tariff_currency(self) -> str:
        """The currency that the price has to be in."""

    @property
    def tariff_now(self) -> tuple[str, Mapping[str, Any]] | None:
        """The name and the data of the tariff that is there already."""
        return None

    @abstractmethod
    async def async_finish_tariff(self, name: str, data: dict[str, Any]) -> ResultT:
        """Go on with a tariff that is valid."""
