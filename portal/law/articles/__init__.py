"""The articles of the Measures in our own words: what each asks, and the check that shows that the portal keeps it."""

from portal.law.articles.duties import DUTY_ARTICLES
from portal.law.articles.general import GENERAL_ARTICLES
from portal.law.articles.opening import OPENING_ARTICLES
from portal.law.terms import Article

ARTICLES: tuple[Article, ...] = (*GENERAL_ARTICLES, *OPENING_ARTICLES, *DUTY_ARTICLES)
