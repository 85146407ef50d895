"""The configuration folder of a Home Assistant that asks nobody anything on loopback."""

from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any

import yaml

_OWNER = "5f1c0e7a4b9d4d0f9b6f6a1f0c2e7d11"

#: What the voice platforms import at start; nobody speaks here, and their wheels need a compiler.
_STUBS = {
    "pymicro_vad": "class MicroVad:\n    def Process10ms(self, audio):\n        return 0.0\n",
    "pyspeex_noise": (
        "class AudioProcessor:\n"
        "    def __init__(self, auto_gain, noise_suppression):\n        pass\n"
        "    def Process10ms(self, audio):\n        return self\n"
    ),
}


@dataclass(frozen=True, kw_only=True)
class HouseFolder:
    """What goes into a folder: where it lies, the port on 127.0.0.1, and what else is configured.

    `components` are folders of custom components, `dashboards` the YAML dashboards by URL path,
    `extra` more of configuration.yaml.
    """

    path: Path
    port: int
    components: tuple[Path, ...] = ()
    dashboards: dict[str, dict[str, Any]] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    name: str = "Demo house"
    time_zone: str = "Europe/Berlin"

    @property
    def stubs(self) -> Path:
        """Where the stand-ins for the voice wheels lie, for PYTHONPATH."""
        return self.path / "stubs"

    def write(self) -> None:
        """Write all that is not there yet; a folder that was used before keeps its state."""
        storage = self.path / ".storage"
        storage.mkdir(parents=True, exist_ok=True)
        for name, data in _storage(self.port).items():
            target = storage / name
            if name == "http" or not target.exists():
                target.write_text(json.dumps(data))
        (self.path / "configuration.yaml").write_text(yaml.safe_dump(self._configuration(), sort_keys=False))
        for url_path, dashboard in self.dashboards.items():
            views = {key: value for key, value in dashboard.items() if key not in {"title", "icon"}}
            (self.path / f"{url_path}.yaml").write_text(yaml.safe_dump(views, sort_keys=False, allow_unicode=True))
        self._link_components()
        self.stubs.mkdir(exist_ok=True)
        for module, text in _STUBS.items():
            (self.stubs / f"{module}.py").write_text(text)

    def _link_components(self) -> None:
        folder = self.path / "custom_components"
        folder.mkdir(exist_ok=True)
        for component in self.components:
            link = folder / component.name
            if not link.is_symlink():
                link.symlink_to(component.resolve(), target_is_directory=True)

    def _configuration(self) -> dict[str, Any]:
        configuration: dict[str, Any] = {
            "homeassistant": {
                "name": self.name,
                "country": "DE",
                "currency": "EUR",
                "time_zone": self.time_zone,
                "unit_system": "metric",
                "latitude": 52.5,
                "longitude": 13.4,
                "elevation": 34,
                "allowlist_external_dirs": [str(self.path)],
                "auth_providers": [
                    {"type": "trusted_networks", "trusted_networks": ["127.0.0.1"], "allow_bypass_login": True},
                    {"type": "homeassistant"},
                ],
            },
            "frontend": {},
            "history": {},
            "logbook": {},
            "energy": {},
            "conversation": {},
            "sun": {},
            "recorder": {"commit_interval": 1},
            "logger": {"default": "warning", "logs": {"custom_components.ev_sessions": "info"}},
            **self.extra,
        }
        if self.dashboards:
            configuration["lovelace"] = {
                "dashboards": {
                    url_path: {
                        "mode": "yaml",
                        "title": dashboard["title"],
                        "icon": dashboard["icon"],
                        "show_in_sidebar": True,
                        "filename": f"{url_path}.yaml",
                    }
                    for url_path, dashboard in self.dashboards.items()
                }
            }
        return configuration


def _storage(port: int) -> dict[str, dict[str, Any]]:
    steps = ["user", "core_config", "analytics", "integration"]
    stable = {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": ["https://cast.home-assistant.io"],
        "ip_ban_enabled": True,
        "login_attempts_threshold": -1,
        "ssl_profile": "modern",
        "use_x_forwarded_for": False,
        "use_x_frame_options": True,
    }
    owner = {
        "id": _OWNER,
        "group_ids": ["system-admin"],
        "is_owner": True,
        "is_active": True,
        "name": "Owner",
        "system_generated": False,
        "local_only": False,
    }
    groups = [
        {"id": "system-admin", "name": "Administrators"},
        {"id": "system-users", "name": "Users"},
        {"id": "system-read-only", "name": "Read Only"},
    ]
    return {
        "onboarding": {"version": 4, "minor_version": 1, "key": "onboarding", "data": {"done": steps}},
        "auth": {
            "version": 1,
            "minor_version": 1,
            "key": "auth",
            "data": {"users": [owner], "groups": groups, "credentials": [], "refresh_tokens": []},
        },
        "http": {
            "version": 2,
            "minor_version": 2,
            "key": "http",
            "data": {"stable": stable, "pending": None, "yaml_migration_done": True},
        },
    }
