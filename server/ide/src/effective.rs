//! The value that holds after all overrides, and why: who said what about a setting, from weak to strong, with the one that
//! wins. Where a setting is written for many passes, what it comes to in each of them.

use crate::Snapshot;
use crate::diagnostic::one_line;

use delivery::agent;
use delivery::choice;
use delivery::explain::escaped;
use delivery::inputs::{self, Sayer};
use delivery::route;
use delivery::settings::{self, Layer, Place, Said, Setting, Sources};
use delivery::world::Overrides;
use spec::model::{InputDecl, Pass, PassSettings, Ticket, Workflow};
use spec::schema::{Key, MapKind};
use spec::{Content, NameKind, SpecFile};
use std::fmt::Write as _;
use std::sync::Arc;
use text::Spanned;

/// No more passes than this are listed.
const MOST: usize = 6;

/// What a key of these maps sets.
fn setting(map: MapKind, key: &str) -> Option<Setting> {
    use MapKind::{Agent, Defaults, Limits, Pass, Ticket};
    Some(match (map, key) {
        (Pass | Defaults | Agent | Ticket, "tier") => Setting::Tier,
        (Pass | Defaults | Agent | Ticket, "model") => Setting::Model,
        (Pass | Defaults | Agent | Ticket, "effort") => Setting::Effort,
        (Pass | Defaults | Agent | Ticket, "harness") => Setting::Harness,
        (Limits | Defaults | Agent, "timeout") => Setting::Timeout,
        (Limits, "turns") | (Defaults, "max_turns") | (Agent, "maxTurns") => Setting::MaxTurns,
        (Limits, "usd") => Setting::Usd,
        _ => return None,
    })
}

/// What holds for a setting at `offset`, as Markdown; `None` where the key is none.
pub(crate) fn about(snapshot: &Snapshot, file: &SpecFile, offset: usize, map: MapKind, key: &Key) -> Option<String> {
    let setting = setting(map, key.name)?;
    match &file.content {
        Content::Workflow(workflow) => match workflow.passes.iter().find(|pass| pass.span.touches(offset)) {
            Some(pass) => of_pass(snapshot, (file, workflow), pass, setting),
            None => of_passes(snapshot, workflow.passes.iter().map(|pass| (file, &**workflow, pass)), setting, None),
        },
        Content::Agent(_) => {
            let own = file
                .facts
                .names
                .iter()
                .find(|(name, role, _)| name.kind == NameKind::Agent && *role == spec::Role::Definition);
            let name = &own?.0;
            let users = snapshot.project.places(name).into_iter().filter_map(|(file, _, span)| {
                let Content::Workflow(workflow) = &file.content else { return None };
                let pass = workflow.passes.iter().find(|pass| pass.agent.as_ref().is_some_and(|it| it.span == span))?;
                Some((&**file, &**workflow, pass))
            });
            of_passes(snapshot, users, setting, None)
        }
        Content::Ticket(ticket) => {
            let id = ticket.id.as_ref().map_or(file.stem(), |id| id.value.as_str());
            let live = snapshot.live.tickets.get(id).and_then(|live| live.workflow.clone());
            let name = live.or_else(|| ticket.workflow.as_ref().map(|name| name.value.clone()))?;
            let (flow, workflow) = snapshot.project.workflow(&name)?;
            let passes = workflow.passes.iter().map(|pass| (&**flow, workflow, pass));
            of_passes(snapshot, passes, setting, Some((file, ticket)))
        }
        _ => None,
    }
}

/// What is said of the input whose name or value stands at `offset`, from weak to strong.
pub(crate) fn about_input(snapshot: &Snapshot, file: &SpecFile, offset: usize) -> Option<String> {
    let touches = |word: &Spanned<String>| word.span.touches(offset);
    let nobody = Ticket::default();
    let (flow, input, ticket) = match &file.content {
        Content::Workflow(workflow) => {
            let at = |input: &&InputDecl| touches(&input.name) || input.default.as_ref().is_some_and(touches);
            let input = workflow.inputs.iter().find(at)?;
            (file, input, current(snapshot, workflow).map(|(file, ticket)| (&**file, ticket)))
        }
        Content::Ticket(ticket) => {
            let (name, _) = ticket.inputs.iter().find(|(name, value)| touches(name) || touches(value))?;
            let (flow, workflow) = snapshot.project.workflow(&choice::choose(&snapshot.project, ticket).workflow?)?;
            let input = workflow.inputs.iter().find(|input| input.name.value == name.value)?;
            (&**flow, input, Some((file, &**ticket)))
        }
        _ => return None,
    };
    let own = ticket.map_or(&nobody, |(_, ticket)| ticket);
    let overrides = Overrides::default();
    let said = inputs::said(input, own, &overrides);
    let mut text = String::from("| level | value | place |\n|---|---|---|\n");
    for (at, (by, value)) in said.iter().enumerate() {
        let shown = escaped(&one_line(value, 60));
        let refused = inputs::refusal(input, value);
        let shown = match (at + 1 == said.len(), refused) {
            (true, None) => format!("**{shown}** ✓"),
            (true, Some(_)) => format!("{shown} (refused)"),
            (false, _) => shown,
        };
        let spoken = match by {
            Sayer::Default => input.default.as_ref().map(|default| (flow, default.span)),
            _ => own
                .inputs
                .iter()
                .find(|(name, _)| name.value == input.name.value)
                .zip(ticket)
                .map(|(it, ticket)| (ticket.0, it.1.span)),
        };
        let spoken = spoken.map(|(file, span)| Place { path: file.path.clone(), span });
        let _ = writeln!(text, "| {} | {shown} | {} |", by.word(), place(snapshot, spoken.as_ref()));
    }
    (!said.is_empty()).then(|| text.trim_end().to_owned())
}

/// The ticket that is being worked on, where the workflow serves it.
fn current<'s>(snapshot: &'s Snapshot, workflow: &Workflow) -> Option<(&'s Arc<SpecFile>, &'s Ticket)> {
    let (id, _) = snapshot.live.current.as_ref()?;
    let served = snapshot.live.tickets.get(id)?.workflow.as_ref()?;
    let same = workflow.name.as_ref().is_some_and(|name| name.value == *served);
    snapshot.project.ticket(id).filter(|_| same)
}

fn said(
    snapshot: &Snapshot,
    (file, workflow): (&SpecFile, &Workflow),
    pass: &Pass,
    ticket: Option<(&SpecFile, &Ticket)>,
    setting: Setting,
) -> (Vec<Said>, settings::Settings) {
    let nobody = Ticket::default();
    let agent = pass.agent.as_ref().and_then(|name| agent::resolve(&snapshot.project, &name.value));
    let ticket = ticket.map_or(("", &nobody), |(file, ticket)| (file.path.as_str(), ticket));
    let overrides = Overrides { settings: PassSettings::default(), ..Overrides::default() };
    let sources = Sources {
        user: &snapshot.live.defaults,
        config: snapshot.project.config().map(|(file, config)| (file.path.as_str(), config)),
        workflow: (&file.path, workflow),
        agent: agent.as_ref(),
        pass,
        ticket,
        overrides: &overrides,
    };
    (settings::said(&sources, setting), settings::decide(&sources))
}

/// `level · value · place` of one pass, the winner marked.
fn of_pass(snapshot: &Snapshot, flow: (&SpecFile, &Workflow), pass: &Pass, setting: Setting) -> Option<String> {
    let ticket = current(snapshot, flow.1);
    let (said, decided) = said(snapshot, flow, pass, ticket.map(|(file, ticket)| (&**file, ticket)), setting);
    let mut text = String::new();
    if !said.is_empty() {
        text.push_str("| level | value | place |\n|---|---|---|\n");
    }
    for Said { said, holds } in &said {
        let value = escaped(&one_line(&said.value, 60));
        let value = if *holds { format!("**{value}** ✓") } else { value };
        let _ = writeln!(text, "| {} | {value} | {} |", level(said.layer), place(snapshot, said.place.as_ref()));
    }
    let all = match setting {
        Setting::Tier | Setting::Model => &decided.overruled[..],
        _ => &[],
    };
    for why in all {
        let _ = write!(text, "\n{}.\n", escaped(&one_line(why, 200)));
    }
    match setting {
        Setting::Tier => {
            let candidates = candidates(snapshot, &decided.tier.value);
            if let Some(candidates) = candidates {
                let _ = write!(text, "\n`{}` → {candidates}\n", one_line(&decided.tier.value, 60));
            }
        }
        Setting::Usd => text.push_str(&budgets(snapshot, decided.usd.value)),
        _ => {}
    }
    let text = text.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// What the setting comes to in each pass.
fn of_passes<'p>(
    snapshot: &Snapshot,
    passes: impl Iterator<Item = (&'p SpecFile, &'p Workflow, &'p Pass)>,
    setting: Setting,
    ticket: Option<(&SpecFile, &Ticket)>,
) -> Option<String> {
    let mut text = String::from("| pass | value | said by |\n|---|---|---|\n");
    let (mut rows, mut left) = (0, 0);
    for (file, workflow, pass) in passes {
        let Some(id) = &pass.id else { continue };
        if rows == MOST {
            left += 1;
            continue;
        }
        rows += 1;
        let (all, _) = said(snapshot, (file, workflow), pass, ticket, setting);
        let (value, by) = match all.iter().find(|said| said.holds) {
            Some(Said { said, .. }) => (escaped(&one_line(&said.value, 60)), level(said.layer)),
            None => ("–".to_owned(), "nobody"),
        };
        let _ = writeln!(text, "| `{}` | {value} | {by} |", one_line(&id.value, 60));
    }
    if left > 0 {
        let _ = write!(text, "\n… and {left} more\n");
    }
    (rows > 0).then(|| text.trim_end().to_owned())
}

fn level(layer: Layer) -> &'static str {
    match layer {
        Layer::BuiltIn => "built in",
        Layer::User => "you",
        Layer::Config => "config",
        Layer::WorkflowDefaults => "workflow defaults",
        Layer::Agent => "agent",
        Layer::Pass => "pass",
        Layer::Ticket => "ticket",
        Layer::CommandLine => "command line",
        Layer::Policy => "policy (cap)",
    }
}

/// `agents/worker.md:4`; only the file where its text is not at hand.
fn place(snapshot: &Snapshot, place: Option<&Place>) -> String {
    let Some(place) = place else { return String::new() };
    let short = place.path.strip_prefix(".tollgate/").unwrap_or(&place.path);
    let text = snapshot.file(&place.path).and_then(|file| file.text());
    let line = text.and_then(|text| text.get(..place.span.start as usize)).map(|before| before.lines().count().max(1));
    let line = line.map_or(String::new(), |line| format!(":{line}"));
    format!("`{}{line}`", one_line(short, 80).replace('|', "¦"))
}

/// The candidates of a tier in their order, those not installed here marked.
pub(crate) fn candidates(snapshot: &Snapshot, tier: &str) -> Option<String> {
    let config = snapshot.project.config().map(|(_, config)| config);
    let tiers = route::tiers(config);
    let tier = tiers.iter().find(|known| known.name == tier)?;
    let shown = |candidate: &route::Candidate| {
        let missing = snapshot.live.installed.as_ref().is_some_and(|all| !all.contains(&candidate.harness));
        format!("{}{}", escaped(&candidate.shown()), if missing { " (not installed here)" } else { "" })
    };
    Some(tier.candidates.iter().map(shown).collect::<Vec<_>>().join(", "))
}

/// The budgets that have less left than one attempt may cost.
fn budgets(snapshot: &Snapshot, cap: spec::Usd) -> String {
    let mut text = String::new();
    for budget in &snapshot.live.budgets {
        let left = budget.limit.minus(budget.committed);
        if left < cap {
            let name = escaped(&one_line(&budget.name, 80));
            let _ = write!(text, "\nBudget {name} has {left} left: an attempt capped at {cap} does not start.\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::hover::hover;
    use crate::live::{BudgetLive, Live};
    use crate::{Snapshot, live};
    use spec::{SpecFile, Usd};
    use std::sync::Arc;
    use text::Span;

    const FLOW: &str = ".tollgate/workflows/flow.md";
    const TICKET: &str = ".tollgate/tickets/t.md";
    const AGENT: &str = ".tollgate/agents/worker.md";

    /// `$0` in one of the files is the cursor.
    fn shown(files: &[(&str, &str)], live: Live) -> Option<String> {
        let mut snapshot = Snapshot { live: Arc::new(live), ..Snapshot::default() };
        let mut cursor = None;
        for (path, text) in files {
            cursor = text.find("$0").map(|offset| (*path, offset)).or(cursor);
            snapshot.project.set(Arc::new(SpecFile::read(path, &text.replacen("$0", "", 1)).unwrap()));
        }
        let (path, offset) = cursor.unwrap();
        hover(&snapshot, path, None, offset).map(|hover| hover.markdown)
    }

    const CONFIG: (&str, &str) = (
        ".tollgate/config.yaml",
        "tiers:\n  light: [{harness: codex}]\n  deep: [{harness: claude, model: opus}]\npolicy: {max_tier: light}\n",
    );

    #[test]
    fn a_pass_shows_every_level_and_the_cap() {
        let agent = (AGENT, "---\nname: worker\ntier: light\n---\n");
        let flow =
            "---\nname: flow\ndefaults: {tier: light}\npasses:\n  - id: a\n    agent: worker\n    ti$0er: deep\n---\n";
        let text = shown(&[CONFIG, agent, (FLOW, flow)], Live::default()).unwrap();
        for line in [
            "| built in | standard |  |",
            "| workflow defaults | light | `workflows/flow.md:3` |",
            "| agent | light | `agents/worker.md:3` |",
            "| pass | deep | `workflows/flow.md:7` |",
            "| policy (cap) | **light** ✓ | `config.yaml:4` |",
            "tier `deep` of the pass is above the policy's `light`",
            "`light` → codex",
        ] {
            assert!(text.replace("\\`", "`").replace("\\_", "_").contains(line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_pinned_model_that_gives_way_says_so() {
        let agent = (AGENT, "---\nname: worker\nmodel: opus\n---\n");
        let flow = "---\nname: flow\npasses:\n  - id: a\n    agent: worker\n    tier: deep\n    mo$0del:\n---\n";
        let text = shown(&[agent, (FLOW, flow)], Live::default()).unwrap();
        assert!(
            text.contains("| agent | opus |") && !text.contains('✓') && text.contains("gives way to tier"),
            "{text}"
        );
    }

    #[test]
    fn defaults_agents_and_tickets_show_what_comes_of_them() {
        let flow = "---\nname: flow\ndefaults: {timeout: 10m}\npasses:\n  - id: a\n    agent: worker\n    limits: {timeout: 1h}\n  - id: b\n    agent: worker\n---\n";
        let text = shown(&[(FLOW, &flow.replace("timeout: 10m", "time$0out: 10m"))], Live::default()).unwrap();
        assert!(text.contains("| `a` | 1h | pass |\n| `b` | 10m | workflow defaults |"), "{text}");
        let agent = (AGENT, "---\nname: worker\neff$0ort: high\n---\n");
        let text = shown(&[(FLOW, flow), agent], Live::default()).unwrap();
        assert!(text.contains("| `a` | high | agent |"), "{text}");
        let ticket = (TICKET, "---\nid: t\nworkflow: flow\ntier: de$0ep\n---\n");
        let text = shown(&[(FLOW, flow), ticket], Live::default()).unwrap();
        assert!(text.contains("| `b` | deep | ticket |"), "{text}");
    }

    #[test]
    fn an_input_shows_who_says_its_value() {
        let flow = "---\nname: flow\ninputs:\n  scope: {type: string, default: full, enum: [full, part]}\npasses:\n  - id: a\n---\n";
        let default = "| workflow default | full | `workflows/flow.md:4` |";
        for (written, row) in [
            ("sc$0ope: part", "| ticket | **part** ✓ | `tickets/t.md:4` |"),
            ("scope: pa$0rt", "| ticket | **part** ✓ | `tickets/t.md:4` |"),
            ("scope: al$0l", "| ticket | all (refused) | `tickets/t.md:4` |"),
        ] {
            let ticket = format!("---\nid: t\nworkflow: flow\ninputs: {{{written}}}\n---\n");
            let text = shown(&[(FLOW, flow), (TICKET, &ticket)], Live::default()).unwrap();
            assert!(text.contains(default) && text.contains(row), "{written}\n{text}");
        }
        let other = "---\nid: t\nworkflow: flow\ninputs: {siz$0e: part}\n---\n";
        assert!(!shown(&[(FLOW, flow), (TICKET, other)], Live::default()).unwrap_or_default().contains("level"));
        let flow = flow.replace("scope:", "sc$0ope:");
        let text = shown(&[(FLOW, &flow)], Live::default()).unwrap();
        assert!(text.contains("| workflow default | **full** ✓ | `workflows/flow.md:4` |"), "{text}");
        let mut live = Live { current: Some(("t".into(), "named".into())), ..Live::default() };
        let known = live::TicketLive { workflow: Some("flow".into()), ..live::TicketLive::default() };
        live.tickets.insert("t".into(), known);
        let ticket = "---\nid: t\nworkflow: flow\ninputs: {scope: part}\n---\n";
        let text = shown(&[(FLOW, &flow), (TICKET, ticket)], live).unwrap();
        assert!(text.contains(default) && text.contains("| ticket | **part** ✓ |"), "{text}");
    }

    #[test]
    fn the_users_defaults_the_current_ticket_and_the_money_left_count() {
        let flow = "---\nname: flow\npasses:\n  - id: a\n    limits: {us$0d: 4}\n    harness: codex\n---\n";
        let usd = |text: &str| Usd::parse(text).unwrap();
        let budget = BudgetLive {
            path: TICKET.into(),
            span: Span::new(0, 1),
            name: "ticket t".into(),
            limit: usd("10"),
            committed: usd("7"),
            state: live::BudgetState::Ok,
        };
        let mut live = Live { budgets: vec![budget], ..Live::default() };
        let text = shown(&[(FLOW, flow)], live.clone()).unwrap();
        assert!(text.contains("| built in | $2.00 |  |") && text.contains("**$4.00** ✓"), "{text}");
        assert!(text.contains("Budget ticket t has $3.00 left: an attempt capped at $4.00 does not start."), "{text}");
        live.current = Some(("t".into(), "named".into()));
        let known = live::TicketLive { workflow: Some("flow".into()), ..live::TicketLive::default() };
        live.tickets.insert("t".into(), known);
        live.defaults.harness = Some(text::Spanned::new("claude".into(), Span::default()));
        let flow = flow.replace("$0", "").replace("harness", "har$0ness");
        let text = shown(&[(FLOW, &flow), (TICKET, "---\nid: t\nharness: opencode\n---\n")], live).unwrap();
        for line in ["| you | claude |  |", "| pass | codex |", "| ticket | **opencode** ✓ | `tickets/t.md:3` |"] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
