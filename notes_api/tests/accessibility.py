"""What axe-core finds on a page in the browser."""

from notes_api.tests.node_packages import PACKAGES

RUN = """
const [context, done] = arguments;
axe.run(context, {resultTypes: ["violations"]}).then(results => done(results.violations.map(
    violation => [violation.impact, violation.id, violation.nodes.map(node => node.html.slice(0, 200))])))
"""


def violations(browser, context="html"):
    """Return the rules that the page, or its part, breaks seriously or critically, each with the elements."""
    browser.script((PACKAGES / "axe-core" / "axe.min.js").read_text())
    found = browser.script_async(RUN, context)
    return {rule: elements for impact, rule, elements in found if impact in ("serious", "critical")}
