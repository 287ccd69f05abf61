"""What the reliability of the package is measured by: commands that look for what breaks, and the numbers that they write down."""
