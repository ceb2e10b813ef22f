//! Reads `.tollgate/config.yaml`.

use crate::model::{
    AgentRow, Budget, BudgetScope, Candidate, Config, DocsDefault, DocsMode, Period, Resource, RulePaths, Tier,
};
use crate::problem::{Problem, ProblemKind};
use crate::read;
use crate::values;
use std::collections::BTreeMap;
use syntax::yaml::{Entry, Node};
use text::Spanned;

pub(crate) fn config(root: &Node, problems: &mut Vec<Problem>) -> Config {
    let nothing = Node::null(0);
    let map = |key: &str| root.get(key).unwrap_or(&nothing);
    let (project, policy) = (map("project"), map("policy"));
    let config = Config {
        project: read::text(project, "id"),
        team: read::text(project, "team"),
        org: read::text(project, "org"),
        ticket_source: read::text(map("tickets"), "source"),
        tiers: map("tiers").entries().iter().map(tier).collect(),
        budgets: map("budgets").items().iter().map(budget).collect(),
        max_tier: read::text(policy, "max_tier"),
        allowed_models: read::list(policy, "allowed_models"),
        distinct_families_for_review: read::boolean(policy, "distinct_families_for_review", false),
        strength: crate::gate::strength(policy),
        records_local: map("records").scalar() == Some("local"),
        resources: map("resources").items().iter().map(resource).collect(),
        pools: map("pools")
            .entries()
            .iter()
            .map(|entry| (entry.key.clone(), read::integer(&entry.value, "max_concurrent")))
            .collect(),
        agents: map("agents").entries().iter().map(agent_row).collect(),
        categories: read::list(root, "categories"),
        severities: severities(map("rules")),
        rule_paths: map("rules").get("paths").map(Node::items).unwrap_or_default().iter().map(rule_paths).collect(),
        docs: map("docs").items().iter().map(docs_default).collect(),
    };
    read::duplicates("resource", config.resources.iter().filter_map(|resource| resource.id.as_ref()), problems);
    duplicate_scopes(&config, problems);
    config
}

fn tier(entry: &Entry) -> Tier {
    let candidate = |node: &Node| Candidate {
        harness: read::text(node, "harness"),
        model: read::text(node, "model"),
        effort: read::text(node, "effort"),
        span: node.span,
    };
    Tier { name: entry.key.clone(), candidates: entry.value.items().iter().map(candidate).collect() }
}

fn budget(node: &Node) -> Budget {
    Budget {
        scope: read::text(node, "scope").and_then(scope),
        period: read::text(node, "period").and_then(period),
        limit: read::limit(node),
        at_limit: read::text(node, "at_limit"),
        over_limit: read::text(node, "over_limit"),
        span: node.span,
    }
}

fn scope(word: Spanned<String>) -> Option<Spanned<BudgetScope>> {
    let value = match word.value.as_str() {
        "org" => BudgetScope::Org,
        "team" => BudgetScope::Team,
        "project" => BudgetScope::Project,
        "ticket" => BudgetScope::Ticket,
        "pass" => BudgetScope::Pass,
        _ => return None,
    };
    Some(Spanned::new(value, word.span))
}

fn period(word: Spanned<String>) -> Option<Spanned<Period>> {
    let value = match word.value.as_str() {
        "day" => Period::Day,
        "week" => Period::Week,
        "month" => Period::Month,
        "lifetime" => Period::Lifetime,
        _ => return None,
    };
    Some(Spanned::new(value, word.span))
}

fn resource(node: &Node) -> Resource {
    Resource {
        id: read::text(node, "id"),
        kind: read::text(node, "kind"),
        capacity: read::integer(node, "capacity"),
        span: node.span,
    }
}

/// `severity` of `rules`, or of an element of `rules.paths`. A rule that stands twice has its first word.
fn severities(map: &Node) -> BTreeMap<String, Spanned<String>> {
    let entries = map.get("severity").map(Node::entries).unwrap_or_default();
    let words = entries.iter().rev().filter_map(|entry| Some((entry.key.value.clone(), read::word(&entry.value)?)));
    words.collect()
}

fn rule_paths(node: &Node) -> RulePaths {
    let paths = read::list(node, "paths");
    let globs = values::globs(paths.iter().map(|glob| glob.value.as_str()));
    RulePaths { paths, globs, severities: severities(node), span: node.span }
}

fn docs_default(node: &Node) -> DocsDefault {
    let globs = |key: &str| values::globs(read::list(node, key).iter().map(|glob| glob.value.as_str()));
    let mode = match node.get("mode").and_then(Node::scalar) {
        Some("warn") => Some(DocsMode::Warn),
        Some("suggest") => Some(DocsMode::Suggest),
        Some("off") => Some(DocsMode::Off),
        _ => None,
    };
    DocsDefault {
        paths: globs("path"),
        exclude: globs("exclude"),
        kind: read::text(node, "kind"),
        facets: read::list(node, "facet"),
        owner: read::text(node, "owner"),
        mode,
    }
}

fn agent_row(entry: &Entry) -> AgentRow {
    AgentRow {
        name: entry.key.clone(),
        file: read::text(&entry.value, "file"),
        category: read::text(&entry.value, "category"),
        tier: read::text(&entry.value, "tier"),
        span: entry.key.span.cover(entry.value.span),
    }
}

/// One scope may have one budget a period.
fn duplicate_scopes(config: &Config, problems: &mut Vec<Problem>) {
    let mut seen: Vec<(BudgetScope, Period, text::Span)> = Vec::new();
    for budget in &config.budgets {
        let Some(scope) = &budget.scope else { continue };
        let period = budget.period.as_ref().map(|period| period.value).unwrap_or_default();
        match seen.iter().find(|(other, when, _)| (*other, *when) == (scope.value, period)) {
            Some((_, _, first)) => {
                let id = format!("{:?}", scope.value).to_ascii_lowercase();
                let kind = ProblemKind::DuplicateId { what: "budget scope", id, first: *first };
                problems.push(Problem { kind, span: scope.span });
            }
            None => seen.push((scope.value, period, scope.span)),
        }
    }
}
