"""axe-core looks at the page as it is now: contrast, names, roles, order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "console/node_modules/axe-core/axe.min.js"
VIOLATIONS = """
tags => axe.run(document, { runOnly: tags, resultTypes: ["violations"] }).then((found) => found.violations)
"""
"""All of them; what it found in order, element by element, would take longer to bring here than to find."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


async def serious_findings(page: Page) -> list[str]:
    """What would keep somebody out: the rule, what to do, and where, of every serious or critical finding."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(AXE.read_text("utf-8"))
    violations: list[dict[str, Any]] = await page.evaluate(VIOLATIONS, TAGS)
    return [
        f"{finding['id']}: {finding['help']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for finding in violations
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]
