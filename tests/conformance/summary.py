#!/usr/bin/env python3
"""Judges one run of the conformance suite by its reports: summary.py PROFILE RESULTS_DIR

The reports must exist, belong to the profile that was asked for, and count enough tests: the suite exits with
success when it could not read its configuration. Nothing may have failed and nothing may have been skipped.
"""
import os
import re
import sys
import xml.etree.ElementTree as xml

# Fewer tests than this mean that a part of the suite did not run.
FEWEST_TESTS = 800
MOST_SHOWN = 50


def configuration_problems(profile, results):
    with open(os.path.join(results, "results.yaml"), encoding="utf-8") as file:
        text = file.read()
    version = re.search(r'^  version: "?([^"\n]+)"?$', text, re.M)
    if not version or version.group(1) != profile:
        yield "results.yaml is of version %s, wanted %s" % (version and version.group(1), profile)
    if not re.search(r"^    sparse: true$", text, re.M):
        yield "results.yaml says that sparse manifests were not tested"


def main():
    profile, results = sys.argv[1:]
    try:
        problems = list(configuration_problems(profile, results))
        report = xml.parse(os.path.join(results, "junit.xml")).getroot()
    except (OSError, xml.ParseError) as err:
        print("conformance %s: the suite left no readable report: %s" % (profile, err))
        log = os.path.join(results, "suite.log")
        if os.path.exists(log):
            with open(log, encoding="utf-8", errors="replace") as file:
                print("".join(file.readlines()[-20:]), end="")
        print("conformance-%s: 0 passed, 1 failed" % profile)
        return 1
    count = {name: int(report.get(name, 0)) for name in ("tests", "errors", "failures", "skipped", "disabled")}
    failed = count["errors"] + count["failures"]
    passed = count["tests"] - failed - count["skipped"] - count["disabled"]
    if count["tests"] <= FEWEST_TESTS:
        problems.append("the suite counted %d tests only, wanted more than %d" % (count["tests"], FEWEST_TESTS))
    if count["skipped"]:
        problems.append("%d tests were skipped, wanted none" % count["skipped"])
    bad = [case for case in report.iter("testcase") if case.get("status") in ("failure", "error", "skipped")]
    # "skipped" in this report is also what the profile leaves out; those cases carry no message.
    bad = [case for case in bad if case.get("status") != "skipped" or case.findtext("system-out")]
    for case in bad[:MOST_SHOWN]:
        message = (case.findtext("system-out") or "").strip().replace("\n", "\n       ")
        print("%-7s %s\n       %s" % (case.get("status").upper(), case.get("name"), message[:600]))
    if len(bad) > MOST_SHOWN:
        print("and %d more" % (len(bad) - MOST_SHOWN))
    for problem in problems:
        print("conformance %s: %s" % (profile, problem))
    print("conformance %s: %d tests, %d of them outside the profile" % (profile, count["tests"], count["disabled"]))
    print("conformance-%s: %d passed, %d failed, %d skipped" % (profile, passed, failed + len(problems), count["skipped"]))
    return 1 if failed or problems else 0


if __name__ == "__main__":
    sys.exit(main())
