from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    """Gives versions that stand their moment of publication, and resources the settings of their last upload."""
    apps.get_model("opendata", "ResourceVersion").objects.filter(published_at=None).update(published_at=F("created_at"))
    jobs = apps.get_model("opendata", "IngestJob").objects.filter(state="succeeded").exclude(overrides={})
    for job in jobs.order_by("created_at").select_related("resource"):
        job.resource.settings = job.overrides
        job.resource.save(update_fields=["settings"])


class Migration(migrations.Migration):
    dependencies = [("opendata", "0004_versions_uploads_exports_privacy")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
