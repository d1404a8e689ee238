"""`manage.py demo_load`: fills an empty portal with made-up departments, people, data and cases."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from demo.load import CannotLoad, counts, load
from demo.people import PASSWORD

CONSENT = "--yes-this-is-a-demo"


def add_consent(parser: ArgumentParser) -> None:
    """Adds the option without which nothing of the demonstration happens in production."""
    parser.add_argument(CONSENT, action="store_true", dest="consent", help="allow it outside the embedded mode")


def require_consent(options: dict[str, Any]) -> None:
    """Refuses to touch a production portal unless the operator says that it is a demonstration."""
    if not settings.EMBEDDED and not options["consent"]:
        raise CommandError(
            f"这里是生产环境，示例账号的密码是公开的。确实是演示用途，请加上 {CONSENT}。/ "
            f"This is a production portal and the demonstration's password is public. Add {CONSENT} if it is meant."
        )


class Command(BaseCommand):
    """Loads everything or nothing; a second run finds it there and does nothing."""

    help = "Loads the demonstration by the real services, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        add_consent(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, showing progress, and sum up."""
        require_consent(options)
        began = time.monotonic()
        try:
            loaded = load(self._say, now=timezone.now())
        except CannotLoad as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as stopped:
            raise CommandError(
                "已中断，数据库没有改动；再次运行时从头载入。/ "
                "Interrupted: the database is as it was, and the next run begins anew."
            ) from stopped
        if not loaded:
            self._say("示例数据已在数据库中，没有改动。/ The demonstration is already there; nothing was changed.")
            return
        for name, count in counts():
            self._say(f"  {name}：{count:,}")
        self._say(
            f"示例数据已载入，用时 {time.monotonic() - began:.0f} 秒 / loaded in {time.monotonic() - began:.0f} s"
        )
        self._say(f"所有示例账号的密码 / password of all accounts: {PASSWORD}（manage.py demo_accounts）")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
