//! `budget/above-parent`: a limit above the one around it.

use super::context::*;

pub(super) const RULE: Rule = Rule {
    id: "budget/above-parent",
    severity: Severity::Warning,
    why: "The wider limit stops the work first, so this one never does what it says.",
    bad: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
budget: {limit_usd: ⟦20⟧}
---
"#,
    )],
    good: &[(
        ".tollgate/tickets/t-1.md",
        r#"---
schema_version: 1
id: t-1
title: A lamp flickers
status: To Do
type: feature
budget: {limit_usd: 10}
---
"#,
    )],
    fix: "Lower it, or raise the limit around it.",
    files: Files::Ours,
    check,
};

use spec::Usd;
use spec::model::{BudgetLimit, BudgetScope, Period};

/// A limit that others must stay under.
struct Parent {
    name: &'static str,
    amount: Usd,
    path: String,
    span: Span,
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(config) = context.config() {
        for budget in &config.budgets {
            let (Some(scope), Some(limit)) = (&budget.scope, &budget.limit) else { continue };
            let period = budget.period.as_ref().map(|period| period.value).unwrap_or_default();
            compare(context, limit, &parents(context, scope.value, period), found);
        }
    }
    if let Some(workflow) = context.workflow() {
        let ticket = parents(context, BudgetScope::Pass, Period::Lifetime);
        if let Some(limit) = &workflow.budget {
            // What a ticket may cost in a workflow is a ticket's limit too.
            let around: Vec<Parent> = ticket.into_iter().filter(|parent| parent.name != "a pass").collect();
            compare(context, limit, &around, found);
        }
        for pass in &workflow.passes {
            let Some(usd) = &pass.settings.usd else { continue };
            let mut around = parents(context, BudgetScope::Pass, Period::Lifetime);
            around.extend(of_config(context, BudgetScope::Pass));
            around.extend(workflow.budget.as_ref().map(|limit| parent("this workflow", limit, context.path())));
            report(context, usd.value, usd.span, &around, found);
        }
    }
    if let Some(limit) = context.ticket().and_then(|ticket| ticket.budget.as_ref()) {
        compare(context, limit, &parents(context, BudgetScope::Pass, Period::Lifetime), found);
    }
}

fn compare(context: &Context<'_>, limit: &BudgetLimit, around: &[Parent], found: &mut Vec<Diagnostic>) {
    report(context, limit.limit.value, limit.limit.span, around, found);
}

fn report(context: &Context<'_>, amount: Usd, span: Span, around: &[Parent], found: &mut Vec<Diagnostic>) {
    let Some(parent) = around.iter().filter(|parent| amount > parent.amount).min_by_key(|parent| parent.amount) else {
        return;
    };
    // Amounts that differ only where people are not shown it are said in full.
    let same = amount.to_string() == parent.amount.to_string();
    let say = |amount: Usd| if same { format!("${}", amount.exact()) } else { amount.to_string() };
    let message = format!("{} is above the limit of {} ({})", say(amount), parent.name, say(parent.amount));
    let diagnostic = RULE.at(span, message).related(&parent.path, parent.span, "the limit around it");
    let lower = parent.amount.exact();
    found.push(diagnostic.fix(format!("Lower it to {lower}"), context.path(), span, lower));
}

fn parent(name: &'static str, limit: &BudgetLimit, path: &str) -> Parent {
    Parent { name, amount: limit.limit.value, path: path.to_owned(), span: limit.limit.span }
}

/// The config's budgets of wider scopes, of a period at least as long (a ticket may take longer than a day or a week).
fn parents(context: &Context<'_>, scope: BudgetScope, period: Period) -> Vec<Parent> {
    let Some((file, config)) = context.project.config() else { return Vec::new() };
    let wider = config.budgets.iter().filter(|budget| budget.scope.as_ref().is_some_and(|other| other.value < scope));
    wider
        .filter(|budget| {
            let theirs = budget.period.as_ref().map(|period| period.value).unwrap_or_default();
            length(theirs) >= length(period).min(length(Period::Month))
        })
        .filter_map(|budget| Some(parent(name(budget.scope.as_ref()?.value), budget.limit.as_ref()?, &file.path)))
        .collect()
}

/// The config's budget of exactly this scope.
fn of_config(context: &Context<'_>, scope: BudgetScope) -> Option<Parent> {
    let (file, config) = context.project.config()?;
    let budget =
        config.budgets.iter().find(|budget| budget.scope.as_ref().is_some_and(|other| other.value == scope))?;
    Some(parent(name(scope), budget.limit.as_ref()?, &file.path))
}

fn length(period: Period) -> u8 {
    match period {
        Period::Day => 0,
        Period::Week => 1,
        Period::Month => 2,
        Period::Lifetime => 3,
    }
}

fn name(scope: BudgetScope) -> &'static str {
    match scope {
        BudgetScope::Org => "the organisation",
        BudgetScope::Team => "the team",
        BudgetScope::Project => "the project",
        BudgetScope::Ticket => "a ticket",
        BudgetScope::Pass => "a pass",
    }
}
