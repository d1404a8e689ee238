"""The articles of the Measures in our own words."""

from portal.law.terms import Article

ARTICLES: tuple[Article, ...] = ()
