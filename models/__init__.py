"""The mixed-integer model in Pyomo, the mathematics on top of each file, and the solver it is handed to."""
