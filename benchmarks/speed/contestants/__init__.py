"""Contestants, one file per library.

The functions of a contestant are named after topics. Each takes arrays and returns the call that is
timed.
"""
