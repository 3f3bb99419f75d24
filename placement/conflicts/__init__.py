"""Why no plan exists: demands that cannot be met together, and the least change that helps."""
