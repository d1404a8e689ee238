"""The log of use is kept at least three years: the database refuses to change a row or delete a younger one (Art. 15)."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION use_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '3 years' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the log of use is kept for three years: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER use_log_kept BEFORE UPDATE OR DELETE ON opendata_use
    FOR EACH ROW EXECUTE FUNCTION use_log_refuse();
CREATE TRIGGER use_log_no_truncate BEFORE TRUNCATE ON opendata_use
    FOR EACH STATEMENT EXECUTE FUNCTION use_log_refuse();
"""
BACKWARD = """
DROP TRIGGER use_log_no_truncate ON opendata_use;
DROP TRIGGER use_log_kept ON opendata_use;
DROP FUNCTION use_log_refuse();
"""


class Migration(migrations.Migration):
    """Adds the triggers."""

    dependencies = [("opendata", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
