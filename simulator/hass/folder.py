"""A configuration folder that Home Assistant starts from without onboarding, login or a single click."""

from collections.abc import Sequence
import json
from pathlib import Path
import shutil
from typing import Any

from simulator.process import REPOSITORY

IMPORTS = "imports"

_OWN = REPOSITORY / "simulator" / "custom_components"
_OWNER = "5d1f0c0e8a3b4f6c9e2d7a1b0c9d8e7f"

_CONFIGURATION = """\
homeassistant:
  name: {name}
  country: DE
  currency: EUR
  language: en
  latitude: 52.5
  longitude: 13.4
  elevation: 40
  time_zone: {time_zone}
  unit_system: metric
  allowlist_external_dirs: [{imports}]
  auth_providers:
    - type: trusted_networks
      trusted_networks: [127.0.0.1]
      allow_bypass_login: true
    - type: homeassistant

frontend:
history:
logbook:
energy:
recorder:
  commit_interval: 1
logger:
  default: warning
  logs:
    custom_components.ev_sessions: info
    custom_components.ev_house: info
    # A development house has no cameras, no ffmpeg and no voice.
    haffmpeg: fatal
    homeassistant.components.camera: fatal
    homeassistant.components.ffmpeg: fatal
    homeassistant.loader: error
    homeassistant.requirements: error
"""


def make_folder(
    folder: Path,
    port: int,
    *,
    name: str = "Home",
    time_zone: str = "Europe/Berlin",
    extra: str = "",
    components: Sequence[str] = (),
) -> None:
    """Make `folder` one that Home Assistant can start from at `port`; what is there already stays.

    `extra` is put behind the configuration; `components` are development-only ones that come beside the house's.
    """
    storage = folder / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    # Home Assistant reads what it is given to import from here, and insists that it exists.
    imports = folder / IMPORTS
    imports.mkdir(exist_ok=True)
    (folder / "configuration.yaml").write_text(
        _CONFIGURATION.format(name=name, time_zone=time_zone, imports=json.dumps(str(imports))) + extra,
        encoding="utf-8",
    )
    _link_components(folder, components)
    _store(storage, "http", _http(port), version=2, minor_version=2)
    if not (storage / "auth").exists():
        done = ["user", "core_config", "analytics", "integration"]
        _store(storage, "onboarding", {"done": done}, version=4)
        _store(storage, "auth", _auth())


def _link_components(folder: Path, components: Sequence[str]) -> None:
    links = {
        "custom_components/ev_sessions": REPOSITORY / "custom_components" / "ev_sessions",
        **{f"custom_components/{name}": _OWN / name for name in ("ev_house", *components)},
        # What a real Home Assistant would have installed as packages.
        "packages/simulator": REPOSITORY / "simulator",
        **{f"packages/{path.name}": path for path in sorted((REPOSITORY / "simulator/hass/stand_ins").glob("*.py"))},
    }
    for name, target in links.items():
        link = folder / name
        link.parent.mkdir(exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    # The test plugin has a package of this name too; a package wins over a mere folder, and ours comes first.
    (folder / "custom_components" / "__init__.py").touch()


def _store(storage: Path, key: str, data: dict[str, Any], *, version: int = 1, minor_version: int = 1) -> None:
    content = {"version": version, "minor_version": minor_version, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content, indent=2), encoding="utf-8")


def _http(port: int) -> dict[str, Any]:
    # All keys have to be there, or Home Assistant starts in recovery mode without HTTP.
    return {
        "stable": {
            "server_host": ["127.0.0.1"],
            "server_port": port,
            "cors_allowed_origins": ["https://cast.home-assistant.io"],
            "ip_ban_enabled": True,
            "login_attempts_threshold": -1,
            "ssl_profile": "modern",
            "use_x_forwarded_for": False,
            "use_x_frame_options": True,
        },
        "pending": None,
        "yaml_migration_done": True,
    }


def _auth() -> dict[str, Any]:
    return {
        "users": [
            {
                "id": _OWNER,
                "group_ids": ["system-admin"],
                "is_owner": True,
                "is_active": True,
                "name": "Owner",
                "system_generated": False,
                "local_only": False,
            }
        ],
        "groups": [{"id": "system-admin"}, {"id": "system-users"}, {"id": "system-read-only"}],
        "credentials": [],
        "refresh_tokens": [],
    }


def clear(folder: Path) -> None:
    """Remove a folder that `make_folder` made; links are cut, not followed."""
    if folder.exists():
        shutil.rmtree(folder)
