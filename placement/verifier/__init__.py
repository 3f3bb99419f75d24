"""An independent check of plans: every rule and every dollar again, from docs/model.md alone."""

from placement.verifier.findings import RULES, Finding, Verification
from placement.verifier.verify import verify

__all__ = ["RULES", "Finding", "Verification", "verify"]
