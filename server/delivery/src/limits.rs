//! Which limits hold for a pass: those written in the work tree, those of the base branch where they are lower, and what
//! people have approved beyond them.
//!
//! A branch cannot raise the budget it spends from: the base's limit holds beside its own. An approval is a decision over
//! one limit of one scope and period and adds to exactly that one; it counts where this user made it here, or a signer
//! that the base names has signed it. Nobody but the user raises what the user's own configuration allows.

use crate::attest;
use crate::budget::{self, Calendar, Place, ScopeLimit, SetBy};
use crate::world::World;
use spec::cost::Scope;
use spec::record::{BudgetRaise, Decision, ReviewerKind, Strength, Verdict};
use spec::{Project, SpecFile, Usd};
use std::sync::Arc;

/// What people have approved beyond limits, as far as it counts.
#[derive(Clone, Debug)]
pub struct Raises<'a>(Vec<&'a BudgetRaise>);

impl<'a> Raises<'a> {
    /// Of all decisions of a project.
    pub fn of(project: &'a Project, world: &World) -> Raises<'a> {
        let (base, asked) = (world.base.as_deref(), strength(project, world));
        let counts = |(file, decision): (&'a Arc<SpecFile>, &'a Decision)| {
            let made = &decision.predicate;
            let raise = made.budget.as_ref().filter(|raise| raise.more > Usd::ZERO)?;
            let weighed = attest::weigh(decision, file.blob(), world.signatures.get(&file.blob()), base);
            let person = made.reviewer_kind == ReviewerKind::Human && made.decision == Verdict::Approved;
            let known = weighed.vouched || world.decided.contains(&file.blob());
            (person && known && weighed.void.is_none() && weighed.strength >= asked).then_some(raise)
        };
        Raises(project.decisions().filter_map(counts).collect())
    }
}

/// Every limit that holds for a pass of a ticket, wide to narrow; none when the time is not known.
pub fn limits(
    project: &Project,
    world: &World,
    raises: &Raises<'_>,
    (ticket, workflow, pass): (&str, Option<&str>, &str),
) -> Vec<ScopeLimit> {
    let Some(calendar) = Calendar::at(&world.now) else { return Vec::new() };
    let written = |project: &Project, user: &[spec::model::Budget]| {
        let config = project.config().map(|(_, config)| config);
        let place = Place::of(&world.repository, config, ticket, pass);
        let workflow = workflow.and_then(|name| project.workflow(name)).map(|(_, workflow)| workflow);
        let ticket = project.ticket(ticket).map(|(_, ticket)| ticket);
        budget::limits(&place, &calendar, user, config, workflow, ticket)
    };
    let mut limits = written(project, &world.budgets);
    if let Some(base) = &world.base {
        for mut old in written(&base.project, &[]) {
            let kept = |own: &ScopeLimit| {
                let strict =
                    own.approval_at_limit >= old.approval_at_limit && own.pause_over_limit >= old.pause_over_limit;
                own.set_by != SetBy::User && same(own, &old.scope, &old.period_name) && own.limit <= old.limit && strict
            };
            if !limits.iter().any(kept) {
                old.base = Some(base.name.clone());
                limits.push(old);
            }
        }
        limits.sort_by_key(|limit| budget::width(&limit.scope));
    }
    for limit in limits.iter_mut().filter(|limit| limit.set_by != SetBy::User) {
        let fits = |raise: &&&BudgetRaise| same(limit, &raise.scope, &raise.period) && raise.limit == limit.limit;
        limit.approved = raises.0.iter().filter(fits).map(|raise| raise.more).sum();
        limit.limit = limit.limit.plus(limit.approved);
    }
    limits
}

fn same(limit: &ScopeLimit, scope: &Scope, period: &str) -> bool {
    limit.scope == *scope && limit.period_name == period
}

/// What a run books on: where its money stands by the work tree, and by the base branch, so that another project id does
/// not begin with empty books.
pub fn books(project: &Project, world: &World, ticket: &str, pass: &str) -> Vec<(Scope, String)> {
    let Some(calendar) = Calendar::at(&world.now) else { return Vec::new() };
    let of = |project: &Project| {
        let config = project.config().map(|(_, config)| config);
        Place::of(&world.repository, config, ticket, pass).books(&calendar)
    };
    let mut books = of(project);
    for book in world.base.iter().flat_map(|base| of(&base.project)) {
        if !books.contains(&book) {
            books.push(book);
        }
    }
    books
}

/// How hard an approval must be to forge: the most that the policy here and on the base branch asks for.
pub fn strength(project: &Project, world: &World) -> Strength {
    let policy = |project: &Project| Some(project.config()?.1.strength.as_ref()?.value);
    let asked = [policy(project), world.base.as_deref().and_then(|base| policy(&base.project))];
    asked.into_iter().flatten().max().unwrap_or(Strength::Ui)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attest::Base;
    use crate::testing::{Bench, SHOP};

    fn said(bench: &Bench) -> Vec<String> {
        let shown = |limit: &ScopeLimit| {
            let base = limit.base.as_deref().unwrap_or("here");
            format!("{} {} {base}", budget::whose(limit), limit.limit)
        };
        let raises = Raises::of(&bench.project, &bench.world);
        let limits = limits(&bench.project, &bench.world, &raises, ("feat-1", Some("feature"), "spec"));
        limits.iter().map(shown).collect()
    }

    #[test]
    fn a_branch_cannot_raise_the_budget_it_spends_from() {
        let mut bench = Bench::new(SHOP);
        let base = Base { name: "origin/main".into(), project: bench.project.clone(), ..Base::default() };
        bench.world.base = Some(Arc::new(base));
        let config = ".tollgate/config.yaml";
        assert_eq!(said(&bench), ["project month $100.00 here", "ticket $10.00 here"]);
        bench.replace(config, "limit_usd: 10}", "limit_usd: 5}");
        assert_eq!(said(&bench), ["project month $100.00 here", "ticket $5.00 here"], "a lower one is free");
        bench.replace(config, "limit_usd: 5}", "limit_usd: 50}");
        let both = ["project month $100.00 here", "ticket $50.00 here", "ticket $10.00 origin/main"];
        assert_eq!(said(&bench), both);
        bench.replace(config, "limit_usd: 50}", "limit_usd: 10, at_limit: warn}");
        assert!(said(&bench).contains(&"ticket $10.00 origin/main".to_owned()), "a milder one is another one");
        bench.replace(config, "  - {scope: project, period: month, limit_usd: 100}\n", "");
        assert!(said(&bench).contains(&"project month $100.00 origin/main".to_owned()), "none is more than one");
        bench.replace(config, "{id: shop}", "{id: other}");
        let names = said(&bench);
        assert!(names.contains(&"project month $100.00 origin/main".to_owned()), "{names:?}");
        let books = books(&bench.project, &bench.world, "feat-1", "spec");
        for id in ["shop", "other"] {
            assert!(books.contains(&(Scope::Project(id.into()), "2026-11".into())), "{id}");
        }
    }

    #[test]
    fn an_approval_adds_to_the_one_limit_it_is_over() {
        let mut bench = Bench::new(SHOP);
        let usd = |text: &str| Usd::parse(text).unwrap();
        let raise = |limit: &str, more: &str| BudgetRaise {
            scope: Scope::Ticket("shop/feat-1".into()),
            period: String::new(),
            limit: usd(limit),
            more: usd(more),
        };
        let blob = bench.raise(raise("10", "2.5"));
        assert_eq!(said(&bench)[1], "ticket $10.00 here", "somebody says that it was approved");
        bench.world.decided.insert(blob);
        assert_eq!(said(&bench)[1], "ticket $12.50 here");
        let second = bench.raise(raise("10", "1"));
        bench.world.decided.insert(second);
        assert_eq!(said(&bench)[1], "ticket $13.50 here");
        for wrong in
            [raise("12.5", "4"), raise("10", "-4"), BudgetRaise { period: "2026-11".into(), ..raise("10", "4") }]
        {
            let blob = bench.raise(wrong);
            bench.world.decided.insert(blob);
        }
        assert_eq!(said(&bench)[1], "ticket $13.50 here");
        bench.replace(".tollgate/config.yaml", "limit_usd: 10}", "limit_usd: 11}");
        assert_eq!(said(&bench)[1], "ticket $11.00 here", "it was about another limit");
    }
}
