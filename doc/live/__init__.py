"""Networks of the page "Live", which run in the browser."""
