"""Lets a step say its items one by one: the defects of a return, the entry and reason of a review (Art. 29)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0002_report_secret_misses"),
    ]

    operations = [
        migrations.AddField(
            model_name="step",
            name="data",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
