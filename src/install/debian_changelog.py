#!/usr/bin/env python3
"""Makes the changelog of the Debian package from CHANGELOG.md: deb-changelog(5), in which a release is one entry.

    debian_changelog.py CHANGELOG.md VERSION DATE MAINTAINER     prints it
"""

import datetime
import re
import sys
import textwrap


def entry(version, date, maintainer, changes):
    day = datetime.datetime.strptime(date, "%Y-%m-%d").strftime("%a, %d %b %Y 00:00:00 +0000")
    items = "\n".join(
        textwrap.fill(change, 78, initial_indent="  * ", subsequent_indent="    ", break_on_hyphens=False)
        for change in changes)
    return f"bulkdrop ({version}) unstable; urgency=medium\n\n{items}\n\n -- {maintainer}  {day}\n"


def releases(text):
    """(heading, changes) of each section, newest first."""
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        changes = re.findall(r"^- (.*(?:\n  .*)*)", body, re.MULTILINE)
        yield heading.strip(), [" ".join(change.replace("`", "").split()) for change in changes]


def main():
    path, version, date, maintainer = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        found = list(releases(file.read()))
    entries = []
    for heading, changes in found:
        # "Unreleased" is what is packaged now; a release is headed by its version and date.
        released = re.fullmatch(r"(\d\S*) \((\d{4}-\d\d-\d\d)\)", heading)
        if not released and heading != "Unreleased":
            sys.exit(f"{path}: '## {heading}' is neither 'Unreleased' nor 'VERSION (DATE)'")
        entries.append(entry(*(released.groups() if released else (version, date)), maintainer, changes))
    if not entries:
        sys.exit(f"{path}: no section begins with '## '")
    sys.stdout.write("\n".join(entries))


if __name__ == "__main__":
    main()
