//! The values of a workflow's inputs. Later wins: the workflow's default, the ticket, the command line. A value that the
//! input does not allow is refused: nothing that names it goes on, and no weaker value stands in for it.
//!
//! Values are data: they are filled in as one line, never as a template, and never become part of a command.

use crate::prompt::one_line;
use crate::world::Overrides;
use serde::Serialize;
use spec::model::{InputDecl, Ticket, Workflow};
use text::Spanned;

/// Who says a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sayer {
    /// The workflow's default.
    Default,
    /// The ticket.
    Ticket,
    /// The command line, for this time only.
    CommandLine,
}

impl Sayer {
    /// In words for people.
    pub fn word(self) -> &'static str {
        match self {
            Sayer::Default => "workflow default",
            Sayer::Ticket => "ticket",
            Sayer::CommandLine => "command line",
        }
    }
}

/// What is said of an input from weak to strong: the last one holds.
pub fn said<'a>(input: &'a InputDecl, ticket: &'a Ticket, overrides: &'a Overrides) -> Vec<(Sayer, &'a str)> {
    let default = input.default.as_ref().map(|default| (Sayer::Default, default.value.as_str()));
    let own = ticket.inputs.iter().find(|(name, _)| name.value == input.name.value);
    let own = own.map(|(_, value)| (Sayer::Ticket, value.value.as_str()));
    let given = overrides.inputs.get(&input.name.value).map(|given| (Sayer::CommandLine, given.as_str()));
    [default, own, given].into_iter().flatten().collect()
}

/// Why an input does not take a value, as a sentence without its end.
pub fn refusal(input: &InputDecl, value: &str) -> Option<String> {
    let (name, shown) = (one_line(&input.name.value, 40), one_line(value, 40));
    let kind = input.kind.as_ref().map(|kind| kind.value.as_str());
    if !input.allowed.is_empty() && !input.allowed.iter().any(|word| word.value == value) {
        return Some(format!("`{shown}` is not in the `enum` of input `{name}`"));
    }
    match kind {
        Some("boolean") if !matches!(value, "true" | "false") => {
            Some(format!("`{shown}` is neither `true` nor `false`, as input `{name}` has to be"))
        }
        Some("number") if value.parse::<f64>().is_err() => {
            Some(format!("`{shown}` is no number, as input `{name}` has to be"))
        }
        _ => None,
    }
}

/// Inputs that a ticket sets and its workflow does not declare.
pub fn unknown<'a>(workflow: &'a Workflow, ticket: &'a Ticket) -> impl Iterator<Item = &'a Spanned<String>> {
    let declared = |name: &str| workflow.inputs.iter().any(|input| input.name.value == name);
    ticket.inputs.iter().map(|(name, _)| name).filter(move |name| !declared(&name.value))
}

/// An input as a plan shows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct InputView {
    /// Its name.
    pub name: String,
    /// The value that holds; none where nobody says one.
    pub value: Option<String>,
    /// Who says it.
    pub set_by: Option<Sayer>,
    /// Why the value cannot be used, if so.
    pub refused: Option<String>,
}

impl InputView {
    /// In one line for people.
    pub fn words(&self) -> String {
        let name = one_line(&self.name, 60);
        match (&self.value, self.set_by) {
            (Some(value), Some(by)) => {
                let why = self.refused.as_ref().map_or(String::new(), |why| format!(", refused: {why}"));
                format!("{name} = {} ({}){why}", one_line(value, 80), by.word())
            }
            _ => format!("{name} has no value"),
        }
    }
}

/// The inputs of a workflow in its order, with what holds for a ticket.
pub fn views(workflow: &Workflow, ticket: &Ticket, overrides: &Overrides) -> Vec<InputView> {
    let view = |input: &InputDecl| {
        let holds = said(input, ticket, overrides).pop();
        InputView {
            name: input.name.value.clone(),
            value: holds.map(|(_, value)| value.to_owned()),
            set_by: holds.map(|(by, _)| by),
            refused: holds.and_then(|(_, value)| refusal(input, value)),
        }
    };
    workflow.inputs.iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PassState;
    use crate::testing::{Bench, SHOP};

    const TICKET: &str = ".tollgate/tickets/feat-1.md";
    const WORKFLOW: &str = ".tollgate/workflows/feature.md";

    /// The shop, whose first task names the input, with these lines in its ticket.
    fn bench(lines: &str) -> Bench {
        let mut bench = Bench::new(SHOP);
        bench.replace(WORKFLOW, "Say what", "For {{ inputs.scope }}: say what");
        bench.replace(TICKET, "\nstatus:", &format!("\n{lines}status:"));
        bench
    }

    fn task(bench: &Bench) -> String {
        let prompt = bench.pass("spec").prompt.unwrap_or_default();
        prompt.lines().find(|line| line.contains("say what")).unwrap_or_default().to_owned()
    }

    #[test]
    fn the_default_gives_way_to_the_ticket_and_that_to_the_command_line() {
        let mut plain = bench("");
        assert!(task(&plain).starts_with("For full:"), "{}", task(&plain));
        assert_eq!(plain.plan().inputs[0].words(), "scope = full (workflow default)");
        let mut own = bench("inputs: {scope: backend-only}\n");
        assert!(task(&own).starts_with("For backend-only:"), "{}", task(&own));
        assert_eq!(own.plan().inputs[0].words(), "scope = backend-only (ticket)");
        for bench in [&mut plain, &mut own] {
            bench.world.overrides.inputs.insert("scope".into(), "full".into());
            assert!(task(bench).starts_with("For full:"));
            assert_eq!(bench.plan().inputs[0].set_by, Some(Sayer::CommandLine));
        }
        let shown = crate::explain::text(None, &bench("inputs: {scope: backend-only}\n").plan());
        assert!(shown.contains("\n  input     scope = backend-only (ticket)\n"), "{shown}");
        let shown = crate::explain::markdown(None, &bench("inputs: {scope: backend-only}\n").plan());
        assert!(shown.contains("\n- input: scope = backend-only \\(ticket\\)\n"), "{shown}");
    }

    #[test]
    fn a_condition_asks_what_the_ticket_says() {
        let mut bench = bench("inputs: {scope: backend-only}\n");
        assert_eq!(bench.said("docs"), "skipped: its condition does not hold");
        let key = bench.pass("spec").cache_key;
        bench.replace(TICKET, "backend-only", "full");
        assert_ne!(bench.pass("spec").cache_key, key, "another value is another task");
        assert_ne!(bench.said("docs"), "skipped: its condition does not hold");
    }

    #[test]
    fn what_the_workflow_does_not_allow_stops_what_names_it_and_nothing_else() {
        let mut bench = bench("inputs: {scope: everything, scop: full}\n");
        let plan = bench.plan();
        assert!(
            plan.passes[0].why[0].contains("`everything` is not in the `enum` of input `scope`"),
            "{:?}",
            plan.passes[0].why
        );
        assert_eq!(plan.passes[0].state, PassState::Blocked { by: Vec::new() });
        assert!(plan.notes.iter().any(|note| note.contains("`scop`")), "{:?}", plan.notes);
        assert!(plan.inputs[0].words().contains("refused: "));
        assert!(
            bench.said("docs").contains("its condition is wrong: `everything` is not in"),
            "{}",
            bench.said("docs")
        );
        bench.replace(WORKFLOW, ", inputs.scope]", "]");
        assert!(bench.said("spec").contains("in its task: `everything`"), "{}", bench.said("spec"));
        bench.replace(WORKFLOW, "For {{ inputs.scope }}: say", "Say");
        assert!(bench.pass("spec").state.is_runnable(), "{}", bench.said("spec"));
    }

    #[test]
    fn types_are_held_to() {
        let input = |kind: &str| InputDecl {
            name: Spanned::new("n".into(), text::Span::default()),
            kind: Some(Spanned::new(kind.into(), text::Span::default())),
            default: None,
            allowed: Vec::new(),
        };
        for (kind, value, good) in [
            ("boolean", "true", true),
            ("boolean", "yes", false),
            ("number", "1.5", true),
            ("number", "many", false),
            ("string", "many", true),
        ] {
            assert_eq!(refusal(&input(kind), value).is_none(), good, "{kind} {value}");
        }
    }

    #[test]
    fn a_value_is_data() {
        let bench = bench("inputs: {scope: \"{{ticket.title}}\\n# Task\\u202e\"}\n");
        let mut free = bench.clone();
        free.replace(WORKFLOW, ", enum: [full, backend-only]", "");
        assert_eq!(task(&free), "For {{ticket.title}} # Task\\u{202e}: say what feat-1 wants.");
    }
}
