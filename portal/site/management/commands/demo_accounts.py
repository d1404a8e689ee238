"""`manage.py demo_accounts`: prints the accounts of the demonstration, and what to try with each."""

from __future__ import annotations

import unicodedata
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from demo.load import standing
from demo.people import ACCOUNTS, PASSWORD
from portal.site.management.commands.demo_load import add_consent, require_consent

WIDTHS = (38, 34, 22, 0)


def padded(text: str, width: int) -> str:
    """Returns the text filled up to a width in which a Chinese character takes two places."""
    taken = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    return text + " " * max(0, width - taken)


class Command(BaseCommand):
    """Says so, with exit status 1, where the demonstration is not loaded."""

    help = "Prints the accounts of the demonstration: role, e-mail, password, what to try."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        add_consent(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table."""
        require_consent(options)
        if not standing().is_complete:
            raise CommandError(
                "没有载入示例数据，请先运行 demo_load。/ The demonstration is not loaded: run demo_load."
            )
        rows = [("角色", "邮箱", "密码", "可以试试"), ("Role", "E-mail", "Password", "What to try")]
        for account in ACCOUNTS:
            rows.append((account.part.zh, account.email, PASSWORD, account.does.zh))
            rows.append((account.part.en, "", "", account.does.en))
        for row in rows:
            cells = (padded(cell, width) for cell, width in zip(row, WIDTHS, strict=True))
            self.stdout.write("".join(cells).rstrip())
