"""The roof: pages and tags that draw on every floor below."""
