"""Filters and facets: right counts under the other filters, clear errors, nothing of what is not public."""

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from catalogue.availability import entry_withdraw
from catalogue.filters import EntryFilter, entries_matching, facets
from catalogue.models import Entry
from portal.accounts.actors import Actor
from tests.factories import CONDITIONAL, make_draft, make_entry, now

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries(cast):
    make_entry(cast, "1/1", title="冰川编目", domain="environment", update_frequency="yearly", region_id="650100")
    make_entry(cast, "1/2", title="冰川厚度", domain="technology", format_class="database", covers_from="2019-05-01")
    make_entry(cast, "1/3", title="学校名录", domain="education", **CONDITIONAL)
    make_entry(cast, "1/4", title="学校师资", domain="education", covers_from="2001-01-01", covers_to="2003-12-31")
    make_draft(cast, "1/9", title="机密冰川", domain="weather", update_frequency="static")
    gone = make_entry(cast, "1/8", title="撤回冰川", domain="culture", library="none")
    entry_withdraw(gone, actor=Actor.of_user(cast.officer), now=now(), note="不应开放")
    return Entry.objects.open_to_public()


def codes(entries, query):
    return sorted(entries_matching(entries, QueryDict(query)).qs.values_list("code", flat=True))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["1/1", "1/2", "1/3", "1/4"]),
        ("unknown=1&cursor=x", ["1/1", "1/2", "1/3", "1/4"]),
        ("q=冰川", ["1/1", "1/2"]),
        ("q=冰川&domain=technology", ["1/2"]),
        ("domain=technology&domain=education", ["1/2", "1/3", "1/4"]),
        ("open_class=conditional", ["1/3"]),
        ("open_class=non_open", []),
        ("format=database", ["1/2"]),
        ("update_frequency=yearly", ["1/1"]),
        ("update_frequency=static", []),
        ("region=650100", ["1/1"]),
        ("region=650000&region=650100", ["1/1", "1/2", "1/3", "1/4"]),
        ("department=xj-env", ["1/1", "1/2", "1/3", "1/4"]),
        ("department=xj-health", []),
        ("jurisdiction=650000", ["1/1", "1/2", "1/3", "1/4"]),
        ("jurisdiction=653100", []),
        ("library=none", ["1/1", "1/2", "1/3", "1/4"]),
        ("domain=culture", []),
        ("year=2002", ["1/4"]),
        ("year=2004", []),
        ("year=2019", ["1/2"]),
        ("year=2030", ["1/2"]),
    ],
)
def test_filters(entries, query, found):
    assert codes(entries, query) == found


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("domain=nowhere", "domain"),
        ("domain=education&domain=%00", "domain"),
        ("open_class=UNCONDITIONAL", "open_class"),
        ("department=nobody", "department"),
        ("department=%00", "department"),
        ("region=000000", "region"),
        ("jurisdiction='", "jurisdiction"),
        ("format=csv", "format"),
        ("update_frequency=1", "update_frequency"),
        ("library=x", "library"),
        ("year=soon", "year"),
        ("year=1e400", "year"),
        ("year=NaN", "year"),
        ("year=2020.5", "year"),
        ("year=99999", "year"),
        ("q=%00", "q"),
    ],
)
def test_a_wrong_value_names_its_parameter(entries, query, parameter):
    with pytest.raises(ValidationError) as refused:
        entries_matching(entries, QueryDict(query))
    assert list(refused.value.message_dict) == [parameter]


def counts(entries, query):
    return {f.name: {o.value: o.count for o in f.options} for f in facets(entries, QueryDict(query))}


def test_facets_count_public_entries_alone(entries):
    found = counts(entries, "")
    assert found["domain"] == {"environment": 1, "technology": 1, "education": 2}
    assert found["open_class"] == {"unconditional": 3, "conditional": 1}
    assert found["department"] == {"xj-env": 4}
    assert found["region"] == {"650000": 3, "650100": 1}
    assert found["format"] == {"spreadsheet": 3, "database": 1}
    assert found["update_frequency"] == {"daily": 3, "yearly": 1}
    assert found["library"] == {"none": 4}


def test_a_facet_counts_under_the_other_filters_but_not_under_its_own(entries):
    found = counts(entries, "q=学校&open_class=conditional&domain=environment")
    assert found["domain"] == {"education": 1, "environment": 0}
    assert found["open_class"] == {"conditional": 0}
    assert found["department"] == {}
    found = counts(entries, "domain=education")
    assert found["domain"] == {"environment": 1, "technology": 1, "education": 2}
    assert found["open_class"] == {"unconditional": 1, "conditional": 1}


def test_facets_mark_what_is_chosen_and_bear_labels(entries):
    domain = next(f for f in facets(entries, QueryDict("domain=education")) if f.name == "domain")
    assert {o.value for o in domain.options if o.selected} == {"education"}
    assert domain.selected
    assert str(domain.label) == "领域"
    assert [str(o.label) for o in domain.options if o.value == "education"] == ["教育"]


def test_facets_of_words_count_matches_and_never_a_draft(entries):
    found = counts(entries, "q=机密")
    assert all(options == {} for options in found.values())
    assert counts(entries, "q=冰川")["domain"] == {"environment": 1, "technology": 1}


def test_every_facet_is_a_filter(entries):
    assert {f.name for f in facets(entries, QueryDict())} <= set(EntryFilter.base_filters)


def test_the_order_fits_cursors(entries):
    assert entries_matching(entries, QueryDict("q=冰川")).ordering == ("-rank", "-first_published_at", "code")
    assert entries_matching(entries, QueryDict("")).ordering == ("-first_published_at", "code")


def test_the_number_of_queries_does_not_grow_with_the_entries(cast, entries, django_assert_num_queries):
    with django_assert_num_queries(9):
        facets(entries, QueryDict("q=冰川&domain=technology"))
    for number in range(12):
        make_entry(cast, f"2/{number}", title=f"冰川 {number}")
    with django_assert_num_queries(9):
        facets(entries, QueryDict("q=冰川&domain=technology"))
