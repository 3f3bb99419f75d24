"""A term and an importer for placement."""
