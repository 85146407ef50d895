"""How strong a station's radio hears its network, by whatever name it tells."""

import pytest

from custom_components.ev_sessions.core.station.radio import signal_dbm, signal_in


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("WifiRSSI", "-67", -67.0),
        ("GsmSignalStrength", "-91 dBm", -91.0),
        ("signal_level", -70.5, -70.5),
        ("SignalDbm", "-50dBm", -50.0),
        ("SignalStrength", "80", None),  # per cent
        ("SignalStrength", "NaN", None),
        ("SignalStrength", "good", None),
        ("SignalStrength", None, None),
        ("SignalQuality", "-67", None),
        ("SignReadings", "-67", None),
        ("RSSI", "-151", None),
        (7, -67, None),
    ],
)
def test_strength_is_read_where_it_is_one(name: object, value: object, expected: float | None) -> None:
    assert signal_dbm(name, value) == expected


def test_strength_is_found_in_a_vendor_s_data_however_deep_and_not_without_end() -> None:
    assert signal_in({"modem": [{"operator": "x", "rssi": -71}]}) == -71.0
    assert signal_in({"rssi": 12, "other": "x"}) is None
    assert signal_in("rssi=-71") is None
    deep: object = {"rssi": -71}
    for _ in range(200):
        deep = [deep]
    assert signal_in(deep) is None
