"""`whence explain`: what a rule looks for, why, and how it looks when it is right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import click

from whence.cli.stopping import Stop
from whence.rules import every_rule
from whence.vocabulary.rule import Rule


@click.command()
@click.argument("rule_id", metavar="[RULE]", required=False)
def explain(rule_id: str | None) -> None:
    """Print the page of RULE: the danger, an attack, the fix, the score, bad and good examples.

    Without RULE, list all rules by section of the catalogue.
    """
    rules = {rule.id: rule for rule in every_rule()}
    if rule_id is None:
        click.echo(_listing(rules.values()))
    elif rule_id in rules:
        click.echo(page_text(rules[rule_id]))
    else:
        near = difflib.get_close_matches(rule_id, rules, 1)
        hint = f"did you mean {near[0]}?" if near else "`whence explain` lists all rules"
        raise Stop(f"there is no rule {rule_id}: {hint}")


def page_text(rule: Rule) -> str:
    """The page as Markdown, under a head that says what the decorator and the place say."""
    return (
        f"# {rule.id}\n\n"
        f"{rule.category.value} · {rule.severity.value} · confidence {rule.confidence.value}"
        f" · {', '.join(rule.references)}\n\n{rule.page.text}"
    )


def _listing(rules: Iterable[Rule]) -> str:
    lines = []
    section = ""
    for rule in sorted(rules, key=lambda each: (each.section, each.id)):
        if rule.section != section:
            section = rule.section
            lines.append(f"\n{section}")
        lines.append(f"  {rule.id:32} {rule.severity.value:9} {rule.page.summary}")
    return "\n".join(lines).strip()
