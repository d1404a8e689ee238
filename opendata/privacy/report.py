"""A record of de-identification as JSON: the same for the download and for the API. Nothing of the data itself."""

from __future__ import annotations

from typing import Any

from opendata.models import Deidentification
from opendata.privacy.deidentify import reaches_thresholds


def measurements(made: Deidentification) -> dict[str, Any]:
    """Returns the record: plan, roles, thresholds, what was measured before and after, and the decision."""
    return {
        "id": str(made.pk),
        "state": made.state,
        "problem": made.problem,
        "made_from": {"resource": str(made.source.resource_id), "version": made.source.number},
        "target": str(made.target_id) if made.target_id else None,
        "job": str(made.job_id) if made.job_id else None,
        "plan": made.plan,
        "quasi_identifiers": made.quasi_identifiers,
        "sensitive": made.sensitive,
        "thresholds": {"k": made.k_wanted, "l": made.l_wanted},
        "before": made.before,
        "after": made.after,
        "reaches_thresholds": reaches_thresholds(made),
        "output_sha256": made.output_id,
        "made_at": made.made_at.isoformat(),
        "decided_at": made.decided_at.isoformat() if made.decided_at else None,
        "decision_note": made.decision_note,
    }
