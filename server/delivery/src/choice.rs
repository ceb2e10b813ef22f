//! Which workflow a ticket goes through: the one it pins, else the one that declares itself for tickets of its kind.

use serde::Serialize;
use spec::model::{Ticket, Workflow};
use spec::{NameKind, Project};

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WorkflowChoice {
    /// The workflow's name; none when nothing or too much fits.
    pub workflow: Option<String>,
    /// Why, in a sentence.
    pub why: String,
    /// Workflows that were looked at and why they are not it.
    pub rejected: Vec<(String, String)>,
}

/// Chooses. A pinned name that does not exist is never replaced by another.
pub fn choose(project: &Project, ticket: &Ticket) -> WorkflowChoice {
    if let Some(pinned) = &ticket.workflow {
        let found = project.workflow(&pinned.value).is_some();
        let name = crate::prompt::one_line(&pinned.value, 60);
        let why = if found {
            format!("the ticket says `workflow: {name}`")
        } else {
            format!("the ticket says `workflow: {name}`, and there is no such workflow")
        };
        return WorkflowChoice { workflow: found.then(|| pinned.value.clone()), why, rejected: Vec::new() };
    }
    let (best, mut rejected) = fitting(project, ticket);
    match best.as_slice() {
        [] => WorkflowChoice { workflow: None, why: nothing(ticket, rejected.is_empty()), rejected },
        [(name, why)] => WorkflowChoice { workflow: Some(name.clone()), why: why.clone(), rejected },
        several => {
            let names: Vec<String> = several.iter().map(|(name, _)| format!("`{name}`")).collect();
            let why = format!("{} all fit; write `workflow:` in the ticket", names.join(", "));
            rejected.extend(several.iter().map(|(name, _)| (name.clone(), "it is not the only one that fits".into())));
            WorkflowChoice { workflow: None, why, rejected }
        }
    }
}

/// A workflow's name, and the reason for or against it in a sentence.
pub type Reasoned = (String, String);

/// The workflows that declare themselves for a ticket like this, those alone that ask for most of its labels; then all
/// others.
pub fn fitting(project: &Project, ticket: &Ticket) -> (Vec<Reasoned>, Vec<Reasoned>) {
    let mut fitting: Vec<(String, Fit)> = Vec::new();
    let mut rejected = Vec::new();
    for name in project.defined(NameKind::Workflow) {
        let Some((_, workflow)) = project.workflow(&name.text) else { continue };
        match fit(workflow, ticket) {
            Ok(fit) => fitting.push((name.text.clone(), fit)),
            Err(why) => rejected.push((name.text.clone(), why)),
        }
    }
    let most = fitting.iter().map(|(_, fit)| fit.labels).max().unwrap_or(0);
    let (best, rest): (Vec<_>, Vec<_>) = fitting.into_iter().partition(|(_, fit)| fit.labels == most);
    rejected
        .extend(rest.into_iter().map(|(name, _)| (name, "another one asks for more of the ticket's labels".into())));
    (best.into_iter().map(|(name, fit)| (name, fit.why)).collect(), rejected)
}

/// How well a workflow fits.
struct Fit {
    labels: usize,
    why: String,
}

fn fit(workflow: &Workflow, ticket: &Ticket) -> Result<Fit, String> {
    let has = |label: &str| ticket.labels.iter().any(|own| own.eq_ignore_ascii_case(label));
    if let Some(missing) = workflow.required_labels.iter().find(|label| !has(&label.value)) {
        return Err(format!("the ticket has no label `{}`", missing.value));
    }
    if workflow.ticket_types.is_empty() && workflow.required_labels.is_empty() {
        return Err("it names no ticket types and no labels".to_owned());
    }
    let labels = workflow.required_labels.len();
    if workflow.ticket_types.is_empty() {
        return Ok(Fit { labels, why: "the ticket has all labels it asks for".to_owned() });
    }
    let Some(own) = &ticket.ticket_type else { return Err("the ticket has no type".to_owned()) };
    if workflow.ticket_types.iter().any(|served| served.eq_ignore_ascii_case(&own.value)) {
        Ok(Fit { labels, why: format!("it serves tickets of type `{}`", crate::prompt::one_line(&own.value, 40)) })
    } else {
        Err(format!("it does not serve type `{}`", crate::prompt::one_line(&own.value, 40)))
    }
}

fn nothing(ticket: &Ticket, none_there: bool) -> String {
    if none_there {
        return "there is no workflow".to_owned();
    }
    match &ticket.ticket_type {
        Some(own) => format!("no workflow serves tickets of type `{}`", crate::prompt::one_line(&own.value, 40)),
        None => "the ticket has neither `workflow:` nor a type that a workflow serves".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;

    fn workflow(name: &str, ticket: &str) -> String {
        format!(
            "//- .tollgate/workflows/{name}.md\n---\nschema_version: 1\nname: {name}\nticket: {ticket}\npasses: []\n---\n"
        )
    }

    fn chosen(keys: &str) -> WorkflowChoice {
        let text = [
            workflow("feature", "{types: [feature, task]}"),
            workflow("urgent", "{types: [bug], required_labels: [urgent]}"),
            workflow("bug", "{types: [bug]}"),
            workflow("spike-a", "{types: [spike]}"),
            workflow("spike-b", "{types: [spike]}"),
            format!(
                "//- .tollgate/tickets/t.md\n---\nschema_version: 1\nid: t\ntitle: t\nstatus: To Do\n{keys}\n---\n"
            ),
        ];
        let bench = Bench::new(&text.concat());
        choose(&bench.project, bench.project.ticket("t").unwrap().1)
    }

    #[test]
    fn a_pin_wins_and_is_never_replaced() {
        assert_eq!(chosen("type: bug\nworkflow: feature").workflow.as_deref(), Some("feature"));
        let missing = chosen("type: bug\nworkflow: nope");
        assert_eq!(missing.workflow, None);
        assert_eq!(missing.why, "the ticket says `workflow: nope`, and there is no such workflow");
    }

    #[test]
    fn types_and_labels_choose() {
        assert_eq!(chosen("type: Task").workflow.as_deref(), Some("feature"));
        let bug = chosen("type: bug");
        assert_eq!(bug.workflow.as_deref(), Some("bug"));
        assert!(bug.rejected.contains(&("urgent".to_owned(), "the ticket has no label `urgent`".to_owned())));
        assert_eq!(chosen("type: bug\nlabels: [urgent]").workflow.as_deref(), Some("urgent"), "the narrower one");
        let spike = chosen("type: spike");
        assert_eq!(spike.workflow, None);
        assert_eq!(spike.why, "`spike-a`, `spike-b` all fit; write `workflow:` in the ticket");
        assert_eq!(chosen("type: chore").why, "no workflow serves tickets of type `chore`");
    }
}
