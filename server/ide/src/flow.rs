//! Service for workflows of other tools: what a step is, what it waits for and who does it, in hovers; names where they come
//! next; the outline. Definition and references need nothing of it, as the ids are names like all others.

use crate::Snapshot;
use crate::completion::{Item, ItemKind};
use crate::diagnostic::one_line;
use crate::hover::Hover;
use crate::symbols::{Symbol, SymbolKind, leaf, outline};
use delivery::explain::escaped;
use spec::flow::{Composed, Flow, Input, Step, composed};
use spec::{Name, NameKind, SpecFile, System};
use std::fmt::Write as _;
use text::{Span, Spanned};

/// No more than this many steps, criteria or names are listed in a hover.
const MOST_LINES: usize = 20;

/// What hovering over the id of a step, an input or a workflow shows, as Markdown.
pub(crate) fn about(snapshot: &Snapshot, path: &str, name: &Name) -> Option<String> {
    match name.kind {
        NameKind::Flow => about_flow(snapshot, &name.text),
        NameKind::Step => about_step(snapshot, path, name),
        NameKind::FlowInput => about_input(snapshot, name),
        _ => None,
    }
}

/// A word of Symphony's prompt, or a variable of the environment in its settings.
pub(crate) fn about_place(file: &SpecFile, text: &str, offset: usize) -> Option<Hover> {
    if file.flow()?.system != System::Symphony {
        return None;
    }
    let in_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '$');
    let before = text.get(..offset)?;
    let start = before.trim_end_matches(in_word).len();
    let end = offset + text[offset..].find(|letter| !in_word(letter)).unwrap_or(text.len() - offset);
    let (word, span) = (&text[start..end], Span::new(start, end));
    if file.yaml().contains(span) {
        let name = word.strip_prefix('$').filter(|name| !name.is_empty())?;
        let words = "Taken from the environment that Symphony is started in, so that no secret stands in the file.";
        return Some(Hover {
            markdown: format!("**${}** · variable of the environment\n\n{words}", escaped(name)),
            span,
        });
    }
    let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let opened =
        line.rfind(['{', '%', '}']).is_some_and(|at| line[..=at].ends_with("{{") || line[..=at].ends_with("{%"));
    let words = spec::prompt_word(word).filter(|_| opened)?;
    Some(Hover { markdown: format!("{} · word of the prompt\n\n{words}", code(word)), span })
}

/// One line about what such a name stands for.
pub(crate) fn describe(snapshot: &Snapshot, kind: NameKind, name: &str) -> Option<String> {
    let name = Name { kind, text: name.to_owned() };
    let files = || snapshot.project.definers(&name);
    match kind {
        NameKind::Flow => Some(files().find_map(|file| file.flow())?.description.as_ref()?.value.clone()),
        NameKind::Step => {
            let (_, _, step) = defined_step(snapshot, &name, None)?;
            Some(step.title.as_ref().or(step.does.as_ref())?.value.clone())
        }
        NameKind::Command => files().find_map(|file| match file.guide() {
            Some(guide) => Some(guide.description.as_ref()?.value.clone()),
            None => Some(file.manifest()?.description.as_ref()?.value.clone()),
        }),
        _ => None,
    }
}

/// A word of another tool as code.
fn code(word: &str) -> String {
    format!("`{}`", one_line(word, 80).replace('`', "'"))
}

fn list(words: &[Spanned<String>]) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for word in words {
        if !seen.contains(&word.value.as_str()) && seen.len() <= MOST_LINES {
            seen.push(&word.value);
        }
    }
    let shown = seen.iter().take(MOST_LINES).map(|word| code(word)).collect::<Vec<_>>().join(", ");
    if seen.len() > MOST_LINES { format!("{shown}, …") } else { shown }
}

/// The name inside of a flow's: keys of flows may hold a slash themselves.
fn short(name: &Name) -> &str {
    name.text.rsplit('/').next().unwrap_or(&name.text)
}

fn about_flow(snapshot: &Snapshot, key: &str) -> Option<String> {
    let (file, flow) = snapshot.project.flow_file(key)?;
    let name = flow.name.as_ref().map_or(key, |name| &name.value);
    let mut text = format!("**{}** · {} of {}", escaped(&one_line(name, 80)), flow.what, flow.system.word());
    let _ = write!(text, " · {}", code(&file.path));
    if let Some(words) = &flow.description {
        let _ = write!(text, "\n\n{}", escaped(&one_line(words, 300)));
    }
    for (key, value) in flow.limits.iter().take(MOST_LINES) {
        let _ = write!(text, "\n- limit {}: {}", code(key), code(value));
    }
    let names: Vec<Spanned<String>> = flow.inputs.iter().map(|input| input.name.clone()).collect();
    if !names.is_empty() {
        let _ = write!(text, "\n- takes {}", list(&names));
    }
    order(snapshot, flow, None, &mut text);
    Some(text)
}

/// The steps in the order in which they are done, with the overlays that change it.
fn order(snapshot: &Snapshot, flow: &Flow, marked: Option<&str>, text: &mut String) {
    let overlays: Vec<&Flow> =
        snapshot.project.overlays(&flow.key).into_iter().map(|(_, overlay)| overlay).take(MOST_LINES).collect();
    let steps = composed(flow, &overlays);
    if steps.is_empty() {
        return;
    }
    if !overlays.is_empty() {
        let names: Vec<Spanned<String>> = overlays.iter().filter_map(|overlay| overlay.name.clone()).collect();
        let _ = write!(text, "\n\nWith the overlays {}:\n", list(&names));
    } else {
        text.push_str("\n\nSteps in order:\n");
    }
    let is_marked = |it: &Composed<'_>| {
        let id = it.from.steps.get(it.index as usize).and_then(|step| step.id.as_ref());
        marked.is_some() && id.map(|id| id.value.as_str()) == marked
    };
    // Around the step that is asked for, where there are many.
    let at = steps.iter().position(is_marked).unwrap_or(0);
    let start = at.saturating_sub(MOST_LINES / 2);
    if start > 0 {
        let _ = write!(text, "\n- … {start} before");
    }
    for it in steps.iter().skip(start).take(MOST_LINES) {
        let Some(step) = it.from.steps.get(it.index as usize) else { continue };
        let named = step.id.as_ref().or(step.title.as_ref()).or(step.does.as_ref());
        let name = named.map_or("(unnamed)", |name| &name.value);
        let indent = "  ".repeat(it.depth.min(8) as usize);
        let mark = if is_marked(it) { " ←" } else { "" };
        let from = it.from.over.as_ref().and(it.from.name.as_ref());
        let from = from.map_or(String::new(), |from| format!(" (from overlay {})", code(&from.value)));
        let _ = write!(text, "\n{indent}- {} {}{from}{mark}", code(name), step.kind.word());
    }
    if steps.len() > start + MOST_LINES {
        let _ = write!(text, "\n- … {} more", steps.len() - start - MOST_LINES);
    }
}

/// The step of a name, in the file at `path` if it stands there.
fn defined_step<'a>(
    snapshot: &'a Snapshot,
    name: &Name,
    path: Option<&str>,
) -> Option<(&'a SpecFile, &'a Flow, &'a Step)> {
    let found = |file: &'a SpecFile| {
        let flow = file.flow()?;
        let step = flow.steps.iter().find(|step| step.id.as_ref().is_some_and(|id| flow.inside(id) == name.text))?;
        Some((file, flow, step))
    };
    let files = || snapshot.project.definers(name).map(|file| &**file);
    let own = files().filter(|file| Some(file.path.as_str()) == path).find_map(found);
    own.or_else(|| files().find_map(found))
}

fn about_step(snapshot: &Snapshot, path: &str, name: &Name) -> Option<String> {
    let Some((file, flow, step)) = defined_step(snapshot, name, Some(path)) else {
        return Some(format!("**{}** · there is no such step", escaped(&one_line(short(name), 80))));
    };
    let id = step.id.as_ref().map_or("", |id| &id.value);
    let mut text = format!("**{}** · {}", escaped(&one_line(id, 80)), step.kind.word());
    if let Some(word) = step.word.as_ref().filter(|word| word.value != step.kind.word()) {
        let _ = write!(text, " ({})", code(word));
    }
    let of = flow.name.as_ref().map_or(flow.key.as_str(), |name| &name.value);
    let _ = write!(text, " of {} {} · {}", flow.what, code(of), flow.system.word());
    if file.path != path {
        let _ = write!(text, " · {}", code(&file.path));
    }
    if let Some(title) = &step.title {
        let _ = write!(text, "\n\n{}", escaped(&one_line(title, 300)));
    }
    text.push('\n');
    if let Some(does) = &step.does {
        let _ = write!(text, "\n- done by {}", code(does));
    }
    if let Some(outer) = step.parent.and_then(|outer| flow.steps.get(outer as usize)).and_then(|it| it.id.as_ref()) {
        let _ = write!(text, "\n- part of {}", code(outer));
    }
    for (what, names) in
        [("waits for", &step.needs), ("uses what comes of", &step.speaks_of), ("takes the input", &step.takes)]
    {
        if !names.is_empty() {
            let _ = write!(text, "\n- {what} {}", list(names));
        }
    }
    let users: Vec<Spanned<String>> = flow
        .steps
        .iter()
        .filter(|other| other.needs.iter().chain(&other.speaks_of).any(|used| used.value == id))
        .filter_map(|other| other.id.clone().or_else(|| other.does.clone()))
        .collect();
    if !users.is_empty() {
        let _ = write!(text, "\n- used by {}", list(&users));
    }
    if let Some(most) = &step.most {
        let _ = write!(text, "\n- {} at most", times(most.value));
    }
    for (key, value) in step.limits.iter().take(MOST_LINES) {
        let _ = write!(text, "\n- {}: {}", code(key), code(value));
    }
    if let Some(gate) = &step.gate {
        let by = gate.by.as_ref().map_or(String::new(), |by| format!(" by {}", code(by)));
        let _ = write!(text, "\n- gate{by}");
        for criterion in gate.criteria.iter().take(MOST_LINES) {
            let _ = write!(text, "\n  - {}", escaped(&one_line(criterion, 200)));
        }
    }
    if step.never.is_some() {
        text.push_str("\n- never done: its condition is always the same");
    }
    let base = snapshot.project.flow(&flow.key);
    if let Some(base) = base.filter(|base| !snapshot.project.overlays(&base.key).is_empty()) {
        order(snapshot, base, Some(id), &mut text);
    }
    Some(text)
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn about_input(snapshot: &Snapshot, name: &Name) -> Option<String> {
    let found = snapshot.project.definers(name).find_map(|file| {
        let flow = file.flow()?;
        Some((flow, flow.inputs.iter().find(|input| flow.inside(&input.name) == name.text)?))
    });
    let Some((flow, input)) = found else {
        return Some(format!("**{}** · there is no such input", escaped(&one_line(short(name), 80))));
    };
    let of = flow.name.as_ref().map_or(flow.key.as_str(), |name| &name.value);
    let mut text = format!("**{}** · input of {} {}", escaped(&one_line(&input.name, 80)), flow.what, code(of));
    text.push_str(if input.required { " · required\n" } else { "\n" });
    facts(input, &mut text);
    let users: Vec<Spanned<String>> = flow
        .steps
        .iter()
        .filter(|step| step.takes.iter().any(|taken| taken.value == input.name.value))
        .filter_map(|step| step.id.clone().or_else(|| step.does.clone()))
        .collect();
    let _ = match users.is_empty() {
        true => write!(text, "\n- no step uses it"),
        false => write!(text, "\n- used by {}", list(&users)),
    };
    Some(text)
}

fn facts(input: &Input, text: &mut String) {
    for (what, word) in [("type", &input.kind), ("default", &input.default)] {
        if let Some(word) = word.as_ref().filter(|word| !word.value.is_empty()) {
            let _ = write!(text, "\n- {what}: {}", code(word));
        }
    }
    if !input.allowed.is_empty() {
        let _ = write!(text, "\n- one of {}", list(&input.allowed));
    }
}

/// Commands that come with Spec Kit and stand in no file of a repository.
const CORE: [&str; 10] = [
    "speckit.analyze",
    "speckit.checklist",
    "speckit.clarify",
    "speckit.constitution",
    "speckit.converge",
    "speckit.implement",
    "speckit.plan",
    "speckit.specify",
    "speckit.tasks",
    "speckit.taskstoissues",
];

/// What may stand at `offset`: ids of steps, inputs, agents and commands, told by the key or expression before it.
pub(crate) fn complete(snapshot: &Snapshot, file: &SpecFile, flow: &Flow, offset: usize) -> Vec<Item> {
    let Some(text) = file.text() else { return Vec::new() };
    let Some(before) = text.get(..offset) else { return Vec::new() };
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let dotted = |letter: char| is_word(letter) || letter == '.';
    let Some(asked) = asked(before, line, flow.system) else { return Vec::new() };
    // The name of a command has dots in it.
    let in_path = |letter: char| dotted(letter) || letter == '/';
    let in_word: &dyn Fn(char) -> bool = match asked {
        Asked::Command => &dotted,
        Asked::Part => &in_path,
        _ => &is_word,
    };
    let start = offset - (line.len() - line.trim_end_matches(in_word).len());
    let end = offset + text[offset..].chars().take_while(|letter| in_word(*letter)).map(char::len_utf8).sum::<usize>();
    let span = Span::new(start, end);
    let base = flow.over.as_ref().map_or(Some(flow), |_| snapshot.project.flow(&flow.key));
    let mut items = Vec::new();
    let mut offer = |name: &str, of: Option<Name>, detail: &str, documentation: &str| {
        items.push(Item {
            label: name.to_owned(),
            kind: ItemKind::Name,
            detail: detail.to_owned(),
            documentation: escaped(&one_line(documentation, 300)),
            insert: name.to_owned(),
            snippet: None,
            span,
            required: false,
            name: of,
        });
    };
    let named = |kind: NameKind, text: String| Some(Name { kind, text });
    let own = flow.steps.iter().find(|step| step.span.start as usize <= offset && offset <= step.span.end as usize);
    let own = own.and_then(|step| step.id.as_ref()).map(|id| id.value.as_str());
    let mut steps = |suffix: &str| {
        for step in base.iter().flat_map(|flow| &flow.steps).filter(|step| !step.apart) {
            let Some(id) = step.id.as_ref().filter(|id| Some(id.value.as_str()) != own) else { continue };
            let title = step.title.as_ref().or(step.does.as_ref()).map_or("", |title| &title.value);
            offer(&format!("{}{suffix}", id.value), named(NameKind::Step, flow.inside(id)), step.kind.word(), title);
        }
    };
    match asked {
        Asked::Step => steps(""),
        Asked::Output => steps(".output"),
        Asked::Input => {}
        Asked::Flow => {
            for name in snapshot.project.defined(NameKind::Flow).filter(|name| name.text != flow.key) {
                let Some(short) = name.text.strip_prefix(System::GasTown.prefix()) else { continue };
                let words = describe(snapshot, NameKind::Flow, &name.text).unwrap_or_default();
                offer(short, Some(name.clone()), "formula", &words);
            }
        }
        Asked::Part => {
            const FOLDER: &str = ".github/workflows/";
            for part in snapshot.project.files_below(".github/workflows/shared/").filter(|part| part.path != file.path)
            {
                let Some(key) = part.flow().map(|part| part.key.clone()) else { continue };
                let words = describe(snapshot, NameKind::Flow, &key).unwrap_or_default();
                let path = part.path.strip_prefix(FOLDER).unwrap_or(&part.path);
                offer(path, named(NameKind::Flow, key), "shared part", &words);
            }
        }
        Asked::Names(kind) => {
            for name in snapshot.project.defined(kind) {
                let words = crate::completion::describe(snapshot, kind, &name.text);
                offer(&name.text, Some(name.clone()), crate::completion::kind_word(kind), &words);
            }
        }
        Asked::Command => {
            for name in snapshot.project.defined(NameKind::Command) {
                let words = describe(snapshot, NameKind::Command, &name.text).unwrap_or_default();
                offer(&name.text, Some(name.clone()), "command", &words);
            }
            for name in CORE.iter().filter(|_| flow.system == System::SpecKit) {
                offer(name, None, "command of Spec Kit", "");
            }
        }
    }
    if matches!(asked, Asked::Input | Asked::Output) {
        for input in base.iter().flat_map(|flow| &flow.inputs) {
            let kind = input.kind.as_ref().map_or("input", |kind| &kind.value);
            offer(&input.name.value, named(NameKind::FlowInput, flow.inside(&input.name)), kind, "");
        }
    }
    items
}

/// What a place asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Step,
    /// `<id>.output`, or an input.
    Output,
    Input,
    Command,
    /// Another workflow of the same tool, by its name.
    Flow,
    /// A file in `shared/`, as it is imported.
    Part,
    Names(NameKind),
}

/// Keys behind which steps are named.
const STEP_KEYS: [&str; 8] =
    ["needs", "depends_on", "wait_for", "waits_for", "insert_after", "insert_before", "replace", "remove"];

fn asked(before: &str, line: &str, system: System) -> Option<Asked> {
    // In an expression that is open on this line.
    if let Some(inner) = line.rfind("{{").map(|at| &line[at + 2..]).filter(|inner| !inner.contains("}}")) {
        let word = inner.trim_start().rsplit([' ', '(', '|', ',']).next().unwrap_or_default();
        let path: Vec<&str> = word.split('.').collect();
        return match path.as_slice() {
            ["inputs", _] | ["github", "event", "inputs", _] | ["github", "aw", "import-inputs", _] => {
                Some(Asked::Input)
            }
            ["steps", _] => Some(Asked::Step),
            [_] if system == System::Kiro => Some(Asked::Output),
            [_] if matches!(system, System::GasTown | System::Beads) => Some(Asked::Input),
            _ => None,
        };
    }
    if let Some(name) = line.rfind("{outputs.").map(|at| &line[at + "{outputs.".len()..]).filter(|it| !it.contains('}'))
    {
        return (!name.contains(char::is_whitespace)).then_some(Asked::Step);
    }
    let key = key_before(line).or_else(|| key_of_open_list(before, line)).or_else(|| {
        let item = line.trim_start().strip_prefix('-').filter(|item| !item.contains(':'))?;
        let indent = line.len() - line.trim_start().len();
        (item.is_empty() || item.starts_with(' ')).then(|| outer_key(before, indent)).flatten()
    })?;
    match key {
        "agent" => Some(Asked::Names(NameKind::Agent)),
        "imports" | "uses" if system == System::AgenticWorkflows => Some(Asked::Part),
        "extends" | "expand" | "with" | "bond" | "attach" if matches!(system, System::GasTown | System::Beads) => {
            Some(Asked::Flow)
        }
        "command" if system == System::SpecKit => Some(Asked::Command),
        "verdict_input" => Some(Asked::Input),
        key if STEP_KEYS.contains(&key) => Some(Asked::Step),
        _ => None,
    }
}

/// The key of the value that is being written on this line: `needs: [a, `, `"agent": "`, `needs = ["a", "`.
fn key_before(line: &str) -> Option<&str> {
    let at = line.rfind([':', '='])?;
    let value = &line[at + 1..];
    let fits = |letter: char| letter.is_alphanumeric() || " -_./\"'[,(".contains(letter);
    if !value.chars().all(fits) || (line.as_bytes()[at] == b':' && !value.is_empty() && !value.starts_with([' ', '"']))
    {
        return None;
    }
    // Behind a comma the next key of a map in braces comes, unless a list is open.
    if value.contains(',') && !value.contains('[') {
        return None;
    }
    let key = line[..at].trim_end().trim_end_matches(['"', '\'']);
    let start =
        key.rfind(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '-').map_or(0, |at| at + 1);
    Some(&key[start..]).filter(|key| !key.is_empty())
}

/// The key of a list in brackets that is written over several lines, one value a line.
fn key_of_open_list<'t>(before: &'t str, line: &str) -> Option<&'t str> {
    let value = |words: &str| words.starts_with('"') && words[1..].matches('"').count() <= 1;
    if !value(line.trim()) || line.trim().ends_with(',') {
        return None;
    }
    let mut above = before.lines().rev().skip(1).take(MOST_LINES * 5).map(str::trim).skip_while(|line| value(line));
    above.next()?.strip_suffix('[').and_then(key_before)
}

/// The key above a list whose dashes stand at `indent`.
fn outer_key(before: &str, indent: usize) -> Option<&str> {
    let above = before.lines().rev().skip(1).take(MOST_LINES * 5);
    for line in above {
        let own = line.len() - line.trim_start().len();
        let words = line.trim();
        if words.is_empty() || (own == indent && words.starts_with("- ")) {
            continue;
        }
        if own <= indent {
            let key = words.trim_start_matches("- ").strip_suffix(':')?;
            return Some(key.trim_matches(['"', '\'']));
        }
    }
    None
}

/// The outline: inputs and steps, a step below the one that it is a part of, then the body's sections.
pub(crate) fn symbols(flow: &Flow) -> Vec<Symbol> {
    let inputs = flow.inputs.iter().map(|input| {
        let kind = input.kind.as_ref().map_or("input", |kind| kind.value.as_str());
        leaf(&input.name.value, kind, SymbolKind::Setting, input.name.span, input.name.span)
    });
    let mut steps: Vec<(Option<u32>, Symbol)> = flow
        .steps
        .iter()
        .map(|step| {
            let named = step.id.as_ref().or(step.title.as_ref()).or(step.does.as_ref());
            let span = named.map_or(text::Span::empty(step.span.start as usize), |name| name.span);
            let detail = step.does.as_ref().filter(|_| step.id.is_some()).map_or(step.kind.word(), |does| &does.value);
            (step.parent, leaf(named.map_or("", |name| &name.value), detail, SymbolKind::Pass, step.span, span))
        })
        .collect();
    // A part comes after what it is a part of: taken from the back, every step has all of its own parts already.
    let mut top = Vec::new();
    while let Some((parent, mut symbol)) = steps.pop() {
        symbol.children.reverse();
        match parent.and_then(|parent| steps.get_mut(parent as usize)) {
            Some((_, outer)) => {
                outer.span = outer.span.cover(symbol.span);
                outer.children.push(symbol);
            }
            None => top.push(symbol),
        }
    }
    top.reverse();
    let mut all: Vec<Symbol> = inputs.chain(top).collect();
    // A model gathers what a file says in several places; a person reads an outline beside the text.
    all.sort_by_key(|symbol| symbol.span.start);
    all.extend(outline(&flow.sections, Vec::new()));
    all
}
