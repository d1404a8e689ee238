"""Resources, their immutable versions, the jobs that make them, and who may use them (Art. 10, 15, 24–29, 45)."""

from __future__ import annotations

from opendata.models.exports import Export
from opendata.models.grants import APIKey, Grant, Use
from opendata.models.intake import IngestJob, Upload
from opendata.models.privacy import Deidentification, PersonalDataDecision
from opendata.models.resources import Blob, Resource, ResourceGroupObjectPermission, ResourceUserObjectPermission
from opendata.models.versions import ResourceVersion

__all__ = [
    "APIKey",
    "Blob",
    "Deidentification",
    "Export",
    "Grant",
    "IngestJob",
    "PersonalDataDecision",
    "Resource",
    "ResourceGroupObjectPermission",
    "ResourceUserObjectPermission",
    "ResourceVersion",
    "Upload",
    "Use",
]
