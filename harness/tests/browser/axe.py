"""What does axe-core find on an opened page?"""

from axe_playwright_python.sync_playwright import Axe

from harness.tests.browser.visit import Visit

GRAVE = ("serious", "critical")


def grave(visit: Visit) -> list[str]:
    """Findings that keep a reader from something: impact, rule, where, and the first places."""
    found = Axe().run(visit.page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['impact']}: {one['id']}, {one['help']}, {len(one['nodes'])} times, as in "
        + "; ".join(node["html"][:150] for node in one["nodes"][:3])
        for one in found
        if one["impact"] in GRAVE
    ]
