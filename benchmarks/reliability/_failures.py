"""The minimised case of a failed property as a test to paste."""

import re

CALL = re.compile(
    r"^(?:Failing test case|Falsifying example): (\w+\(.*?)^\)$", re.DOTALL | re.MULTILINE)
DRAWN = re.compile(
    r"^Draw \d+(?: \([^)]*\))?: (.*?)(?=^Draw \d+|^Explanation|^-{5,}|^$|^You can reproduce|\Z)",
    re.DOTALL | re.MULTILINE)
BLOB = re.compile(r"@reproduce_failure\((.*?)\)", re.DOTALL)
ERROR = re.compile(r"^([A-Z]\w*(?:Error|Warning|Exception)\b.*)$", re.MULTILINE)


def as_test(line):
    """Return the failed property as a separate test with the key of the case.

    Comments above it contain the drawn values and the error.
    """
    # prefixes of lines by pytest and exception groups
    report = re.sub(r"^(?:E )?[|+ ]*", "", line["report"], flags=re.MULTILINE)
    name = re.search(r"def (test_\w+)\(", line["source"])[1]
    path, _, which = line["test"].partition("::")
    errors, call, blob = ERROR.findall(report), CALL.search(report), BLOB.search(report)
    comments = [
        f"Seed {line['seed']}: {line['test']}", *errors[-1:],
        *(call[0].splitlines() if call else [])]
    comments += [
        text for found in DRAWN.findall(report) for text in f"drawn: {found.strip()}".splitlines()]
    comments += [
        f"Paste below that property in {path}, import reproduce_failure from hypothesis, and "
        "choose the case by its name:"]
    comments += [
        f"pytest {path} -k {name.replace('test_', '', 1) + '_again'!r}"
        + f"  # {which}" * ("[" in which)]
    above = [f"# {text}" for text in comments if text]
    key = re.sub(r"\s+", " ", blob[1]) if blob else "...  # hypothesis has given no key"
    return "\n".join(
        [
            *above, f"@reproduce_failure({key})",
            line["source"].replace(f"def {name}(", f"def {name}_again(")])
