"""axe-core looks at the page as it is now: contrast, names, roles, order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "console/node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


async def serious_findings(page: Page) -> list[str]:
    """What would keep somebody out: the rule, what to do, and where, of every serious or critical finding."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate("tags => axe.run(document, { runOnly: tags })", TAGS)
    return [
        f"{finding['id']}: {finding['help']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for finding in found["violations"]
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]
