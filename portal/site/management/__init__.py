"""Commands of the roof: what `manage.py` offers for the portal as a whole."""
