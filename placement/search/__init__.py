"""Plans and bounds beside the exact model: construction, pricing."""
