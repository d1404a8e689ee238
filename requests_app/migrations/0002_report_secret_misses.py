"""Counts wrong secrets on a report, so that guessing is slowed (Art. 30)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="report",
            name="secret_missed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="report",
            name="secret_misses",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
