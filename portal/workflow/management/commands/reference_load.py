"""manage.py reference_load: writes the jurisdictions and the shipped calendar."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.workflow.reference import reference_load


class Command(BaseCommand):
    """Loads the reference rows; safe to run again."""

    help = "Write the jurisdictions and the shipped calendar days that are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Loads and says how many rows there are."""
        counts = reference_load()
        self.stdout.write(f"jurisdictions {counts['jurisdictions']}, calendar days {counts['days']}")
