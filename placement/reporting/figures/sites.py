"""The map: sites on Earth, ground tracks and stations of orbital clusters, and what data go where."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.ephemeris import ground_track, place_of
from placement.physics.orbit import period_minutes
from placement.reporting.colours import colour
from placement.reporting.facts import EARTH, ORBIT, Facts
from placement.reporting.figure import WIDTH, Figure

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from placement.schema import Cluster

STEPS = 240
"""Points of a ground track."""

MOST_FLOWS = 60
"""Lines of data that are drawn, the largest."""

HEIGHT, CLOSE_HEIGHT = 430, 360
CLOSE_SHARE = 0.4
"""Of the world's width: where all sites on Earth lie within less, they are drawn once more, from near."""

MARGIN_DEG, LEAST_DEG, GAP_DEG = 3.0, 30.0, 35.0
"""Around sites; the least that is drawn from west to east, so that coasts are seen; and what parts regions."""
LETTER, LINE = 6.6, 15.0
"""Pixels that a letter of a label is wide, and a line high."""


def figures(facts: Facts) -> Iterator[Figure]:
    """The map, where any cluster says where it is."""
    sites = _sites(facts)
    if not len(sites):
        return
    tracks, flows, stations = _tracks(facts), _flows(facts, sites), _stations(facts)
    tables = {"sites": sites, "tracks": tracks, "flows": flows, "stations": stations}
    regions = _regions(sites[sites["where"] == EARTH])
    said = ["Area of a circle: reference accelerator-hours delivered there."]
    if (sites["where"] == ORBIT).any():
        said.append(
            "Satellites stand where they are when the plan begins; a dashed line is the ground below one orbit."
        )
    if len(flows):
        said.append("Lines: data that go between places, wider for more.")
    if len(stations):
        said.append("Crosses: ground stations.")
    near = {name for _, own in regions for name in own["cluster"]}
    far = _labels(sites[~sites["cluster"].isin(near)], sites, WORLD, HEIGHT)
    labelled = {**tables, "names": far}
    yield Figure("map", "Where", " ".join(said), _chart(labelled), labelled, "sites", HEIGHT, halved=True, heads=HEADS)
    for k, (box, own) in enumerate(regions):
        drawn = {"sites": own, "names": _labels(own, own, box, CLOSE_HEIGHT)}
        title = f"Sites on Earth, {_longitude(box[0])} to {_longitude(box[1])}"
        words = "From near. Area of a circle: reference accelerator-hours delivered there."
        yield Figure(f"map-close-{k + 1}", title, words, _chart(drawn, box), drawn, None, CLOSE_HEIGHT, heads=HEADS)


HEADS = {
    "cluster": "cluster", "where": "where", "hours": "delivered, h", "share": "of all, %", "lat": "latitude",
    "lon": "longitude", "as_if": "planned with as if it operated",
}  # fmt: skip

Box = tuple[float, float, float, float]
"""West, east, south, north, degrees."""


WORLD: Box = (-180.0, 180.0, -90.0, 90.0)


def _longitude(degrees: float) -> str:
    degrees = (degrees + 180) % 360 - 180
    return f"{abs(degrees):.0f}° {'E' if degrees >= 0 else 'W'}"


def _regions(sites: pd.DataFrame) -> list[tuple[Box, pd.DataFrame]]:
    """Sites that lie near each other, where there are several and they fill little of the world; west to east."""
    order = sites.sort_values("lon", kind="stable")
    if len(order) and order["lon"].iloc[0] + 360 - order["lon"].iloc[-1] <= GAP_DEG:  # a region on the date line
        order = _eastward(order)
    region = (order["lon"].diff() > GAP_DEG).cumsum()
    found = [
        (_box(own), own.sort_values("hours", ascending=False, kind="stable", ignore_index=True))
        for _, own in order.groupby(region, sort=False)
        if len(own) > 1
    ]
    return [(box, own) for box, own in found if box is not None]


def _eastward(order: pd.DataFrame) -> pd.DataFrame:
    """Sites from the widest gap on; those east of the date line with longitudes of more than 180 degrees."""
    import pandas as pd

    first = int(order["lon"].diff().fillna(0.0).to_numpy().argmax())
    later = order.head(first)
    return pd.concat([order.iloc[first:], later.assign(lon=later["lon"] + 360)])


def _box(sites: pd.DataFrame) -> Box | None:
    """What holds all sites with a margin, as wide as the picture; None where that is much of the world."""
    west, east = float(sites["lon"].min()) - MARGIN_DEG, float(sites["lon"].max()) + MARGIN_DEG
    south, north = float(sites["lat"].min()) - MARGIN_DEG, float(sites["lat"].max()) + MARGIN_DEG
    ratio = WIDTH / CLOSE_HEIGHT
    wider = max(LEAST_DEG - (east - west), 0.0)
    west, east = west - wider / 2, east + wider / 2
    more_width, more_height = ratio * (north - south) - (east - west), (east - west) / ratio - (north - south)
    west, east = west - max(more_width, 0) / 2, east + max(more_width, 0) / 2
    south, north = south - max(more_height, 0) / 2, north + max(more_height, 0) / 2
    return (west, east, south, north) if east - west < CLOSE_SHARE * 360 and abs(south) < 85 and north < 85 else None


def _sites(facts: Facts) -> pd.DataFrame:
    import pandas as pd

    hours = dict(zip(facts.found.clusters["cluster"], facts.found.clusters["delivered_hours"], strict=True))
    rows = []
    for cluster in facts.scenario.clusters:
        at = _point(facts, cluster)
        if at is None:
            continue
        own = float(hours[cluster.name])
        share = 100 * own / facts.found.delivered if facts.found.delivered else 0.0
        rows.append([cluster.name, facts.place[cluster.name], own, share, *at, "yes" if cluster.as_if else ""])
    columns = ["cluster", "where", "hours", "share", "lat", "lon", "as_if"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("hours", ascending=False, kind="stable", ignore_index=True)


def _point(facts: Facts, cluster: Cluster) -> tuple[float, float] | None:
    """Latitude and longitude, degrees: of a cluster in orbit below it when the plan begins."""
    if cluster.orbit is not None:
        plane = cluster.planes[0] if cluster.planes else None
        lat, lon = ground_track(facts.grid, cluster, plane, np.zeros(1))
        return float(lat[0]), float(lon[0])
    return None if cluster.place is None else (cluster.place.lat, cluster.place.lon)


def _labels(named: pd.DataFrame, drawn: pd.DataFrame, box: Box, height: int) -> pd.DataFrame:
    """Names beside their circles, none over another or over a circle: right, left, above or below, or none at all."""
    import pandas as pd

    west, east, south, north = box
    biggest = float(drawn["hours"].max()) if len(drawn) else 0.0

    def circle(lat: float, lon: float, hours: float) -> tuple[float, float, float]:
        radius = 4 + 11 * (hours / biggest) ** 0.5 if biggest > 0 else 4.0
        return (lon - west) / (east - west) * WIDTH, (north - lat) / (north - south) * height, radius

    circles = [circle(*values) for values in drawn[["lat", "lon", "hours"]].itertuples(index=False)]
    taken: list[Box] = [(x - 0.7 * r, x + 0.7 * r, y - 0.7 * r, y + 0.7 * r) for x, y, r in circles]
    rows = []
    for name, lat, lon, hours in named[["cluster", "lat", "lon", "hours"]].itertuples(index=False):
        x, y, radius = circle(lat, lon, hours)
        long = LETTER * len(str(name))
        ways = (
            ("left", radius, 0.0), ("right", -radius, 0.0),
            ("left", 0.0, -radius - LINE / 2), ("left", 0.0, radius + LINE / 2),
        )  # fmt: skip
        for align, dx, dy in ways:
            left = x + dx - (long if align == "right" else 0.0)
            own = (left, left + long, y + dy - LINE / 2, y + dy + LINE / 2)
            if left >= 0 and left + long <= WIDTH and not any(_over(own, other) for other in taken):
                taken.append(own)
                rows.append([name, lat, lon, align, dx, dy])
                break
    return pd.DataFrame(rows, columns=["cluster", "lat", "lon", "align", "dx", "dy"])


def _over(one: Box, other: Box) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def _tracks(facts: Facts) -> pd.DataFrame:
    """One orbit of each cluster's first plane, in pieces that do not cross the date line."""
    import pandas as pd

    rows = []
    for cluster in facts.scenario.clusters:
        if cluster.orbit is None:
            continue
        hours = np.linspace(0.0, float(period_minutes(cluster.orbit.altitude_km)) / 60, STEPS + 1)
        lat, lon = ground_track(facts.grid, cluster, cluster.planes[0] if cluster.planes else None, hours)
        piece = np.concatenate([[0], np.cumsum(np.abs(np.diff(lon)) > 180)])
        rows += [
            [cluster.name, f"{cluster.name} {n}", k, round(float(lat[k]), 2), round(float(lon[k]), 2)]
            for k, n in enumerate(piece.tolist())
        ]
    return pd.DataFrame(rows, columns=["cluster", "piece", "step", "lat", "lon"])


def _stations(facts: Facts) -> pd.DataFrame:
    import pandas as pd

    rows = {}
    for cluster in facts.scenario.clusters:
        for name in cluster.link.stations if cluster.link is not None else ():
            place = place_of(facts.scenario, name)
            if place is not None:
                rows[name] = [name, place.lat, place.lon]
    return pd.DataFrame(list(rows.values()), columns=["station", "lat", "lon"])


def _flows(facts: Facts, sites: pd.DataFrame) -> pd.DataFrame:
    """TB between homes and clusters, both ways, and of shared data sets; the largest."""
    import pandas as pd

    jobs, runs = facts.scenario.jobs, facts.plan.placements
    moved = runs[runs["kind"].isin(["stage", "unload"]) & (runs["tb"] > 0)]
    home = dict(zip(jobs["job"], jobs["home"], strict=True))
    moved = moved.assign(home=[home[name] for name in moved["job"]], tb=moved["tb"] * moved["count"])
    sums = moved.groupby(["home", "cluster", "kind"])["tb"].sum().reset_index()
    ways = [(place, cluster, "data in" if kind == "stage" else "results out", tb)
            for place, cluster, kind, tb in sums.itertuples(index=False)]  # fmt: skip
    of_set = {data.name: data.home for data in facts.scenario.datasets}
    shared = facts.plan.moves.assign(home=[of_set[name] for name in facts.plan.moves["dataset"]])
    ways += [
        (place, cluster, "shared data in", tb)
        for place, cluster, tb in shared.groupby(["home", "cluster"])["tb"].sum().reset_index().itertuples(index=False)
    ]
    at = {str(name): (lat, lon) for name, lat, lon in sites[["cluster", "lat", "lon"]].itertuples(index=False)}
    rows = []
    for place, cluster, what, tb in ways:
        found = _of_place(facts, place) or at.get(place)
        if found is None or cluster not in at:
            continue
        source, target = (place, *found), (cluster, *at[cluster])
        if what == "results out":
            source, target = target, source
        rows.append([source[0], target[0], what, tb, *source[1:], *target[1:]])
    columns = ["from", "to", "what", "tb", "lat", "lon", "lat2", "lon2"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("tb", ascending=False, kind="stable").head(MOST_FLOWS).reset_index(drop=True)


def _of_place(facts: Facts, name: str) -> tuple[float, float] | None:
    place = place_of(facts.scenario, name)
    return None if place is None else (place.lat, place.lon)


@functools.cache
def _land() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        files("placement.data").joinpath("outline", "land-110m.json").read_text(encoding="utf-8")
    )
    return found


def _chart(tables: dict[str, pd.DataFrame], box: Box | None = None) -> alt.LayerChart:
    import altair as alt

    land = alt.InlineData(values=_land(), format=alt.TopoDataFormat(type="topojson", feature="land"))
    layers: list[Any] = [
        alt.Chart(alt.sphere()).mark_geoshape(fill="transparent", stroke=colour("line"), clip=True),
        alt.Chart(land).mark_geoshape(fill=colour("land"), stroke=colour("line"), strokeWidth=0.5, clip=True),
    ]
    if box is None and len(tables["flows"]):
        layers.append(
            alt.Chart(alt.NamedData("flows"))
            .mark_rule(color=colour("soft"), opacity=0.6)
            .encode(
                latitude="lat:Q", longitude="lon:Q", latitude2="lat2:Q", longitude2="lon2:Q",
                strokeWidth=alt.StrokeWidth("tb:Q", scale=alt.Scale(range=[0.7, 6], zero=True), legend=None),
                tooltip=["from:N", "to:N", "what:N", alt.Tooltip("tb:Q", title="TB", format=",.1f")],
            )
        )  # fmt: skip
    if box is None and len(tables["tracks"]):
        layers.append(
            alt.Chart(alt.NamedData("tracks"))
            .mark_line(strokeDash=[3, 3], strokeWidth=1.3, color=colour("orbit"), opacity=0.75)
            .encode(latitude="lat:Q", longitude="lon:Q", detail="piece:N", order="step:Q", tooltip=["cluster:N"])
        )
    if box is None and len(tables["stations"]):
        layers.append(
            alt.Chart(alt.NamedData("stations"))
            .mark_point(shape="cross", size=45, color=colour("soft"), filled=True)
            .encode(latitude="lat:Q", longitude="lon:Q", tooltip=["station:N"])
        )
    sites = alt.Chart(alt.NamedData("sites")).encode(latitude="lat:Q", longitude="lon:Q")
    layers.append(
        sites.mark_circle(opacity=0.75, stroke=colour("paper"), strokeWidth=1).encode(
            size=alt.Size("hours:Q", scale=alt.Scale(range=[30, 700]), legend=None),
            color=alt.Color(
                "where:N",
                title=None,
                scale=alt.Scale(domain=[EARTH, ORBIT], range=[colour("earth"), colour("orbit")]),
                legend=alt.Legend() if box is None else None,
            ),
            tooltip=[
                "cluster:N", alt.Tooltip("hours:Q", title="delivered, h", format=",.0f"),
                alt.Tooltip("share:Q", title="of all, %", format=".1f"),
            ],
        )
    )  # fmt: skip
    wide = alt.ExprRef("width < 620 ? 0 : 1")
    names = alt.Chart(alt.NamedData("names"))
    ways = tables["names"][["align", "dx", "dy"]].drop_duplicates()
    for align, dx, dy in ways.itertuples(index=False):
        own = f"datum.align == '{align}' && datum.dx == {dx} && datum.dy == {dy}"
        layers.append(
            names.transform_filter(own)
            .mark_text(align=align, dx=dx, dy=dy, baseline="middle", fontSize=11, opacity=wide)
            .encode(latitude="lat:Q", longitude="lon:Q", text="cluster:N")
        )
    if box is None:
        return alt.LayerChart(layer=layers).project("equirectangular")
    west, east, south, north = box
    return alt.LayerChart(layer=layers).project(
        "equirectangular",
        scale=alt.ExprRef(f"width * {math.degrees(1) / (east - west)}"),
        rotate=[-(west + east) / 2, 0, 0],
        center=[0, (south + north) / 2],
        translate=alt.ExprRef("[width / 2, height / 2]"),
    )
