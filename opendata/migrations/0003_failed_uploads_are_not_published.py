"""Words only: an upload that failed is "not published"; "refused" is the word for an application."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("opendata", "0002_kept_three_years")]

    operations = [
        migrations.AlterField(
            model_name="ingestjob",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "waiting"),
                    ("running", "being read"),
                    ("succeeded", "published"),
                    ("failed", "not published"),
                ],
                default="queued",
                max_length=16,
            ),
        )
    ]
