"""What ships with the package: the catalogue, its series, and scenarios. Read through `placement.catalog`."""
