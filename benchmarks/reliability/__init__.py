"""Commands that measure the reliability of the package and write the results to files."""
