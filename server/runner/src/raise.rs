//! More money than a budget allows: a person approves it for one scope and period, by the rules of gates.

use crate::decided::{self, Seen};
use crate::gate::under_a_run;
use crate::run::RunError;
use crate::world::{Site, now};
use delivery::budget::{Objection, SetBy, whose};
use delivery::gate::{NewDecision, budget_subject, decision};
use delivery::plan::{Plan, plan};
use delivery::world::Overrides;
use spec::Usd;
use spec::record::{BudgetRaise, ReviewerKind, Strength, Verdict};
use store::Store;
use text::BlobId;

/// A pass that a budget stops.
pub struct Stopped {
    plan: Plan,
    at: usize,
    objection: Objection,
    seen: Seen,
    asked: Strength,
}

impl Stopped {
    /// Plans the ticket; none where no budget stops the pass (the named one, else the first that one stops).
    pub fn find(
        site: &mut Site,
        store: &dyn Store,
        ticket: &str,
        pass: Option<&str>,
    ) -> Result<Option<Stopped>, RunError> {
        let project = site.project()?;
        let world = site.world(&project, Some(store), ticket, Overrides::default())?;
        let plan = plan(&project, ticket, &world);
        let meant = |id: &str| pass.is_none_or(|pass| pass == id);
        let Some(at) = plan.passes.iter().position(|pass| pass.over.is_some() && meant(&pass.id)) else {
            return Ok(None);
        };
        let asked = delivery::limits::strength(&project, &world);
        let objection = plan.passes[at].over.clone();
        Ok(objection.map(|objection| Stopped {
            at,
            objection,
            asked,
            seen: Seen::of(&project, ticket, world.base),
            plan,
        }))
    }

    /// The pass.
    pub fn pass(&self) -> &str {
        &self.plan.passes[self.at].id
    }

    /// What stands against it.
    pub fn objection(&self) -> &Objection {
        &self.objection
    }

    /// What an approval would be about, in words: `$2.00 more for the project month budget (2026-11)`.
    pub fn words(&self, more: Usd) -> String {
        let limit = &self.objection.limit;
        let period = if limit.period_name.is_empty() { String::new() } else { format!(" ({})", limit.period_name) };
        format!("{more} more for the {} budget{period}", whose(limit))
    }

    /// Why nobody can approve it here, if so.
    pub fn barred(&self, site: &Site) -> Option<String> {
        (self.objection.limit.set_by == SetBy::User).then(|| {
            let file = site.home.configuration.display();
            format!("the {} budget is your own: change it in {file}", whose(&self.objection.limit))
        })
    }

    /// Records that a person allows so much more. Answers the record's path from the root.
    pub fn approve(&self, site: &Site, more: Usd, reason: &str, channel: &str) -> Result<String, RunError> {
        if under_a_run() {
            return Err(RunError::Refused("a run cannot approve its own money".to_owned()));
        }
        if let Some(why) = self.barred(site) {
            return Err(RunError::Refused(why));
        }
        if more <= Usd::ZERO {
            return Err(RunError::Refused("the amount must be more than nothing".to_owned()));
        }
        let limit = &self.objection.limit;
        let raise = BudgetRaise {
            scope: limit.scope.clone(),
            period: limit.period_name.clone(),
            limit: limit.limit.minus(limit.approved),
            more,
        };
        let pass = &self.plan.passes[self.at];
        let (id, time, reviewer) = (uuid::Uuid::now_v7().to_string(), now(), decided::person());
        let workflow_blob = self.plan.workflow_file.as_ref().and_then(|file| file.blob);
        let decision = decision(NewDecision {
            id: &id,
            time: &time,
            ticket: &self.plan.ticket.id,
            workflow: self.plan.workflow.workflow.as_deref().unwrap_or_default(),
            workflow_blob: workflow_blob.unwrap_or_else(|| BlobId::of(b"")),
            pass: &pass.id,
            attempt: pass.attempt,
            run: None,
            verdict: Verdict::Approved,
            reason,
            criteria: Vec::new(),
            subjects: vec![budget_subject(&raise)],
            budget: Some(raise),
            reviewer_kind: ReviewerKind::Human,
            reviewer: &reviewer,
            generator: None,
            channel,
            strength: decided::strength(site),
            supersedes: None,
        })
        .map_err(RunError::Refused)?;
        decided::write(site, &self.seen, self.asked, decision)
    }
}
