"""The rule sets that the portal knows, each with the date from which it is in force (Art. 47).

Rules are dated configuration: the Measures of 2023 were issued for two years and newer acts stand beside them, so a
later set can be added here while each case keeps the set under which it began.
"""

from datetime import date

from portal.law.articles import ARTICLES
from portal.law.clocks import CLOCKS
from portal.law.codes import CODE_LISTS
from portal.law.fields import FIELDS
from portal.law.machines import MACHINES
from portal.law.needs import NEEDS
from portal.law.roles import ROLES
from portal.law.terms import RuleSet, Text
from portal.law.words import WORDS

RULES = RuleSet(
    id="xinjiang-2023",
    title=Text(
        "新疆维吾尔自治区公共数据管理办法（试行）",
        "Measures of the Xinjiang Uygur Autonomous Region on public data (trial)",
    ),
    source=Text(
        "新政办发〔2023〕11号，2023年2月17日印发",
        "Document 11 (2023) of the General Office of the regional government, issued on 17 February 2023",
    ),
    in_force_from=date(2023, 2, 17),
    articles=ARTICLES,
    machines=MACHINES,
    roles=ROLES,
    clocks=CLOCKS,
    code_lists=CODE_LISTS,
    words=WORDS,
    fields=FIELDS,
    needs=NEEDS,
)


def rule_sets() -> tuple[RuleSet, ...]:
    """Give every rule set, the oldest first."""
    return (RULES,)


def get(rule_set_id: str) -> RuleSet:
    """Give the rule set of this id, as a case kept it; KeyError when there is none."""
    for rules in rule_sets():
        if rules.id == rule_set_id:
            return rules
    raise KeyError(f"no rule set is called {rule_set_id!r}")


def in_force(on: date) -> RuleSet:
    """Give the rule set under which a case begins on a day; LookupError before the first set came into force."""
    begun = [rules for rules in rule_sets() if rules.in_force_from <= on]
    if not begun:
        raise LookupError(f"no rule set was in force on {on.isoformat()}")
    return max(begun, key=lambda rules: rules.in_force_from)
