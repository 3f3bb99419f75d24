"""The hot loops as functions of arrays: arrays in, arrays out. They know options and meters only."""
