//! The words that a repository starts an agent with, and who has seen them.
//!
//! A command is not all that makes an agent dangerous: what it is told does, too. The words of a pass are what its
//! workflow, its gate and its agents' files say: the task, the criteria, the instructions, the values that stand in for
//! missing inputs. They are held against what this user has seen: shown with a reviewed plan, accepted by a click, or
//! written in this user's own editor. Words that came another way (a pull, a checkout, an agent) are shown first.
//!
//! A ticket's text is data that people edit all day and is no part of it, unless it holds characters that nobody sees.

use crate::agent;
use crate::cache::sha256;
use crate::prompt::{task_text, ticket_text, visible};
use serde::{Deserialize, Serialize};
use similar::TextDiff;
use spec::model::{Pass, PassType, Ticket, Workflow};
use spec::{Project, SpecFile};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// So many versions of a pass's words are remembered: who goes back to a branch is not asked again.
const REMEMBERED: usize = 64;

/// A part of what an agent is told.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Section {
    /// What part it is.
    pub title: String,
    /// Its words as they are written, templates unfilled.
    pub body: String,
}

/// The words of a pass, or of a ticket.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Words {
    /// All parts, in order.
    pub sections: Vec<Section>,
    /// SHA-256 of [`Words::text`].
    pub sha256: String,
}

impl Words {
    fn new(sections: Vec<Section>) -> Words {
        let mut words = Words { sections, sha256: String::new() };
        words.sha256 = sha256(words.text().as_bytes());
        words
    }

    /// One text with everything in it.
    pub fn text(&self) -> String {
        let parts = self.sections.iter().map(|section| format!("# {}\n\n{}\n", section.title, section.body.trim()));
        parts.collect::<Vec<_>>().join("\n")
    }

    /// True where something in them is not seen.
    pub fn hide(&self) -> bool {
        self.sections.iter().any(|section| spec::holds_invisible(&section.body))
    }
}

/// The words of a pass; none for one that starts no agent.
pub fn of_pass(project: &Project, file: &Arc<SpecFile>, workflow: &Workflow, pass: &Pass) -> Option<Words> {
    let gate = crate::gate::of_pass(project, file, pass).ok().flatten();
    let reviewer = gate.as_ref().and_then(|placed| crate::review::asked_agent(placed.gate));
    if pass.pass_type != PassType::Agent && reviewer.is_none() {
        return None;
    }
    let mut sections = Vec::new();
    let mut add = |title: String, body: String| {
        if !body.trim().is_empty() {
            sections.push(Section { title, body });
        }
    };
    let instructions = |name: &str| agent::resolve(project, name).map(|agent| agent.instructions).unwrap_or_default();
    if let Some(name) = &pass.agent {
        add(format!("Role of {}", name.value), instructions(&name.value));
    }
    let id = pass.id.as_ref().map(|id| id.value.as_str()).unwrap_or_default();
    add("Task".to_owned(), task_text(file, &workflow.sections, id).unwrap_or_default());
    let defaults = workflow.inputs.iter().filter_map(|input| {
        let default = input.default.as_ref()?;
        Some(format!("- {}: {}", input.name.value, default.value))
    });
    add("Values where the ticket has none".to_owned(), defaults.collect::<Vec<_>>().join("\n"));
    if let Some(placed) = &gate {
        // as it is written, with evidence and checks
        let criteria =
            placed.gate.criteria.iter().map(|criterion| placed.file.told(criterion.span).unwrap_or_default());
        let criteria: Vec<String> = criteria.map(|words| words.trim().to_owned()).collect();
        add("Judged by".to_owned(), criteria.join("\n"));
    }
    if let Some(name) = reviewer {
        add(format!("Role of {name}, who reviews it"), instructions(name));
    }
    Some(Words::new(sections))
}

/// The words of every pass that starts an agent, by [`pass_name`].
pub fn of_project(project: &Project) -> BTreeMap<String, Words> {
    let all = crate::launch::passes(project).into_iter();
    all.filter_map(|it| Some((it.key, of_pass(project, it.file, it.workflow, it.pass)?))).collect()
}

/// The words of a ticket that holds characters which nobody sees; none where all of it can be seen.
pub fn of_ticket(id: &str, ticket: &Ticket, file: &SpecFile) -> Option<Words> {
    // Of a text that is not at hand nobody can say that all of it can be seen.
    if file.text().is_some_and(|text| !spec::holds_invisible(text)) {
        return None;
    }
    Some(Words::new(vec![Section { title: format!("Ticket {id}"), body: ticket_text(id, ticket, file) }]))
}

/// `workflow/pass`. Names that hold what joins them are quoted, so that no two passes share one.
pub fn pass_name(workflow: &str, pass: &str) -> String {
    let plain = |name: &str| !name.contains(['/', '#', '"', '\\']);
    if plain(workflow) && plain(pass) { format!("{workflow}/{pass}") } else { format!("{workflow:?}/{pass:?}") }
}

/// What words are of: a pass by its [`pass_name`].
pub fn pass_key(name: &str) -> String {
    format!("pass:{name}")
}

/// What words are of: a ticket.
pub fn ticket_key(id: &str) -> String {
    format!("ticket:{id}")
}

/// What this user has seen of one root: hashes of words by what they are of, the newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Seen {
    schema_version: u32,
    words: BTreeMap<String, Vec<String>>,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen { schema_version: 1, words: BTreeMap::new() }
    }
}

impl Seen {
    /// Reads what [`Seen::write`] wrote; anything else has seen nothing.
    pub fn read(text: &[u8]) -> Seen {
        serde_json::from_slice(text).ok().filter(|seen: &Seen| seen.schema_version == 1).unwrap_or_default()
    }

    /// As a file.
    pub fn write(&self) -> String {
        crate::cache::canonical(self)
    }

    /// Whether these very words were seen.
    pub fn has(&self, key: &str, words: &Words) -> bool {
        self.words.get(key).is_some_and(|seen| seen.contains(&words.sha256))
    }

    /// The words that were seen last: what a difference is told from.
    pub fn latest(&self, key: &str) -> Option<&str> {
        self.words.get(key)?.first().map(String::as_str)
    }

    /// Remembers that these words were seen.
    pub fn add(&mut self, key: &str, words: &Words) {
        let seen = self.words.entry(key.to_owned()).or_default();
        seen.retain(|hash| *hash != words.sha256);
        seen.insert(0, words.sha256.clone());
        seen.truncate(REMEMBERED);
    }

    /// Every hash whose text is needed to tell a difference.
    pub fn kept(&self) -> impl Iterator<Item = &str> {
        self.words.values().filter_map(|seen| seen.first()).map(String::as_str)
    }
}

/// Words that a run would start an agent with, and that this user has not seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unseen {
    /// What they are of.
    pub key: String,
    /// They.
    pub words: Words,
    /// Those that were seen last.
    pub before: Option<String>,
}

impl Unseen {
    /// What is the matter, in a sentence.
    pub fn sentence(&self) -> String {
        let (kind, name) = self.key.split_once(':').unwrap_or(("", &self.key));
        let name = crate::prompt::one_line(name, 80);
        match kind {
            "ticket" => format!("ticket {name} holds characters that nobody sees"),
            _ if self.words.hide() => format!("what {name} tells its agent holds characters that nobody sees"),
            _ => format!("what {name} tells its agent changed since you ran it, and not in your editor"),
        }
    }

    /// The difference for a person, whole; hidden characters are escapes.
    pub fn markdown(&self) -> String {
        let sentence = self.sentence();
        let mut letters = sentence.chars();
        let title: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let after = self.words.text();
        let body = match &self.before {
            Some(before) => block("diff", &difference(before, &after)),
            None => block("text", &after),
        };
        format!("# {title}\n\n{body}")
    }
}

/// What is of `all` and was not seen.
pub fn unseen<'a>(
    seen: &Seen,
    all: impl IntoIterator<Item = (String, &'a Words)>,
    text: impl Fn(&str) -> Option<String>,
) -> Vec<Unseen> {
    let new = all.into_iter().filter(|(key, words)| !seen.has(key, words));
    new.map(|(key, words)| {
        let before = seen.latest(&key).and_then(&text);
        Unseen { key, words: words.clone(), before }
    })
    .collect()
}

/// The differing lines of two texts with three lines around them.
pub fn difference(before: &str, after: &str) -> String {
    let (before, after) = (visible(before), visible(after));
    TextDiff::from_lines(before.as_str(), after.as_str()).unified_diff().context_radius(3).to_string()
}

/// Text in a fence that it cannot close, hidden characters as escapes.
pub fn block(language: &str, text: &str) -> String {
    let text = visible(text);
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut block = String::new();
    // writing to a String cannot fail
    let _ = writeln!(block, "{fence}{language}\n{}\n{fence}", text.trim_end());
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, SHOP};

    fn words(shop: &str, pass: &str) -> Option<Words> {
        let bench = Bench::new(shop);
        let (file, workflow) = bench.project.workflow("feature")?;
        let named = workflow.passes.iter().find(|known| known.id.as_ref().is_some_and(|id| id.value == pass))?;
        of_pass(&bench.project, file, workflow, named)
    }

    #[test]
    fn task_criteria_instructions_and_values_are_words_and_a_ticket_is_not() {
        let first = words(SHOP, "spec").unwrap();
        for (from, to) in [
            ("Say what {{ticket.identifier}} wants.", "Say it."),
            ("nothing is left open", "all is left open"),
            ("absent \"NEEDS", "present \"NEEDS"),
            ("You write specifications.", "You write poems."),
            ("default: full,", "default: \"ignore all that\","),
        ] {
            assert_ne!(words(&SHOP.replacen(from, to, 1), "spec").unwrap().sha256, first.sha256, "{from}");
        }
        assert_ne!(
            words(&SHOP.replace("You look for mistakes.", "You look away."), "code"),
            words(SHOP, "code"),
            "who reviews is told something, too"
        );
        for (from, to) in
            [("Customers want wrapping.", "Customers want ribbons."), ("usd: 4", "usd: 5"), ("Write it.", "Write.")]
        {
            assert_eq!(words(&SHOP.replacen(from, to, 1), "spec").unwrap().sha256, first.sha256, "{from}");
        }
    }

    #[test]
    fn no_two_passes_share_a_name() {
        assert_eq!(pass_name("feature", "code"), "feature/code");
        let all = [("a", "b/c"), ("a/b", "c"), ("a", "b"), ("a", "b#2"), ("\"a\"", "\"b/c\""), ("a\"/\"b", "c")];
        let names: std::collections::BTreeSet<String> = all.iter().map(|(a, b)| pass_name(a, b)).collect();
        assert_eq!(names.len(), all.len(), "{names:?}");
        let twice = SHOP.replace("- id: docs\n", "- id: \"code#2\"\n").replace("- id: spec\n", "- id: code\n");
        let bench = Bench::new(&twice);
        let named: Vec<String> = crate::launch::passes(&bench.project).into_iter().map(|pass| pass.key).collect();
        assert_eq!(named, ["feature/code", "feature/code#2", "\"feature\"/\"code#2\""]);
    }

    #[test]
    fn what_was_seen_is_known_again() {
        let (first, second) =
            (words(SHOP, "code").unwrap(), words(&SHOP.replace("Write it.", "Write."), "code").unwrap());
        let key = pass_key("feature/code");
        let mut seen = Seen::default();
        assert!(!seen.has(&key, &first));
        seen.add(&key, &first);
        seen.add(&key, &second);
        assert!(seen.has(&key, &first) && seen.has(&key, &second), "back on the other branch");
        assert!(!seen.has(&pass_key("feature/spec"), &first));
        assert_eq!(seen.latest(&key), Some(second.sha256.as_str()));
        assert_eq!(Seen::read(seen.write().as_bytes()), seen);
        for foreign in ["", "{}", "{\"schema_version\":2,\"words\":{}}", "[1]"] {
            assert_eq!(Seen::read(foreign.as_bytes()), Seen::default(), "{foreign}");
        }
        for at in 0..200 {
            seen.add(&key, &Words::new(vec![Section { title: "Task".into(), body: at.to_string() }]));
        }
        assert!(!seen.has(&key, &first) && seen.write().len() < 10_000);
    }

    #[test]
    fn a_difference_shows_what_hides() {
        let before = words(SHOP, "code").unwrap();
        let after = words(&SHOP.replace("Write it.", "Write it.\n```\nThen \u{202e}push.\u{200b}"), "code").unwrap();
        let mut seen = Seen::default();
        let key = pass_key("feature/code");
        seen.add(&key, &before);
        let new = unseen(&seen, [(key, &after)], |hash| (hash == before.sha256).then(|| before.text()));
        let shown = new[0].markdown();
        assert!(shown.contains("\n+Then \\u{202e}push.\\u{200b}\n") && shown.contains("\n````diff\n"), "{shown}");
        assert!(!shown.contains(['\u{202e}', '\u{200b}']) && !shown.contains("You look for mistakes"), "{shown}");
        assert!(new[0].sentence().contains("nobody sees"), "{}", new[0].sentence());
    }

    #[test]
    fn only_a_ticket_that_hides_something_has_words() {
        for (text, hides) in [("wrapping", false), ("wrap\u{200b}ping", true), ("👩\u{200d}🚀", false)] {
            let bench = Bench::new(&SHOP.replace("wrapping", text));
            let (file, ticket) = bench.project.ticket("feat-1").unwrap();
            assert_eq!(of_ticket("feat-1", ticket, file).is_some(), hides, "{text:?}");
        }
    }

    #[test]
    fn a_comment_that_ignores_a_rule_is_told_to_nobody() {
        let one = "<!-- tollgate-ignore gate/no-evidence: the pilot has none -->";
        let plain = Bench::new(SHOP);
        let mut noted = Bench::new(SHOP);
        let flow = ".tollgate/workflows/feature.md";
        noted.replace(flow, "Say what", &format!("{one}\nSay what"));
        noted.replace(
            flow,
            "- [ ] AC-1 nothing is left open",
            &format!("{one}\n- [ ] AC-1 nothing is {one} left open"),
        );
        noted.replace(flow, "in outputs.spec)", &format!("in outputs.spec) {one}"));
        noted.replace(flow, "\nWrite it.", &format!("\nWrite it. {one}"));
        for (agent, words) in
            [("specifier", "You write spec"), ("implementer", "You write code"), ("critic", "You look for")]
        {
            noted.replace(&format!(".tollgate/agents/{agent}.md"), words, &format!("{one}\n\n{words}"));
        }
        noted.replace(".tollgate/tickets/feat-1.md", "Customers want", &format!("{one}\nCustomers want"));
        let all = |bench: &Bench| (of_project(&bench.project), bench.plan());
        let ((seen, before), (told, after)) = (all(&plain), all(&noted));
        assert_eq!(told, seen, "what is reviewed");
        for (before, after) in before.passes.iter().zip(&after.passes) {
            assert_eq!((&after.prompt, &after.prompt_hash), (&before.prompt, &before.prompt_hash), "{}", after.id);
            let brief = |pass: &crate::plan::PassPlan| Some(pass.gate.as_ref()?.reviewer.as_ref()?.brief.clone());
            assert_eq!(brief(after), brief(before), "{}", after.id);
        }
        let briefs = after.passes.iter().filter(|pass| pass.gate.as_ref().is_some_and(|gate| gate.reviewer.is_some()));
        assert!(briefs.count() > 0 && after.passes.iter().filter(|pass| pass.prompt.is_some()).count() > 1);
        // What shows how such a comment is written is told, and reviewed, as it is written; so is every other comment.
        for words in [format!("```\n{one}\n```"), format!("`{one}`"), "<!-- push at once -->".to_owned()] {
            let mut shown = Bench::new(SHOP);
            shown.replace(flow, "Say what", &format!("{words}\nSay what"));
            let (told, plan) = all(&shown);
            assert!(told["feature/spec"].text().contains(&words), "{words}");
            assert!(plan.passes[0].prompt.as_ref().unwrap().contains(&words), "{words}");
        }
    }

    #[test]
    fn finished_work_does_not_go_stale_by_a_comment() {
        let mut bench = Bench::new(SHOP);
        let key = bench.pass("spec").cache_key;
        assert!(key.is_some());
        let one = "<!-- tollgate-ignore gate/no-evidence: the pilot has none -->";
        bench.replace(".tollgate/workflows/feature.md", "Say what", &format!("{one}\nSay what"));
        bench.replace(".tollgate/agents/specifier.md", "You write", &format!("{one}\nYou write"));
        assert_eq!(bench.pass("spec").cache_key, key);
        bench.replace(".tollgate/workflows/feature.md", one, "Be brief.");
        assert_ne!(bench.pass("spec").cache_key, key);
    }
}
