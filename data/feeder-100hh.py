#!/usr/bin/env python3
"""Writes feeder-100hh.json: a low-voltage feeder for the 100 households of the SimBench week.

    data/feeder-100hh.py            writes the file beside this script
    data/feeder-100hh.py --check    fails if the file is not what this script writes

The network is invented. Nobody's network is like it, and no measurement of one went into it. It is made of parts as
villages in Central Europe have them, so that some lines bind in some cycles:

- A transformer of 400 kVA, 20 kV to 400 V, short-circuit voltage 4 %, short-circuit losses 4.6 kW: seen from 400 V that
  is 16 milliohm, of them 5 resistance. The root is the 20 kV side, as seen from the low voltage; the busbar S is behind it.
- Four branches of seven buses each, and households on the 28 buses in turn (H000 on A1, H001 on A2, ..., H028 on A1).
  A and B are cable NAYY 4x150 (0.206 + j 0.080 ohm/km), 40 and 60 m from bus to bus, with fuses of 250 A: 173 kW.
  C is cable NAYY 4x50 (0.641 + j 0.085 ohm/km), 50 m from bus to bus, with fuses of 100 A: 69 kW.
  D is an old overhead line 4x35 of aluminium (0.83 + j 0.31 ohm/km), 45 m from bus to bus, with fuses of 63 A: 43 kW.
- The transformer's tap gives 410 V without load. Voltages stay within 10 % of 400 V, as EN 50160 demands.
- The base is what the 100 households do not have: street lamps at each bus from 22:00 to 5:00 (60 W each); a bakery at
  B5 from 2:00 to 11:00 except on Sundays; a workshop at C4, on weekdays from 7:00 to 18:00 and on Saturdays to 13:00, with
  a kiln until 21:00; a barn with 60 kWp of photovoltaics at D6. The barn follows the households' own photovoltaics,
  hour by hour, from simbench_100hh_7d_15min_pv_Wh.csv. All else is a flat load with cos phi 0.95.
  The workshop leaves little room outward on branch C by day, the barn little room inward on branch D about noon.
"""

import csv
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(HERE, "feeder-100hh.json")
PV = os.path.join(HERE, "simbench_100hh_7d_15min_pv_Wh.csv")
META = os.path.join(HERE, "simbench_100hh_meta.csv")

BUSES = 7
# Branch: milliohm of resistance and reactance per km, metres from bus to bus, limit in W.
BRANCHES = {
    "A": (206, 80, 40, 173_000),
    "B": (206, 80, 60, 173_000),
    "C": (641, 85, 50, 69_000),
    "D": (830, 310, 45, 43_000),
}


def lines():
    """The transformer and the lines of the branches."""
    yield {"from": "T", "to": "S", "r": 5, "x": 15, "limit": 400_000}
    for branch, (r, x, metres, limit) in BRANCHES.items():
        near = "S"
        for number in range(1, BUSES + 1):
            far = f"{branch}{number}"
            yield {"from": near, "to": far, "r": round(r * metres / 1000), "x": round(x * metres / 1000), "limit": limit}
            near = far


def sun():
    """For each hour of the week its name and the households' photovoltaics, as parts of a thousand of the best hour."""
    with open(PV, encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    hours = [(rows[at][0], sum(int(cell) for row in rows[at : at + 4] for cell in row[1:])) for at in range(0, len(rows), 4)]
    best = max(energy for _, energy in hours)
    return [(slot, energy * 1000 // best) for slot, energy in hours]


def loads(slot, day, permille):
    """What flows in an hour without the 100 households. Days count from Monday, 0."""
    hour = int(slot[11:13])
    of = {}

    def add(bus, p, q):
        was = of.get(bus, (0, 0))
        of[bus] = (was[0] + p, was[1] + q)

    if hour >= 22 or hour < 5:
        for branch in BRANCHES:
            for number in range(1, BUSES + 1):
                add(f"{branch}{number}", 60, 20)
    if day != 6 and 2 <= hour < 11:
        add("B5", 22_000, 7_231)
    if (day < 5 and 7 <= hour < 18) or (day == 5 and 7 <= hour < 13):
        add("C4", 61_000, 20_050)
    elif day < 5 and 18 <= hour < 21:
        add("C4", 66_000, 21_693)
    if permille > 0:
        add("D6", -42 * permille, 0)
    return [{"bus": bus, "p": p, "q": q} for bus, (p, q) in sorted(of.items())]


def text():
    """The file."""
    with open(META, encoding="utf-8") as file:
        households = [row["household"] for row in csv.DictReader(file)]
    buses = [f"{branch}{number}" for branch in BRANCHES for number in range(1, BUSES + 1)]
    fields = {
        "format": "veilgrid-grid-week/1",
        "cycle_seconds": 900,
        "root_mv": 410_000,
        "v_min_mv": 360_000,
        "v_max_mv": 440_000,
        "buses": ["T", "S", *buses],
        "lines": list(lines()),
        "base": [{"from": slot, "loads": loads(slot, hour // 24, part)} for hour, (slot, part) in enumerate(sun())],
        "places": {household: buses[index % len(buses)] for index, household in enumerate(households)},
    }
    # One line for each entry of a list or a table.
    parts = []
    for name, value in fields.items():
        if name in ("lines", "base"):
            rows = ",\n".join(f"    {json.dumps(entry)}" for entry in value)
            parts.append(f'  "{name}": [\n{rows}\n  ]')
        else:
            parts.append(f'  "{name}": {json.dumps(value)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main():
    if sys.argv[1:] == ["--check"]:
        with open(FILE, encoding="utf-8") as file:
            if file.read() != text():
                sys.exit(f"{FILE} is not what {__file__} writes")
        return
    with open(FILE, "w", encoding="utf-8") as file:
        file.write(text())


main()
