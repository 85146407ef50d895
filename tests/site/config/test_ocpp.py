"""What the owner configured of a charger that speaks OCPP."""

from custom_components.ev_sessions.site.config.ocpp import CentralConfig, StationConfig
from custom_components.ev_sessions.site.config.site import ChargerConfig, SiteConfig

CHARGER = {
    "transport": "ocpp",
    "evses": [{"evse": 1}, {"evse": 2}],
    "controllable": True,
    "connection": "three_lines",
    "lines": [0, 1, 2],
    "min_a": 6,
    "max_a": 16,
}
SITE = {"wiring": "single_phase", "voltage_v": 230, "currency": "EUR", "time_zone": "Europe/Berlin"}


def test_a_station_has_evses_without_entities_and_a_limit_of_its_own() -> None:
    charger = ChargerConfig.from_data("c1", "Garage", {**CHARGER, "ocpp": {"identity": "CP 1"}})
    assert charger.station == StationConfig(identity="CP 1", security_profile=1)
    assert [evse.evse for evse in charger.evses] == [1, 2]
    assert not charger.entity_ids
    # It tells of the car by itself, and its current can be anything in between.
    assert not any(evse.power_only for evse in charger.evses)
    assert (charger.min_a, charger.max_a) == (6, 16)


def test_what_its_owner_allows_and_pins_is_kept() -> None:
    told = {"identity": "A", "version": "1.6", "security_profile": 0, "quirks": {"stack_level": 0}, "free": True}
    station = ChargerConfig.from_data("c1", "Garage", {**CHARGER, "ocpp": told}).station
    assert station == StationConfig(
        identity="A", version="1.6", security_profile=0, quirks={"stack_level": 0}, free=True
    )


def test_a_site_listens_only_where_its_owner_was_asked() -> None:
    assert SiteConfig.from_data("Home", SITE).ocpp is None
    assert SiteConfig.from_data("Home", {**SITE, "ocpp": {"port": 9000}}).ocpp == CentralConfig(port=9000)
