"""Pure functions of arrays: orbits, sunlight, power in eclipse, contacts, latency, goodput."""
