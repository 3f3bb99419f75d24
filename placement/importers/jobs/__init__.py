"""Jobs of other programs as rows of the jobs table: one module for each format, and what they share."""
