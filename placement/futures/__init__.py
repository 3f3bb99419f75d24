"""A plan under many futures: what is drawn, what becomes of the plan, what it costs (`docs/futures.md`)."""
