//! Reads what add-ons of Spec Kit say of themselves: `extension.yml`, `preset.yml`, `bundle.yml`, the hooks of a project in
//! `.specify/extensions.yml`, and the commands that add-ons bring (`commands/*.md` beside a manifest).
//!
//! Outside of `.specify/` a file is Spec Kit's when it says `speckit_version`. What is reported is what the classes that
//! load manifests refuse (Spec Kit 1.0.1); they stop at the first mistake, here all are said. `extensions.yml` is read by no
//! program: agents read it, and are told to pass over one that they cannot parse without a word.

use super::keys::table::*;
use super::keys::{self, Form as Written};
use super::pyyaml::{self, Type, type_of};
use super::{Reader, Reading, System};
use crate::facts::Collector;
use crate::guide::{Guide, GuideKind};
use crate::manifest::{Hook, Manifest, Part};
use crate::problem::{Problem, ProblemKind};
use crate::project::{Content, FileKind};
use crate::read as take;
use crate::values;
use std::collections::HashSet;
use syntax::front_matter;
use syntax::yaml::{self, Kind, Node};
use text::{Span, Spanned};

pub(crate) const READER: Reader = Reader {
    places: &[
        ".specify/extensions.yml",
        ".specify/extensions/*/extension.yml",
        ".specify/extensions/*/commands/*.md",
        ".specify/presets/*/preset.yml",
        ".specify/presets/*/commands/*.md",
        "extension.yml",
        "preset.yml",
        "bundle.yml",
        "extensions/*/extension.yml",
        "presets/*/preset.yml",
    ],
    kind: |path| {
        of_path(path).map(|form| if matches!(form, Form::Command) { FileKind::Guide } else { FileKind::Manifest })
    },
    read,
    keys: |path, text, _| match of_path(path)? {
        Form::Extension => keys::whole(text, Written::Yaml, &EXTENSION),
        Form::Preset => keys::whole(text, Written::Yaml, &PRESET),
        Form::Bundle => keys::whole(text, Written::Yaml, &BUNDLE),
        Form::Hooks => keys::whole(text, Written::Yaml, &PROJECT),
        Form::Command => keys::front(text, &COMMAND),
    },
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Extension,
    Preset,
    Bundle,
    Hooks,
    Command,
}

fn of_path(path: &str) -> Option<Form> {
    let inner = path.strip_prefix(".specify/");
    if inner == Some("extensions.yml") {
        return Some(Form::Hooks);
    }
    let rest = inner.unwrap_or(path);
    match rest.split('/').collect::<Vec<_>>().as_slice() {
        ["bundle.yml"] if inner.is_none() => Some(Form::Bundle),
        ["extension.yml"] if inner.is_none() => Some(Form::Extension),
        ["preset.yml"] if inner.is_none() => Some(Form::Preset),
        ["extensions", _, "extension.yml"] => Some(Form::Extension),
        ["presets", _, "preset.yml"] => Some(Form::Preset),
        ["extensions" | "presets", _, "commands", file] if inner.is_some() => {
            (file.len() > 3 && file.ends_with(".md")).then_some(Form::Command)
        }
        _ => None,
    }
}

fn read(path: &str, text: &str) -> Option<Reading> {
    let form = of_path(path)?;
    if form == Form::Command {
        return Some(command(path, text));
    }
    if !path.starts_with(".specify/") && !text.contains("speckit_version") {
        return None;
    }
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let document = yaml::read(text, Span::new(start, text.len()));
    let (certain, installed) = (pyyaml::is_certain(&document), path.starts_with(".specify/"));
    let mut check = Check { text, certain, installed, problems: Vec::new() };
    if let Some((words, span)) = pyyaml::unreadable(text, &document) {
        let words = if form == Form::Hooks { format!("{words}; its hooks are skipped") } else { words.to_owned() };
        check.problems.push(Problem { kind: ProblemKind::Unreadable(System::SpecKit, words), span });
    }
    let what = match form {
        Form::Extension => "extension",
        Form::Preset => "preset",
        Form::Bundle => "bundle",
        Form::Hooks | Form::Command => "hooks",
    };
    let mut manifest = Manifest::new(System::SpecKit, what);
    let root = &document.root;
    match form {
        Form::Hooks => check.project_hooks(root, &mut manifest),
        _ if !matches!(root.kind, Kind::Map(_)) => {
            check.refuse(check.first_line(root.span), "a map with keys must stand here");
        }
        Form::Extension => check.extension(root, &mut manifest),
        Form::Preset => check.preset(root, &mut manifest),
        Form::Bundle => check.bundle(root, &mut manifest),
        Form::Command => {}
    }
    let mut names = Collector::default();
    names.manifest(&manifest);
    let facts = names.facts(0);
    Some(Reading { content: Content::Manifest(Box::new(manifest)), facts, problems: check.problems })
}

/// A command that an add-on brings: its file is named after it.
fn command(path: &str, text: &str) -> Reading {
    let split = front_matter::split(text);
    let root = yaml::read(text, split.yaml).root;
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".md").unwrap_or(name);
    let guide = Guide {
        system: System::SpecKit,
        kind: GuideKind::Command,
        name: Spanned::new(name.to_owned(), Span::empty(split.body.start as usize)),
        description: take::text(&root, "description"),
        agent: None,
        model: None,
        tools: take::list(&root, "tools"),
        skills: Vec::new(),
        leads_to: Vec::new(),
        body: split.body,
    };
    let mut names = Collector::default();
    names.guide(&guide);
    Reading { content: Content::Guide(Box::new(guide)), facts: names.facts(0), problems: Vec::new() }
}

/// Events into which the commands of Spec Kit itself look.
const COMMANDS: [&str; 10] = [
    "analyze",
    "checklist",
    "clarify",
    "constitution",
    "converge",
    "implement",
    "plan",
    "specify",
    "tasks",
    "taskstoissues",
];

struct Check<'t> {
    text: &'t str,
    certain: bool,
    /// True for one that is in use: what is only looked at while it is installed is not refused any more.
    installed: bool,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn report(&mut self, kind: ProblemKind, span: Span) {
        if self.certain {
            self.problems.push(Problem { kind, span });
        }
    }

    fn refuse(&mut self, span: Span, words: impl Into<String>) {
        self.report(ProblemKind::Refused(System::SpecKit, words.into()), span);
    }

    fn doubt(&mut self, span: Span, words: impl Into<String>) {
        self.report(ProblemKind::Doubtful(System::SpecKit, words.into()), span);
    }

    /// What is refused while it is installed.
    fn refuse_new(&mut self, span: Span, words: &str) {
        if self.installed {
            self.doubt(span, format!("{words}; it could not be installed again"));
        } else {
            self.refuse(span, words);
        }
    }

    fn first_line(&self, span: Span) -> Span {
        let length = span.of(self.text).lines().next().unwrap_or_default().len();
        Span::new(span.start as usize, span.start as usize + length)
    }

    fn place(&self, map: &Node, key: &str) -> Span {
        match map.entry(key) {
            None => map.entries().first().map_or(Span::empty(map.span.start as usize), |entry| entry.key.span),
            Some(entry) if entry.value.span.is_empty() => entry.key.span,
            Some(entry) => self.first_line(entry.value.span),
        }
    }

    /// The map under a key that must be there.
    fn section<'n>(&mut self, root: &'n Node, key: &str) -> Option<&'n Node> {
        match root.get(key) {
            Some(node) if type_of(node) == Type::Map => Some(node),
            Some(node) => {
                self.refuse(self.place(root, key), format!("`{key}` must be a map, not {}", type_of(node).word()));
                None
            }
            None => {
                self.refuse(self.place(root, key), format!("`{key}` is missing"));
                None
            }
        }
    }

    /// The text under a key that must be there; `of` names the map for the message, `owner` is its key's place.
    fn text_of<'n>(&mut self, map: &'n Node, key: &str, of: &str, owner: Span) -> Option<&'n Node> {
        match map.get(key) {
            Some(node) if type_of(node) == Type::Text => Some(node),
            Some(node) => {
                let quote = if node.scalar().is_some() { ": put it in quotes" } else { "" };
                let words = format!("`{of}.{key}` must be text, not {}{quote}", type_of(node).word());
                self.refuse(self.place(map, key), words);
                None
            }
            None => {
                self.refuse(owner, format!("`{of}.{key}` is missing"));
                None
            }
        }
    }

    /// `schema_version`, the header under `key`, and `requires`.
    fn header(&mut self, root: &Node, key: &str, manifest: &mut Manifest) {
        match root.get("schema_version") {
            Some(node) if pyyaml::text(node) == Some("1.0") => {}
            Some(_) => self.refuse(self.place(root, "schema_version"), "`schema_version` must be \"1.0\" in quotes"),
            None => self.refuse(self.place(root, "schema_version"), "`schema_version` is missing"),
        }
        if let Some(head) = self.section(root, key) {
            let owner = root.entry(key).map_or(head.span, |entry| entry.key.span);
            manifest.name = take::text(head, "id");
            manifest.description = take::text(head, "description").or_else(|| take::text(head, "name"));
            for field in ["name", "description"] {
                self.text_of(head, field, key, owner);
            }
            if let Some(id) = self.text_of(head, "id", key, owner)
                && !id.scalar().is_some_and(is_slug)
            {
                self.refuse(id.span, format!("`{key}.id` may hold small letters, digits and `-`"));
            }
            if let Some(version) = self.text_of(head, "version", key, owner)
                && !version.scalar().is_some_and(may_be_version)
            {
                self.refuse(version.span, "`version` must be a version such as \"1.0.0\"");
            }
        }
        if let Some(requires) = self.section(root, "requires") {
            let owner = root.entry("requires").map_or(requires.span, |entry| entry.key.span);
            if let Some(version) = self.text_of(requires, "speckit_version", "requires", owner)
                && version.scalar().is_some_and(|version| version.trim().is_empty())
            {
                self.refuse(version.span, "`speckit_version` is empty");
            }
        }
    }

    /// The list under a key of `provides`, if it is one.
    fn list<'n>(&mut self, provides: &'n Node, key: &str) -> &'n [Node] {
        match provides.get(key) {
            Some(list) if type_of(list) == Type::List => list.items(),
            Some(list) => {
                let words = format!("`{key}` must be a list, not {}", type_of(list).word());
                self.refuse(self.place(provides, key), words);
                &[]
            }
            None => &[],
        }
    }

    /// `name` and `file` of a part; `None` when it is no map.
    fn part(&mut self, kind: &'static str, node: &Node, manifest: &mut Manifest) -> Option<Spanned<String>> {
        if type_of(node) != Type::Map {
            self.refuse(self.first_line(node.span), format!("a {kind} must be a map, not {}", type_of(node).word()));
            return None;
        }
        let (name, file) = (take::text(node, "name"), take::text(node, "file"));
        manifest.parts.push(Part { kind, name: name.clone(), file: file.clone(), span: node.span, ..Part::default() });
        let start = self.first_line(node.span);
        let found = self.text_of(node, "name", kind, start);
        match node.get("file") {
            None => self.refuse(start, format!("`{kind}.file` is missing")),
            Some(written) => {
                let reason = match pyyaml::text(written) {
                    // A preset may name its own folder, which is of no use.
                    Some("") if manifest.what == "preset" => None,
                    Some(path) => unsafe_path(path, manifest.what == "preset"),
                    None => Some("must be a path"),
                };
                if let Some(reason) = reason {
                    self.refuse(self.place(node, "file"), format!("`file` {reason}"));
                }
            }
        }
        found.and_then(take::word)
    }

    fn extension(&mut self, root: &Node, manifest: &mut Manifest) {
        self.header(root, "extension", manifest);
        let head = root.get("extension");
        if let Some(effect) = head.and_then(|head| head.get("effect"))
            && !matches!(pyyaml::text(effect), Some("read-only" | "read-write"))
        {
            self.refuse(effect.span, "`effect` must be `read-only` or `read-write`");
        }
        if let Some(category) = head.and_then(|head| head.get("category"))
            && pyyaml::text(category).is_none_or(|category| category.trim().is_empty())
        {
            self.refuse(category.span, "`category` must be text that is not empty");
        }
        let own = manifest.name.clone();
        if let Some(id) = own.as_ref().filter(|id| COMMANDS.contains(&id.value.as_str())) {
            self.refuse_new(id.span, "a command of Spec Kit itself has this name");
        }
        let Some(provides) = self.section(root, "provides") else { return };
        let mut seen: HashSet<String> = HashSet::new();
        for node in self.list(provides, "commands") {
            let Some(name) = self.part("command", node, manifest) else { continue };
            self.command_name(&name, own.as_ref().map_or("", |id| &id.value));
            let aliases = self.list_of_texts(node, "aliases");
            for name in std::iter::once(name).chain(aliases) {
                if !seen.insert(name.value.clone()) {
                    self.refuse_new(name.span, &format!("there is a command or alias `{}` already", name.value));
                }
            }
        }
        for (key, kind) in [("templates", "template"), ("scripts", "script")] {
            let mut seen: HashSet<String> = HashSet::new();
            for node in self.list(provides, key) {
                let Some(name) = self.part(kind, node, manifest) else { continue };
                if !is_slug(&name.value) {
                    self.refuse(name.span, "a name may hold small letters, digits and `-`");
                }
                if !seen.insert(name.value.clone()) {
                    self.refuse(name.span, format!("there is a {kind} `{}` already", name.value));
                }
                if let Some(entry) = node.entry("strategy") {
                    self.refuse(entry.key.span, "`strategy` is for presets; an extension always replaces");
                }
                for runtime in self.list_of_texts(node, "runtimes") {
                    if !["bash", "powershell", "python"].contains(&runtime.value.as_str()) {
                        self.refuse(runtime.span, "a runtime is `bash`, `powershell` or `python`");
                    }
                }
            }
        }
        let has = |map: &Node, key: &str| map.get(key).is_some_and(|node| !pyyaml::is_falsy(node));
        let brings = ["commands", "templates", "scripts"].iter().any(|key| has(provides, key));
        if !brings && !has(root, "hooks") && !has(root, "events") {
            let place = root.entry("provides").map_or(provides.span, |entry| entry.key.span);
            self.refuse(place, "an extension must bring a command, template, script, hook or event");
        }
        match root.get("hooks") {
            Some(hooks) if type_of(hooks) == Type::Map => {
                for entry in hooks.entries() {
                    let one = std::slice::from_ref(&entry.value);
                    let list = if type_of(&entry.value) == Type::List { entry.value.items() } else { one };
                    if list.is_empty() {
                        self.refuse(entry.key.span, format!("`{}` has no hook", entry.key.value));
                    }
                    self.event(&entry.key);
                    for node in list {
                        self.hook(&entry.key, node, manifest);
                    }
                }
            }
            Some(hooks) => {
                let words = format!("`hooks` must be a map, not {}", type_of(hooks).word());
                self.refuse(self.place(root, "hooks"), words);
            }
            None => {}
        }
    }

    fn list_of_texts(&mut self, map: &Node, key: &str) -> Vec<Spanned<String>> {
        match map.get(key) {
            None => Vec::new(),
            Some(node) if type_of(node) == Type::Null => Vec::new(),
            Some(node) if type_of(node) != Type::List => {
                self.refuse(self.place(map, key), format!("`{key}` must be a list of texts"));
                Vec::new()
            }
            Some(node) => {
                if let Some(wrong) = node.items().iter().find(|item| type_of(item) != Type::Text) {
                    self.refuse(self.first_line(wrong.span), format!("`{key}` must be a list of texts"));
                }
                take::words(node)
            }
        }
    }

    /// `speckit.<extension>.<command>`; two older forms are put right without a question.
    fn command_name(&mut self, name: &Spanned<String>, own: &str) {
        let parts: Vec<&str> = name.value.split('.').collect();
        match parts.as_slice() {
            ["speckit", extension, command] if is_slug(extension) && is_slug(command) => {
                if *extension != own && !own.is_empty() {
                    let words = format!("a command of this extension must be called `speckit.{own}.…`");
                    self.refuse_new(name.span, &words);
                }
            }
            [first, command] if (*first == "speckit" || *first == own) && is_slug(command) && is_slug(own) => {
                self.doubt(name.span, format!("this is registered as `speckit.{own}.{command}`"));
            }
            _ => self.refuse(name.span, "a command must be called `speckit.<extension>.<command>`"),
        }
    }

    /// An event that looks like one into which Spec Kit looks, and is not.
    fn event(&mut self, event: &Spanned<String>) {
        let known: Vec<String> =
            ["before", "after"].iter().flat_map(|when| COMMANDS.iter().map(move |it| format!("{when}_{it}"))).collect();
        if known.contains(&event.value) {
            return;
        }
        if let Some(meant) = values::nearest(&event.value, known.iter().map(String::as_str)) {
            self.doubt(event.span, format!("nothing looks for hooks of `{}`; did you mean `{meant}`?", event.value));
        }
    }

    fn hook(&mut self, event: &Spanned<String>, node: &Node, manifest: &mut Manifest) {
        if type_of(node) != Type::Map {
            self.refuse(self.first_line(node.span), format!("a hook must be a map, not {}", type_of(node).word()));
            return;
        }
        manifest.hooks.push(Hook { event: event.clone(), command: take::text(node, "command"), span: node.span });
        if node.get("command").is_none_or(pyyaml::is_falsy) {
            self.refuse(self.first_line(node.span), "a hook must have a `command`");
        }
        if let Some(priority) = node.get("priority")
            && (type_of(priority) != Type::Int || pyyaml::number(priority).is_some_and(|number| number < 1.0))
        {
            self.refuse(self.place(node, "priority"), "`priority` must be a whole number of at least 1");
        }
    }

    fn preset(&mut self, root: &Node, manifest: &mut Manifest) {
        self.header(root, "preset", manifest);
        let Some(provides) = self.section(root, "provides") else { return };
        let templates = self.list(provides, "templates");
        if templates.is_empty() && provides.get("templates").is_none_or(|list| type_of(list) == Type::List) {
            let place = root.entry("provides").map_or(provides.span, |entry| entry.key.span);
            self.refuse(place, "a preset must bring at least one template");
        }
        let mut seen: HashSet<(String, String)> = HashSet::new();
        for node in templates {
            let kind = match node.get("type").and_then(pyyaml::text) {
                Some("command") => "command",
                Some("script") => "script",
                _ => "template",
            };
            let Some(name) = self.part(kind, node, manifest) else { continue };
            let written = node.get("type").and_then(pyyaml::text);
            if !matches!(written, Some("template" | "command" | "script")) {
                self.refuse(self.place(node, "type"), "`type` must be `template`, `command` or `script`");
            }
            let fits = if kind == "command" {
                name.value.split('.').all(|part| part.is_empty() || is_slug(part))
            } else {
                is_slug(&name.value)
            };
            if !fits {
                self.refuse(name.span, "a name may hold small letters, digits and `-`");
            }
            if !seen.insert((kind.to_owned(), name.value.clone())) {
                self.refuse(name.span, format!("there is a {kind} `{}` already", name.value));
            }
            let Some(strategy) = node.get("strategy") else { continue };
            let word = pyyaml::text(strategy).map(str::to_lowercase);
            match word.as_deref() {
                Some("replace" | "wrap") => {}
                Some("prepend" | "append") if kind != "script" => {}
                Some("prepend" | "append") => {
                    self.refuse(self.place(node, "strategy"), "a script can only `replace` or `wrap`");
                }
                _ => {
                    let words = "`strategy` must be `replace`, `prepend`, `append` or `wrap`";
                    self.refuse(self.place(node, "strategy"), words);
                }
            }
        }
    }

    fn bundle(&mut self, root: &Node, manifest: &mut Manifest) {
        let filled =
            |node: &Node| !matches!(type_of(node), Type::Null) && node.scalar().is_none_or(|it| !it.trim().is_empty());
        let schema = root.get("schema_version").and_then(Node::scalar).map(str::trim);
        if schema != Some("1.0") {
            self.refuse(self.place(root, "schema_version"), "`schema_version` must be \"1.0\"");
        }
        if let Some(head) = self.section(root, "bundle") {
            let owner = root.entry("bundle").map_or(head.span, |entry| entry.key.span);
            manifest.name = take::text(head, "id");
            manifest.description = take::text(head, "description").or_else(|| take::text(head, "name"));
            for key in ["id", "name", "version", "role", "description", "author", "license"] {
                if !head.get(key).is_some_and(filled) {
                    let place = if head.get(key).is_some() { self.place(head, key) } else { owner };
                    self.refuse(place, format!("`bundle.{key}` is missing"));
                }
            }
            if let Some(version) = head.get("version").filter(|it| filled(it) && !it.scalar().is_some_and(is_semver)) {
                self.refuse(version.span, "`version` must be X.Y.Z");
            }
        }
        match root.get("requires") {
            Some(requires) if type_of(requires) == Type::Map => {
                if !requires.get("speckit_version").is_some_and(filled) {
                    let place = root.entry("requires").map_or(requires.span, |entry| entry.key.span);
                    self.refuse(place, "`requires.speckit_version` is missing");
                }
            }
            Some(node) if type_of(node) != Type::Null => {
                self.refuse(self.place(root, "requires"), "`requires` must be a map");
            }
            _ => self.refuse(self.place(root, "requires"), "`requires.speckit_version` is missing"),
        }
        let Some(provides) = root.get("provides").filter(|node| type_of(node) != Type::Null) else { return };
        if type_of(provides) != Type::Map {
            return self.refuse(self.place(root, "provides"), "`provides` must be a map");
        }
        for (key, kind) in
            [("extensions", "extension"), ("presets", "preset"), ("steps", "step"), ("workflows", "workflow")]
        {
            if provides.get(key).is_some_and(|list| type_of(list) == Type::Null) {
                continue;
            }
            for node in self.list(provides, key) {
                self.component(kind, node, manifest);
            }
        }
    }

    fn component(&mut self, kind: &'static str, node: &Node, manifest: &mut Manifest) {
        let start = self.first_line(node.span);
        if type_of(node) != Type::Map {
            return self.refuse(start, format!("a {kind} must be a map, not {}", type_of(node).word()));
        }
        let name = take::text(node, "id");
        if name.is_none() {
            self.refuse(start, format!("a {kind} must have an `id`"));
        }
        manifest.parts.push(Part { kind, name, span: node.span, ..Part::default() });
        match node.get("version").filter(|version| !pyyaml::is_falsy(version)) {
            None if kind != "step" => self.refuse(start, format!("a {kind} must be pinned to a `version`")),
            Some(version) if !version.scalar().is_some_and(is_semver) => {
                self.refuse(self.place(node, "version"), "`version` must be X.Y.Z");
            }
            _ => {}
        }
        if kind != "preset" {
            return;
        }
        let number = |node: &Node| {
            type_of(node) != Type::Bool && node.scalar().is_some_and(|it| it.trim().parse::<i64>().is_ok())
        };
        if !node.get("priority").is_some_and(number) {
            let place = if node.get("priority").is_some() { self.place(node, "priority") } else { start };
            self.refuse(place, "a preset must have a whole number as `priority`");
        }
        if !matches!(
            node.get("strategy").and_then(Node::scalar).map(str::trim),
            Some("replace" | "prepend" | "append" | "wrap")
        ) {
            let place = if node.get("strategy").is_some() { self.place(node, "strategy") } else { start };
            self.refuse(place, "`strategy` must be `replace`, `prepend`, `append` or `wrap`");
        }
    }

    /// `.specify/extensions.yml`: what it says wrongly is skipped.
    fn project_hooks(&mut self, root: &Node, manifest: &mut Manifest) {
        let Some(hooks) = root.get("hooks") else { return };
        for entry in hooks.entries() {
            let one = std::slice::from_ref(&entry.value);
            let list = if type_of(&entry.value) == Type::List { entry.value.items() } else { one };
            self.event(&entry.key);
            for node in list.iter().filter(|node| type_of(node) == Type::Map) {
                let command = take::text(node, "command");
                manifest.hooks.push(Hook { event: entry.key.clone(), command, span: node.span });
            }
        }
    }
}

/// Small letters, digits and `-`.
fn is_slug(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !word.is_empty() && word.bytes().all(fits)
}

/// False for what is certainly no version of a Python package.
fn may_be_version(word: &str) -> bool {
    let word = word.trim();
    let word = word.strip_prefix(['v', 'V']).unwrap_or(word);
    let known = |letter: char| letter.is_ascii_alphanumeric() || ".!+-_".contains(letter);
    word.starts_with(|first: char| first.is_ascii_digit()) && word.chars().all(known)
}

/// `1.2.3`, with what may stand behind it.
fn is_semver(word: &str) -> bool {
    let word = word.trim();
    let end = word.find(['-', '+']).unwrap_or(word.len());
    let numbers: Vec<&str> = word[..end].split('.').collect();
    numbers.len() == 3 && numbers.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Why a path is refused, as far as that is certain.
fn unsafe_path(path: &str, preset: bool) -> Option<&'static str> {
    let drive =
        !preset && path.as_bytes().get(1) == Some(&b':') && path.starts_with(|first: char| first.is_ascii_alphabetic());
    match () {
        () if path.is_empty() => Some("must be a path"),
        () if path.starts_with('/') || drive => Some("must be a path from the folder of the manifest"),
        () if path.split('/').next() == Some("..") => Some("must stay in the folder of the manifest"),
        () => None,
    }
}

const EXTENSIONS: &str = "Spec Kit 1.0.1, extensions/EXTENSION-API-REFERENCE.md";
const PRESETS: &str = "Spec Kit 1.0.1, docs/reference/presets.md";
const BUNDLES: &str = "Spec Kit 1.0.1, docs/reference/bundles.md";

const SCHEMA: Words = &[word("1.0", "The only one there is.")];
const SCHEMA_VERSION: Key = required("schema_version", OneOf(SCHEMA), "Version of the format, in quotes.");
const ID: Key = required("id", Text, "Its id: small letters, digits and `-`.");
const NAME: Key = required("name", Text, "What it is called, for people.");
const ITS_VERSION: Key = required("version", Version, "Its version, `\"X.Y.Z\"` in quotes.");
const ABOUT: Key = required("description", Text, "What it brings, in less than 200 characters.");
const AUTHOR: Key = key("author", Text, "Who made it.");
const REPOSITORY: Key = key("repository", Text, "Address of its repository.");
const LICENSE: Key = key("license", Text, "Its license: `MIT`.");
const HOMEPAGE: Key = key("homepage", Text, "Address of its page.");
const TAGS: Key = key("tags", List(&Text), "Words that it is found by.");
const NEEDS: Key = required("requires", Map(Of(&REQUIRES)), "What it needs.");

static EXTENSION: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "an extension",
    source: EXTENSIONS,
    keys: &[
        SCHEMA_VERSION,
        required("extension", Map(Of(&EXTENSION_HEADER)), "What it is."),
        NEEDS,
        required("provides", Map(Of(&EXTENSION_PARTS)), "What it brings; it must bring something, if only a hook."),
        key("hooks", HOOKS_BY_EVENT, "What is done before and after commands of Spec Kit."),
        key("events", Any, "What is done at events of the agent."),
        TAGS,
        key("defaults", Any, "Values of its own configuration where nobody says others."),
    ],
};

const EFFECTS: Words = &[word("read-only", "It changes no files."), word("read-write", "It changes files.")];

static EXTENSION_HEADER: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "`extension`",
    source: EXTENSIONS,
    keys: &[
        ID,
        NAME,
        ITS_VERSION,
        ABOUT,
        AUTHOR,
        REPOSITORY,
        LICENSE,
        HOMEPAGE,
        key("category", Text, "What kind of extension it is, for lists."),
        key("effect", OneOf(EFFECTS), "Whether it changes files, for lists."),
    ],
};

static REQUIRES: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "`requires`",
    source: EXTENSIONS,
    keys: &[
        required("speckit_version", Text, "Which versions of Spec Kit it works with: `\">=1.0.0\"`, without a space."),
        key("tools", List(&Map(Of(&TOOL))), "Programs that it needs."),
        key("commands", List(&Text), "Commands of others that it needs."),
        key("scripts", List(&Text), "Scripts that it needs."),
    ],
};

static TOOL: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a needed program",
    source: EXTENSIONS,
    keys: &[
        required("name", Text, "The program."),
        key("version", Text, "Which versions of it."),
        key("required", Boolean, "True: nothing works without it.").or("`false`"),
    ],
};

static EXTENSION_PARTS: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "`provides`",
    source: EXTENSIONS,
    keys: &[
        key("commands", List(&Map(Of(&A_COMMAND))), "Commands."),
        key("templates", List(&Map(Of(&A_TEMPLATE))), "Templates, which stand instead of others of their name."),
        key("scripts", List(&Map(Of(&A_SCRIPT))), "Scripts, which stand instead of others of their name."),
        key("config", List(&Map(Of(&A_CONFIG))), "Files of settings."),
    ],
};

const FILE: Key = required("file", Path, "Its file, from the folder of the manifest.");
const ITS_WORDS: Key = key("description", Text, "What it is for.");

static A_COMMAND: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a command that an extension brings",
    source: EXTENSIONS,
    keys: &[
        required("name", Text, "`speckit.<id of the extension>.<command>`."),
        FILE,
        ITS_WORDS,
        key("aliases", List(&Text), "Other names, of the same form."),
    ],
};

static A_TEMPLATE: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a template that an extension brings",
    source: EXTENSIONS,
    keys: &[
        required("name", Text, "Its name: small letters, digits and `-`."),
        FILE,
        ITS_WORDS,
        key("strategy", Text, "Of presets only.").but("Refused: what an extension brings always replaces"),
    ],
};

const RUNTIMES: Words = &[word("bash", "Bash."), word("powershell", "PowerShell."), word("python", "Python.")];

static A_SCRIPT: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a script that an extension brings",
    source: EXTENSIONS,
    keys: &[
        required("name", Text, "Its name: small letters, digits and `-`."),
        FILE,
        ITS_WORDS,
        key("runtimes", List(&OneOf(RUNTIMES)), "What it is written for."),
        key("strategy", Text, "Of presets only.").but("Refused: what an extension brings always replaces"),
    ],
};

static A_CONFIG: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a file of settings that an extension brings",
    source: EXTENSIONS,
    keys: &[
        required("name", Text, "Name of the file."),
        key("template", Path, "What it begins with."),
        ITS_WORDS,
        key("required", Boolean, "True: it must be there.").or("`false`"),
    ],
};

const HOOK_LIST: Value = OneOrMore(&Map(Of(&HOOK)));
const HOOKS_BY_EVENT: Value = Map(Of(&HOOK_EVENTS));

static HOOK_EVENTS: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "`hooks`",
    source: EXTENSIONS,
    keys: &[
        key("before_specify", HOOK_LIST, "Before `speckit.specify`."),
        key("after_specify", HOOK_LIST, "After `speckit.specify`."),
        key("before_clarify", HOOK_LIST, "Before `speckit.clarify`."),
        key("after_clarify", HOOK_LIST, "After `speckit.clarify`."),
        key("before_plan", HOOK_LIST, "Before `speckit.plan`."),
        key("after_plan", HOOK_LIST, "After `speckit.plan`."),
        key("before_tasks", HOOK_LIST, "Before `speckit.tasks`."),
        key("after_tasks", HOOK_LIST, "After `speckit.tasks`."),
        key("before_analyze", HOOK_LIST, "Before `speckit.analyze`."),
        key("after_analyze", HOOK_LIST, "After `speckit.analyze`."),
        key("before_checklist", HOOK_LIST, "Before `speckit.checklist`."),
        key("after_checklist", HOOK_LIST, "After `speckit.checklist`."),
        key("before_implement", HOOK_LIST, "Before `speckit.implement`."),
        key("after_implement", HOOK_LIST, "After `speckit.implement`."),
        key("before_converge", HOOK_LIST, "Before `speckit.converge`."),
        key("after_converge", HOOK_LIST, "After `speckit.converge`."),
        key("before_constitution", HOOK_LIST, "Before `speckit.constitution`."),
        key("after_constitution", HOOK_LIST, "After `speckit.constitution`."),
        key("before_taskstoissues", HOOK_LIST, "Before `speckit.taskstoissues`."),
        key("after_taskstoissues", HOOK_LIST, "After `speckit.taskstoissues`."),
    ],
};

static HOOK: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a hook",
    source: EXTENSIONS,
    keys: &[
        required("command", Name(NameKind::Command), "The command that is run."),
        key("extension", Text, "In `extensions.yml`: the extension that it belongs to."),
        key("enabled", Boolean, "In `extensions.yml`: false leaves it out.").or("`true`"),
        key("priority", Integer, "Lower ones come first; from 1.").or("10"),
        key("optional", Boolean, "False: it is run without a question.").or("`true`"),
        key("prompt", Text, "What is asked where it is optional."),
        key("description", Text, "What it does."),
        key("condition", Text, "When it is run at all."),
    ],
};

static PROJECT: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "the hooks of a project",
    source: "Spec Kit 1.0.1; no program reads the file, agents do, and pass over one that they cannot parse",
    keys: &[
        key("installed", List(&Text), "Extensions that are there."),
        key("settings", Any, "Settings of all extensions."),
        key("hooks", HOOKS_BY_EVENT, "What is done before and after commands of Spec Kit."),
    ],
};

static PRESET: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a preset",
    source: PRESETS,
    keys: &[
        SCHEMA_VERSION,
        required("preset", Map(Of(&PRESET_HEADER)), "What it is."),
        NEEDS,
        required("provides", Map(Of(&PRESET_PARTS)), "What it brings: at least one template."),
        TAGS,
    ],
};

static PRESET_HEADER: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "`preset`",
    source: PRESETS,
    keys: &[ID, NAME, ITS_VERSION, ABOUT, AUTHOR, REPOSITORY, LICENSE, HOMEPAGE],
};

static PRESET_PARTS: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "`provides`",
    source: PRESETS,
    keys: &[required("templates", List(&Map(Of(&PRESET_PART))), "Templates, commands and scripts.")],
};

const KINDS: Words = &[
    word("template", "A template of a document."),
    word("command", "A command for agents."),
    word("script", "A script."),
];

const STRATEGIES: Words = &[
    word("replace", "It stands instead of what it is called like (default)."),
    word("prepend", "It stands before it; no scripts."),
    word("append", "It stands behind it; no scripts."),
    word("wrap", "It stands around it: at `{CORE_TEMPLATE}`, or `$CORE_SCRIPT`."),
];

static PRESET_PART: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a part of a preset",
    source: PRESETS,
    keys: &[
        required("type", OneOf(KINDS), "What it is."),
        required("name", Text, "Its name; each only once of its type."),
        FILE,
        ITS_WORDS,
        key("replaces", Text, "What it stands for, where that is called otherwise."),
        key("strategy", OneOf(STRATEGIES), "How it goes together with what is there.").or("`replace`"),
    ],
};

static BUNDLE: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a bundle",
    source: BUNDLES,
    keys: &[
        SCHEMA_VERSION,
        required("bundle", Map(Of(&BUNDLE_HEADER)), "What it is."),
        NEEDS,
        key("provides", Map(Of(&BUNDLE_PARTS)), "What it puts together."),
        TAGS,
    ],
};

static BUNDLE_HEADER: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "`bundle`",
    source: BUNDLES,
    keys: &[
        ID,
        NAME,
        ITS_VERSION,
        required("role", Text, "Whom it is for: `developer`."),
        ABOUT,
        required("author", Text, "Who made it."),
        required("license", Text, "Its license: `MIT`."),
        REPOSITORY,
        HOMEPAGE,
    ],
};

static BUNDLE_PARTS: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "`provides`",
    source: BUNDLES,
    keys: &[
        key("extensions", List(&Map(Of(&BUNDLE_PART))), "Extensions."),
        key("presets", List(&Map(Of(&BUNDLE_PART))), "Presets."),
        key("steps", List(&Map(Of(&BUNDLE_PART))), "Types of steps."),
        key("workflows", List(&Map(Of(&BUNDLE_PART))), "Workflows."),
    ],
};

static BUNDLE_PART: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a part of a bundle",
    source: BUNDLES,
    keys: &[
        required("id", Text, "Which one."),
        key("version", Version, "Its version, `\"X.Y.Z\"`; only a type of steps needs none."),
        key("priority", Integer, "A preset's: the lowest number wins."),
        key("strategy", OneOf(STRATEGIES), "A preset's: how it goes together with what is there."),
    ],
};

static COMMAND: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a command",
    source: EXTENSIONS,
    keys: &[
        required("description", Text, "What it does."),
        key("handoffs", List(&Map(Of(&HANDOFF))), "What may come next; only VS Code shows it."),
        key("scripts", Map(Of(&SCRIPTS)), "What `{SCRIPT}` in its text stands for."),
        key("tools", List(&Text), "Tools of MCP servers that it needs: `server/tool`."),
    ],
};

static HANDOFF: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a handoff",
    source: EXTENSIONS,
    keys: &[
        required("label", Text, "What stands on the button."),
        required("agent", Name(NameKind::Command), "The command that goes on."),
        key("prompt", Text, "What it is told."),
        key("send", Boolean, "True: it is sent at once.").or("`false`"),
    ],
};

static SCRIPTS: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "`scripts`",
    source: EXTENSIONS,
    keys: &[key("sh", Text, "For a POSIX shell."), key("ps", Text, "For PowerShell."), key("py", Text, "For Python.")],
};
