"""Walks configuration flows as a person would: fill what is known, take what is proposed, go on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from simulator.demo.brands import BrandedCharger
from simulator.demo.names import Names
from simulator.hass.client import HassClient, HassError

type Flow = dict[str, Any]
type Step = Callable[[Flow, dict[str, Any]], Awaitable[Flow]]

#: No flow has more steps; one that has goes in circles.
_MOST_STEPS = 12
_ENTITIES_S = 240.0
_POLL_S = 0.2
#: So many looks in a row must find everything there.
_CALM_POLLS = 4


async def walk(
    flow: Flow,
    step: Step,
    answers: Mapping[str, Any],
    choices: Mapping[str, str] | None = None,
    *,
    done: str | None = None,
) -> Flow:
    """Answer forms and menus until the flow ends; HassError where it does not get on.

    `answers` are by field, or by `step.field` where a name stands in several steps; None leaves a field empty.
    `done` is the reason with which a flow that makes no entry of its own ends well.
    """
    for _ in range(_MOST_STEPS):
        match flow["type"]:
            case "create_entry":
                return flow
            case "menu":
                flow = await step(flow, {"next_step_id": _choice(flow, choices or {})})
            case "form":
                if flow.get("errors"):
                    raise HassError(f"step {flow['step_id']} says {flow['errors']}")
                of_step = {key.removeprefix(f"{flow['step_id']}."): value for key, value in answers.items()}
                flow = await step(flow, filled(flow["data_schema"], of_step))
            case "abort" if done is not None and flow["reason"] == done:
                return flow
            case other:
                raise HassError(f"the flow of {flow.get('handler')} ended with {other}: {flow.get('reason')}")
    raise HassError(f"the flow goes in circles at {flow.get('step_id')}")


def filled(schema: list[dict[str, Any]], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form's data: our answers first, then what the form suggests; defaults are the form's own."""
    data: dict[str, Any] = {}
    for field in schema:
        name = field["name"]
        suggested = (field.get("description") or {}).get("suggested_value")
        if field.get("type") == "expandable":
            data[name] = filled(field["schema"], answers)
        elif name in answers:
            if answers[name] is not None:
                data[name] = answers[name]
        elif suggested is not None:
            data[name] = suggested
        elif field.get("required") and "default" not in field:
            raise HassError(f"nobody knows what to answer to {name}")
    return data


def _choice(flow: Flow, choices: Mapping[str, str]) -> str:
    try:
        return choices[flow["step_id"]]
    except KeyError:
        raise HassError(f"nobody knows what to choose in {flow['step_id']}: {flow['menu_options']}") from None


async def add_source(client: HassClient, port: int) -> None:
    """Set the simulated house's integration up."""
    flow = await client.start_flow("ev_house")
    await walk(flow, client.step_flow, {"host": "127.0.0.1", "port": port, "start_delay_s": 0})


async def add_brand(client: HassClient, port: int, charger: BrandedCharger) -> None:
    """Set a brand's integration up, show what it hides and call the device what its owner calls it."""
    entries = await client.entries(charger.domain)
    if not entries:
        flow = await client.start_flow(charger.domain)
        await walk(flow, client.step_flow, {"host": "127.0.0.1", "port": port})
        entries = await client.entries(charger.domain)
    entry_id = entries[0]["entry_id"]
    (device,) = [device for device in await client.devices() if entry_id in device["config_entries"]]
    await client.command("config/device_registry/update", device_id=device["id"], name_by_user=charger.name)
    if charger.hidden:
        for entity in await client.entities():
            if entity["platform"] == charger.domain and entity["unique_id"] in charger.hidden:
                entity_id = entity["entity_id"]
                await client.command("config/entity_registry/update", entity_id=entity_id, disabled_by=None)
        await client.request("POST", f"/api/config/config_entries/entry/{entry_id}/reload")


async def add_site(
    client: HassClient,
    *,
    name: str,
    fuse_a: float,
    ocpp_port: int | None = None,
    more: Mapping[str, Any] | None = None,
) -> Flow:
    """Set a site up: its fuse, its meter with a current per line, its dynamic price. Return the flow's last answer.

    With `ocpp_port` it listens for stations there, on this machine only.
    """
    listens: dict[str, Any] = {"ocpp.listen": ocpp_port is not None, "ocpp.address": "127.0.0.1"}
    if ocpp_port is not None:
        listens["ocpp.port"] = ocpp_port
    answers = {
        "user.name": name,
        "fuse_a": fuse_a,
        "form": "line_currents",
        **{f"import_l{line}": f"sensor.grid_meter_current_l{line}" for line in (1, 2, 3)},
        "signed": True,
        "total_power": "sensor.grid_meter_power",
        "tariff_entity.name": "Dynamic",
        "entity_id": "sensor.electricity_price_current_price",
        "listen": False,
        **listens,
        **(more or {}),
    }
    flow = await client.start_flow("ev_sessions")
    return await walk(flow, client.step_flow, answers, {"tariff": "tariff_entity"})


async def add_circuit(client: HassClient, entry_id: str, *, name: str, breaker_a: float) -> str:
    """Hang a circuit behind the grid connection, show what Home Assistant hides of it, and return its id."""
    flow = await client.start_subentry_flow(entry_id, "circuit")
    limits = {f"limit_l{line}": breaker_a for line in (1, 2, 3)}
    await walk(flow, client.step_subentry_flow, {"name": name, **limits})
    subentries = await client.command("config_entries/subentries/list", entry_id=entry_id)
    circuit_id = next(str(one["subentry_id"]) for one in subentries if one["title"] == name)
    hidden: list[str] = []
    async with asyncio.timeout(_ENTITIES_S):
        # Adding it sets the site up anew in the background.
        while not hidden:
            await asyncio.sleep(_POLL_S)
            ours = await client.entities()
            hidden = [one["entity_id"] for one in ours if one["unique_id"].startswith(f"{circuit_id}_")]
    for entity_id in hidden:
        await client.command("config/entity_registry/update", entity_id=entity_id, disabled_by=None)
    await client.request("POST", f"/api/config/config_entries/entry/{entry_id}/reload")
    return circuit_id


async def add_owner(client: HassClient, entry_id: str, kind: str, *, name: str, answers: Mapping[str, Any]) -> str:
    """Add a vehicle or a payer, and return its id."""
    flow = await client.start_subentry_flow(entry_id, kind)
    await walk(flow, client.step_subentry_flow, {"name": name, **answers})
    subentries = await client.command("config_entries/subentries/list", entry_id=entry_id)
    return next(str(one["subentry_id"]) for one in subentries if one["title"] == name)


async def add_charger(
    client: HassClient, entry_id: str, *, device: str, answers: Mapping[str, Any], flow_id: str | None = None
) -> Flow:
    """Add a charger through its device; what is not answered is what the flow knows or proposes."""
    devices = await client.devices()
    device_id = next(each["id"] for each in devices if device in {each["name"], each["name_by_user"]})
    path = "/api/config/config_entries/subentries/flow"
    if flow_id is not None:
        flow = await client.request("GET", f"{path}/{flow_id}")
    else:
        flow = await client.start_subentry_flow(entry_id, "charger")
    return await walk(flow, client.step_subentry_flow, {"device_id": device_id, **answers}, {"known": "take_all"})


async def adopt_station(client: HassClient, identity: str, answers: Mapping[str, Any]) -> str | None:
    """Take in a station that has been discovered; return the password that was made for it, where one was."""
    unique_id = f"ocpp:{identity}"
    found: list[Flow] = []
    async with asyncio.timeout(_ENTITIES_S):
        while not found:
            found = [one for one in await _discovered(client) if one["context"].get("unique_id") == unique_id]
            await asyncio.sleep(_POLL_S)
    password = None

    async def step(flow: Flow, data: dict[str, Any]) -> Flow:
        nonlocal password
        password = (flow.get("description_placeholders") or {}).get("password", password)
        answer: Flow = await client.step_flow(flow, data)
        return answer

    flow = await client.request("GET", f"/api/config/config_entries/flow/{found[0]['flow_id']}")
    await walk(flow, step, answers, done="charger_added")
    return password


async def _discovered(client: HassClient) -> list[Flow]:
    flows: list[Flow] = await client.command("config_entries/flow/progress")
    return [flow for flow in flows if flow["context"]["source"] == "integration_discovery"]


async def entities(client: HassClient, chargers: Iterable[str], entry_id: str | None = None) -> Names:
    """Return the names when the site has settled: each charger that is added sets it up anew in the background.

    Where there are several sites, `entry_id` tells of which.
    """
    calm = 0
    problem = ""
    try:
        async with asyncio.timeout(_ENTITIES_S):
            while True:
                try:
                    names = await Names.read(client, entry_id)
                    problem = await _unsettled(client, names, chargers)
                except HassError as err:
                    problem = str(err)
                else:
                    calm = 0 if problem else calm + 1
                    if calm == _CALM_POLLS:
                        return names
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise HassError(f"the site does not settle: {problem}") from None


async def _unsettled(client: HassClient, names: Names, chargers: Iterable[str]) -> str:
    """Tell what is not there yet; nothing when all is."""
    (entry,) = [one for one in await client.entries("ev_sessions") if one["entry_id"] == names.entry_id]
    if entry["state"] != "loaded":
        return f"the entry is {entry['state']}: {entry.get('reason')}"
    states = await client.states()
    wanted = [names.of_charger(charger, "session_energy") for charger in chargers]
    missing = [
        entity_id for entity_id in wanted if states.get(entity_id, {}).get("state", "unavailable") == "unavailable"
    ]
    return f"no {missing[0]}" if missing else ""
