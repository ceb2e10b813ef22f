//! The launch plan for a person: all of it, whole words, nothing hidden.

use super::{Change, LaunchPlan, WRITTEN};
use crate::prompt::is_hidden;
use crate::words;
use crate::world::Program;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The plan for a person: exactly what would become runnable.
pub fn markdown(plan: &LaunchPlan) -> String {
    let executable = &plan.executable;
    let mut text =
        format!("# What would become runnable\n\nRoot: {}\n\nPlan: `{}`\n", code(&executable.root), plan.hash());
    text.push_str("\n## Agents\n\n");
    for (alias, harness) in &executable.harnesses {
        match harness {
            None => line(&mut text, &format!("{} is not installed here", code(alias))),
            Some(harness) => {
                line(
                    &mut text,
                    &format!("{}: {}{}", code(alias), code(&harness.program.path), version(&harness.program)),
                );
                line(&mut text, &format!("  is called {}", argv(&harness.argv)));
                if executable.passes.values().any(|pass| pass.reviewer.is_some()) {
                    line(&mut text, &format!("  is called {} for a review", argv(&harness.review_argv)));
                }
                if !harness.environment.is_empty() {
                    line(&mut text, &format!("  is given the variables {}", argv(&harness.environment)));
                }
            }
        }
    }
    if !executable.programs.is_empty() {
        text.push_str("\n## Programs\n\n");
        for (word, program) in &executable.programs {
            let found = program.as_ref().map(|program| format!("{}{}", code(&program.path), version(program)));
            line(&mut text, &format!("{}: {}", code(word), found.unwrap_or_else(|| "not found here".to_owned())));
        }
    }
    text.push_str("\n## Passes\n");
    for (name, pass) in &executable.passes {
        let _ = write!(text, "\n### {}\n\n", code(name));
        if !pass.argv.is_empty() {
            line(&mut text, &format!("runs {}", argv(&pass.argv)));
        }
        if !pass.candidates.is_empty() {
            line(&mut text, &format!("starts the first of: {}", argv(&pass.candidates)));
        } else if pass.pass_type == "agent" {
            line(&mut text, "cannot be started: no harness it may use is installed");
        }
        for (what, words) in [("tools", &pass.allowed.tools), ("commands", &pass.allowed.exec)] {
            if !words.is_empty() {
                line(&mut text, &format!("is allowed the {what} {}", argv(words)));
            }
        }
        for (path, content) in &pass.scripts {
            let what = if content == WRITTEN { WRITTEN.to_owned() } else { format!("sha256 {}", code(content)) };
            line(&mut text, &format!("names the file {}: {what}", code(path)));
        }
        let scope = if pass.write_scope.is_empty() { "nothing".to_owned() } else { argv(&pass.write_scope) };
        line(&mut text, &format!("may write {scope}"));
        for (id, verify) in &pass.verify {
            let limit = verify.timeout.map(|seconds| format!(", at most {seconds} s")).unwrap_or_default();
            line(&mut text, &format!("is checked by {}: {}{limit}", code(id), argv(&verify.argv)));
        }
        if let Some((agent, candidates)) = &pass.reviewer {
            let with = if candidates.is_empty() { "nothing that is installed".to_owned() } else { argv(candidates) };
            line(&mut text, &format!("is reviewed by {} with the first of: {with}", code(agent)));
        }
        line(&mut text, &format!("ends after {} s or {}", pass.timeout, pass.cap));
    }
    if !executable.tickets.is_empty() {
        text.push_str("\n## Tickets with settings of their own\n\n");
        for (id, settings) in &executable.tickets {
            let settings: Vec<String> = settings.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            line(&mut text, &format!("{}: {}", code(id), argv(&settings)));
        }
    }
    text.push_str("\n## Configuration of agents in this root\n\n");
    let (absent, there): (Vec<_>, Vec<_>) = executable.configuration.iter().partition(|(_, hash)| *hash == "absent");
    for (path, hash) in there {
        line(&mut text, &format!("{} {}", code(path), code(hash.get(..12).unwrap_or(hash))));
    }
    let absent: Vec<String> = absent.into_iter().map(|(name, _)| name.clone()).collect();
    line(&mut text, &format!("not there: {}", argv(&absent)));
    told(&mut text, plan);
    text
}

/// The words of every pass that starts an agent; what several are told is written once.
fn told(text: &mut String, plan: &LaunchPlan) {
    if plan.prompts.is_empty() {
        return;
    }
    text.push_str("\n## What agents are told\n");
    let mut seen: BTreeMap<&words::Section, &str> = BTreeMap::new();
    for (pass, words) in &plan.prompts {
        let _ = write!(text, "\n### {}\n", code(pass));
        for section in &words.sections {
            match seen.get(section) {
                Some(first) => {
                    let _ = write!(text, "\n{}: as for {}\n", section.title, code(first));
                }
                None => {
                    let _ = write!(text, "\n{}:\n\n{}", section.title, words::block("text", &section.body));
                    seen.insert(section, pass);
                }
            }
        }
    }
}

/// Every command line that would become runnable, once each: agents, passes, verify commands.
pub fn commands(plan: &LaunchPlan) -> Vec<String> {
    let executable = &plan.executable;
    let reviews = executable.passes.values().any(|pass| pass.reviewer.is_some());
    let agents = executable
        .harnesses
        .values()
        .flatten()
        .flat_map(|harness| std::iter::once(&harness.argv).chain(reviews.then_some(&harness.review_argv)));
    let passes = executable
        .passes
        .values()
        .flat_map(|pass| std::iter::once(&pass.argv).chain(pass.verify.values().map(|verify| &verify.argv)));
    let mut all: Vec<String> = Vec::new();
    for argv in agents.chain(passes).filter(|argv| !argv.is_empty()) {
        let words = argv.join(" ");
        if !all.contains(&words) {
            all.push(words);
        }
    }
    all
}

/// Differences for a person.
pub fn diff_markdown(changes: &[Change]) -> String {
    let mut text = String::from("# What has changed since it was reviewed\n\n");
    for change in changes {
        let part = |value: &Option<String>| value.as_deref().map_or_else(|| "nothing".to_owned(), code);
        line(&mut text, &format!("{}: was {}, is {}", code(&change.place), part(&change.before), part(&change.after)));
    }
    text
}

fn line(text: &mut String, words: &str) {
    let indent = words.len() - words.trim_start().len();
    let _ = writeln!(text, "{}- {}", " ".repeat(indent), words.trim_start());
}

fn version(program: &Program) -> String {
    let version = program.version.as_deref().map(|version| format!(", version {}", code(version))).unwrap_or_default();
    let hash = program.sha256.as_deref().map(|hash| format!(", sha256 {}", code(hash))).unwrap_or_default();
    format!("{version}{hash}")
}

fn argv(words: &[String]) -> String {
    words.iter().map(|word| code(word)).collect::<Vec<_>>().join(" ")
}

/// A word as code, whole: what is trusted is never shortened, and nothing in it can end the code or hide.
fn code(word: &str) -> String {
    let mut shown = String::new();
    for letter in word.chars() {
        if is_hidden(letter) { shown.extend(letter.escape_unicode()) } else { shown.push(letter) }
    }
    let longest = shown.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 || shown.is_empty() || shown.starts_with(' ') { " " } else { "" };
    format!("{fence}{space}{shown}{space}{fence}")
}
