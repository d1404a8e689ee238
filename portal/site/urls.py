"""Addresses of this floor."""

from typing import Any

urlpatterns: list[Any] = []
