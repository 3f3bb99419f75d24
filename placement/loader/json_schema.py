"""The JSON Schema of scenario files."""

from typing import Any

from placement.schema import FORMAT, ScenarioFile

SOURCED = {
    "type": "object",
    "description": "A number with its range and source; `use` of the scenario says which is taken.",
    "required": ["value"],
    "properties": {
        "value": {},
        "low": {},
        "high": {},
        "price_year": {"type": "integer"},
        "source": {"type": "string"},
        "grade": {"type": "string"},
        "note": {"type": "string"},
    },
    "additionalProperties": False,
}

RANGE = {
    "const": True,
    "description": "Instead of a distribution: triangular, by the low, base and high value that the file or the "
    "catalogue gives for the one path.",
}

PARTIAL = ("Horizon", "Satellites", "Array", "Radiator", "Orbit", "Link")
"""Records of which a catalogue entry, or the file that is extended, may give a part."""


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file, descriptions and bounds included.

    Every number may also be written as `{value, low, high, source, ...}`, and what a catalogue entry (`from`) or the
    file below (`extends`) gives may be left out.
    """
    schema: dict[str, Any] = ScenarioFile.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = f"Placement scenario, format {FORMAT}"
    definitions = schema["$defs"]
    for name in ("Cluster", "Vehicle"):
        definitions[name]["anyOf"] = [{"required": ["from"]}, _needs(definitions[name], definitions)]
    schema["anyOf"] = [{"required": ["extends"]}, _needs(schema, definitions)]
    schema["required"] = ["format"]
    definitions["Uncertain"]["properties"]["range"] = RANGE
    for name, info in ScenarioFile.model_fields.items():
        schema["properties"][info.alias or name].setdefault("description", info.description)
    result: dict[str, Any] = _with_sources(schema)
    result["$defs"]["Sourced"] = SOURCED
    return result


def _needs(record: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """What a record and its partial records need, taken out of them."""
    needs: dict[str, Any] = {"required": record.pop("required", [])}
    below = {}
    for key, field in record["properties"].items():
        for way in field.get("anyOf", [field]):
            name = str(way.get("$ref")).removeprefix("#/$defs/")
            if name in PARTIAL:
                below[key] = _needs(definitions[name], definitions)
    return {**needs, "properties": below} if below else needs


def _with_sources(node: Any) -> Any:
    """The same schema with `Sourced` as another way to write each number."""
    if isinstance(node, list):
        return [_with_sources(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _with_sources(value) for key, value in node.items()}
    if "patternProperties" in node:
        node["additionalProperties"] = False
    if node.get("type") in ("number", "integer"):
        outer = {key: node.pop(key) for key in ("description", "default", "title") if key in node}
        return {**outer, "anyOf": [node, {"$ref": "#/$defs/Sourced"}]}
    return node
