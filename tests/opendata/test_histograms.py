"""Column profiles as drawings: shapes within their box, words and a table for those who do not see them."""

import pytest

from opendata.histograms import HEIGHT, WIDTH, histogram_of, written
from opendata.models import ResourceVersion
from tests.factories import CONDITIONAL, make_entry, make_grant, make_resource

BINS = [["0", "10", 5], ["10", "20", 0], ["20", "30", 20]]


def test_bins_fill_the_drawing_and_are_said():
    drawn = histogram_of({"type": "integer", "histogram": BINS, "min": "1", "max": "27"})
    assert [bar.height for bar in drawn.bars] == [9.0, 0.0, HEIGHT]
    assert [bar.y + bar.height for bar in drawn.bars] == [HEIGHT] * 3
    assert drawn.bars[-1].x + drawn.bars[-1].width <= WIDTH
    assert (drawn.low, drawn.high) == ("1", "27")
    assert "20 – 30" in drawn.spoken
    assert "20" in drawn.spoken


def test_one_row_among_a_million_is_still_seen():
    drawn = histogram_of({"histogram": [["0", "1", 1], ["1", "2", 1_000_000]]})
    assert drawn.bars[0].height == 1


def test_values_are_lying_bars_and_all_of_them_stand_in_the_table():
    drawn = histogram_of({"histogram": [[f"v{n}", 20 - n] for n in range(12)]})
    assert not drawn.ordered
    assert [bar.width for bar in drawn.bars][:2] == [WIDTH, 144.4]
    assert len(drawn.first) == 5
    assert len(drawn.bars) == 12
    assert "v0" in drawn.spoken
    assert [bar.label for bar in histogram_of({"histogram": [["true", 3], ["false", 1]]}).bars] == ["是", "否"]


@pytest.mark.parametrize("profile", [{}, {"histogram": []}, {"histogram": [["a", 1], ["b", 1]]}])
def test_nothing_is_drawn_where_there_is_nothing_to_compare(profile):
    assert histogram_of(profile) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12.50", "12.5"),
        (0.1 + 0.2, "0.3"),
        ("1234567.891", "1234570"),
        ("100000", "100000"),
        ("2026-05-01", "2026-05-01"),
        ("0.000001234", "0.000001234"),
        ("-3", "-3"),
        ("NaN", "NaN"),
        ("1" * 30, "1.11111e+29"),
    ],
)
def test_ends_are_written_short(value, text):
    assert written(value) == text


@pytest.mark.django_db
def test_the_page_draws_profiles_for_whom_the_figures_are(client, cast):
    entry = make_entry(cast, "3065/0002", **CONDITIONAL)
    resource = make_resource(cast, entry)
    version = ResourceVersion.objects.get(pk=resource.current_id)
    version.columns[2] |= {"histogram": BINS, "unit": "µg/m³", "min": "12.00", "max": "150.75"}
    version.columns[0] |= {"histogram": [["0164A</svg>", 2], ["0171B", 2]]}
    version.columns[1] |= {"histogram": []}
    version.save(update_fields=["columns"])
    client.force_login(cast.registrar)
    shown = client.get(f"/resources/{resource.pk}/").content.decode()
    assert shown.count('<svg class="profile"') == 1
    assert "µg/m³" in shown
    assert "12.00 – 150.75" in shown
    assert "20.0 %" in shown
    assert "0164A&lt;/svg&gt;" in shown
    assert "style=" not in shown
    make_grant(cast.applicant, entry, columns=["station", "pm25"])
    client.force_login(cast.applicant)
    narrowed = client.get(f"/resources/{resource.pk}/?preview=1").content.decode()
    client.logout()
    for html in (narrowed, client.get(f"/resources/{resource.pk}/").content.decode()):
        assert '<svg class="profile"' not in html
        assert "12.00 – 150.75" not in html
        assert "µg/m³" in html
