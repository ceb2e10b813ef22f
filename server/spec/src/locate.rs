//! Says where a cursor stands: on a key, in a value, in a template, on a heading. Works in YAML, TOML and JSON that are being
//! typed, in our files and in those of other tools, so completion, hover and definition all start here.

mod toml;

use crate::foreign::{self, keys::Form};
use crate::project::{FileKind, Name, Role, SpecFile};
use crate::schema::{Key, MapKind, Value};
use syntax::markdown;
use syntax::template::{self, Expression, Fault};
use syntax::yaml::{self, Entry, Kind, Node};
use text::Span;

/// Where a cursor stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Cursor {
    /// What may stand there.
    pub place: Place,
    /// The token under the cursor, without quotes: what a completion replaces. Empty where nothing is written yet.
    pub span: Span,
    /// The name that stands there, when it is one that joins files.
    pub name: Option<(Name, Role)>,
    /// Keys from the root down to where it stands: `passes`, `gate`, `reviewer`.
    pub path: Vec<String>,
    /// How keys and values are written there.
    pub form: Form,
}

/// What may stand at a place.
#[derive(Clone, PartialEq, Debug)]
pub enum Place {
    /// A key of a map that has a table.
    Key {
        /// The map.
        map: MapKind,
        /// The key that is written, when it is a known one.
        key: Option<&'static Key>,
        /// Keys that the map has already.
        present: Vec<String>,
    },
    /// A key that the writer chooses, of a map whose values are such.
    FreeKey {
        /// What its value is.
        value: &'static Value,
    },
    /// The value of a key, or one item of it.
    Value {
        /// The map of the key.
        map: MapKind,
        /// The key.
        key: &'static Key,
        /// What may stand here: the item's when the key takes a list.
        value: Value,
        /// Words that the list has already.
        present: Vec<String>,
    },
    /// Inside `{{ … }}`; the span is that of the name.
    Template,
    /// A heading of the body.
    Heading {
        /// Its level.
        level: u8,
    },
    /// Other text of the body.
    Text,
    /// Where nothing of ours stands: outside front matter and body, in comments, in files of others.
    Outside,
}

/// Where `offset` stands in `file`.
pub fn locate(file: &SpecFile, offset: usize) -> Cursor {
    let mut cursor = place(file, offset.min(file.words().len()));
    let touching = file.facts.names.iter().filter(|(_, _, span)| !span.is_empty() && span.touches(offset));
    // Behind a word the cursor touches it and what starts there: the narrower one is meant.
    if let Some((name, role, span)) = touching.min_by_key(|(_, _, span)| span.len()) {
        cursor.name = Some((name.clone(), *role));
        if cursor.place == Place::Template || matches!(cursor.place, Place::Heading { .. } | Place::Text) {
            cursor.span = *span;
        }
    }
    cursor
}

fn place(file: &SpecFile, offset: usize) -> Cursor {
    let nothing =
        |place| Cursor { place, span: Span::empty(offset), name: None, path: Vec::new(), form: Form::default() };
    let Some(map) = file.kind.map() else { return of_others(file, offset).unwrap_or(nothing(Place::Outside)) };
    let text = file.words();
    let yaml = file.yaml();
    if let Some(span) = in_template(text, offset).filter(|_| file.kind != FileKind::Config) {
        return Cursor { span, ..nothing(Place::Template) };
    }
    if yaml.touches(offset)
        && (offset < yaml.end as usize || file.kind == FileKind::Config || is_line_start(text, offset))
    {
        let document = yaml::read(text, yaml);
        let mut walker = Walker { text, offset, path: Vec::new(), form: Form::Yaml };
        let (place, span) = walker.root(&document.root, map, yaml);
        return Cursor { place, span, name: None, path: walker.path, form: Form::Yaml };
    }
    if offset <= yaml.end as usize {
        return nothing(Place::Outside);
    }
    let body = markdown::read(text, Span::new(yaml.end as usize, text.len()));
    match body.headings.iter().find(|heading| heading.span.touches(offset)) {
        Some(heading) => Cursor { span: heading.title.span, ..nothing(Place::Heading { level: heading.level }) },
        None if body.is_verbatim(offset) => nothing(Place::Outside),
        None => nothing(Place::Text),
    }
}

/// In a file of another tool only its keys and their values are known.
fn of_others(file: &SpecFile, offset: usize) -> Option<Cursor> {
    let text = file.words();
    let (_, reader) = foreign::reader(&file.path)?;
    let keys = (reader.keys)(&file.path, text, offset).filter(|keys| keys.span.touches(offset))?;
    let (form, end) = (keys.form, keys.span.end as usize);
    if offset == end && end != text.len() && form == Form::Yaml && !is_line_start(text, offset) {
        return None;
    }
    let document = match form {
        Form::Yaml => yaml::read(text, keys.span),
        Form::Toml => syntax::toml::read(text, keys.span),
        Form::Json => syntax::json::read(text, keys.span),
    };
    let mut walker = Walker { text, offset, path: Vec::new(), form };
    let (place, span) = walker.root(&document.root, MapKind::Foreign(keys.table), keys.span);
    // a key that the writer chooses means nothing here
    let known = matches!(place, Place::Key { .. } | Place::Value { .. });
    known.then_some(Cursor { place, span, name: None, path: walker.path, form })
}

fn is_line_start(text: &str, offset: usize) -> bool {
    offset == 0 || matches!(text.as_bytes()[offset - 1], b'\n' | b'\r')
}

/// The name (or the empty place for one) in the template that `offset` stands in.
fn in_template(text: &str, offset: usize) -> Option<Span> {
    let line_start = text.get(..offset)?.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let rest = text.get(offset..)?;
    let line_end = offset + rest.find(['\n', '\r']).unwrap_or(rest.len());
    let found = template::expressions(text, Span::new(line_start, line_end));
    let holds = |expression: &&Expression| {
        let open = expression.fault.as_ref().is_some_and(|fault| fault.value == Fault::Unclosed);
        let behind = (expression.span.start as usize) + 2 <= offset;
        behind && (open || offset + 2 <= expression.span.end as usize)
    };
    found.iter().rev().find(holds)?;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let bytes = text.as_bytes();
    let before = bytes[line_start..offset].iter().rev().take_while(|byte| is_name(byte)).count();
    let after = bytes[offset..line_end].iter().take_while(|byte| is_name(byte)).count();
    Some(Span::new(offset - before, offset + after))
}

/// Looks for the cursor in a tree. What is written is found by its place; where nothing is written yet, line and
/// indentation say what could be.
struct Walker<'t> {
    text: &'t str,
    offset: usize,
    path: Vec<String>,
    form: Form,
}

/// The map and key whose value is looked at.
type Owner = Option<(MapKind, &'static Key)>;
type Found = Option<(Place, Span)>;

impl Walker<'_> {
    fn root(&mut self, root: &Node, map: MapKind, yaml: Span) -> (Place, Span) {
        let outside = (Place::Outside, Span::empty(self.offset));
        if self.form != Form::Json && self.in_comment(yaml) {
            return outside;
        }
        if self.form == Form::Toml {
            return self.toml(root, map).unwrap_or(outside);
        }
        if self.form == Form::Json && matches!(root.kind, Kind::Null) {
            return outside;
        }
        if root.entries().is_empty() && self.form == Form::Yaml {
            return self.fresh(Value::Map(map), None).unwrap_or(outside);
        }
        self.descend(root, Value::Map(map), None).unwrap_or(outside)
    }

    fn in_comment(&self, yaml: Span) -> bool {
        let before = self.text.get(yaml.start as usize..self.offset).unwrap_or_default();
        let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
        let mut quote = None;
        let mut last = b' ';
        for byte in line.bytes() {
            match quote {
                Some(open) if open == byte => quote = None,
                None if matches!(byte, b'"' | b'\'') && matches!(last, b' ' | b'[' | b'{' | b',') => quote = Some(byte),
                None if byte == b'#' && last == b' ' => return true,
                _ => {}
            }
            last = byte;
        }
        false
    }

    fn descend(&mut self, node: &Node, value: Value, owner: Owner) -> Found {
        match (&node.kind, value) {
            (Kind::Map(entries), Value::Map(map) | Value::MapOr(map, _)) => {
                let key = |entry: &Entry| map.key(&entry.key.value);
                self.map(node, entries, &|entry| key(entry).map(|key| (key.value, Some((map, key)))), &|written| {
                    Place::Key { map, key: written.and_then(key), present: others(entries, written) }
                })
            }
            (Kind::Map(entries), Value::Table(inner)) => {
                self.map(node, entries, &|_| Some((*inner, owner)), &|_| Place::FreeKey { value: inner })
            }
            (Kind::Seq(items), Value::List(inner) | Value::OneOrMore(inner)) => {
                self.list(node, items, value, *inner, owner)
            }
            (Kind::Seq(_), Value::MapOr(_, inner)) | (Kind::Map(_), Value::OneOrMore(inner)) => {
                self.descend(node, *inner, owner)
            }
            (Kind::Null, value) => self.fresh(value, owner),
            (Kind::Scalar(_), Value::OneOrMore(inner)) if matches!(owner, Some((MapKind::Foreign(_), _))) => {
                let (map, key) = owner?;
                let (span, present) = self.in_commas(self.inner(node.span));
                Some((Place::Value { map, key, value: *inner, present }, span))
            }
            (Kind::Scalar(_), value) => {
                let (map, key) = owner?;
                Some((Place::Value { map, key, value: item(value), present: Vec::new() }, self.inner(node.span)))
            }
            _ => None,
        }
    }

    fn map(
        &mut self,
        node: &Node,
        entries: &[Entry],
        value_of: &dyn Fn(&Entry) -> Option<(Value, Owner)>,
        key_place: &dyn Fn(Option<&Entry>) -> Place,
    ) -> Found {
        if let Some(entry) = entries.iter().find(|entry| entry.key.span.touches(self.offset)) {
            return Some((key_place(Some(entry)), self.inner(entry.key.span)));
        }
        let before = entries.iter().rev().find(|entry| (entry.key.span.end as usize) < self.offset);
        let is_flow = self.text.as_bytes().get(node.span.start as usize) == Some(&b'{');
        let column = entries.first().map_or(0, |first| self.column(first.key.span.start as usize));
        if let Some(entry) = before {
            let holds =
                !entry.value.span.is_empty() && entry.value.span.touches(self.offset) || self.is_open(&entry.value);
            let below = self.text.get(entry.key.span.end as usize..self.offset).unwrap_or_default();
            let same_line = !below.contains(['\n', '\r']);
            // in JSON the comma behind a value that is complete may be what is not typed yet
            let complete = self.form == Form::Json && !same_line && !entry.value.is_null();
            let is_value = holds
                || (is_flow && !below.contains(',') && !complete)
                || (!is_flow
                    && (same_line
                        || self.cursor_column() > column
                        || self.dash_column() == Some(column) && entry.value.items().is_empty()))
                || (!is_flow && self.dash_column() == Some(column) && self.starts_list(&entry.value, column));
            if is_value {
                let (value, owner) = value_of(entry)?;
                self.path.push(entry.key.value.clone());
                return self.descend(&entry.value, value, owner);
            }
        }
        (is_flow || self.cursor_column() == column).then(|| (key_place(None), self.word()))
    }

    /// True for brackets in JSON that are not closed, and so hold all that comes.
    fn is_open(&self, node: &Node) -> bool {
        let close = match node.kind {
            Kind::Map(_) => '}',
            Kind::Seq(_) => ']',
            _ => return false,
        };
        self.form == Form::Json && !node.span.of(self.text).ends_with(close)
    }

    /// A list may stand at the indentation of its key.
    fn starts_list(&self, node: &Node, column: usize) -> bool {
        node.items().first().is_some_and(|_| self.column(node.span.start as usize) == column)
    }

    fn list(&mut self, node: &Node, items: &[Node], list: Value, inner: Value, owner: Owner) -> Found {
        let touches = |item: &&Node| !item.span.is_empty() && (item.span.touches(self.offset) || self.is_open(item));
        let touched = items.iter().find(touches);
        let present = |except: Option<&Node>| {
            let others = items.iter().filter(|item| except.is_none_or(|except| item.span != except.span));
            others.filter_map(|item| item.scalar().map(str::to_owned)).collect::<Vec<_>>()
        };
        let with_present = |found: Found, words: Vec<String>| match found {
            Some((Place::Value { map, key, value, .. }, span)) => {
                Some((Place::Value { map, key, value, present: words }, span))
            }
            other => other,
        };
        if let Some(item) = touched {
            let found = self.descend(item, inner, owner);
            return if item.scalar().is_some() { with_present(found, present(Some(item))) } else { found };
        }
        let is_flow = self.text.as_bytes().get(node.span.start as usize) == Some(&b'[');
        let column = self.column(node.span.start as usize);
        if is_flow || self.dash_column() == Some(column) {
            return with_present(self.fresh(inner, owner), present(None));
        }
        if self.cursor_column() > column {
            let last = items.iter().rev().find(|item| (item.span.start as usize) < self.offset)?;
            return self.descend(last, inner, owner);
        }
        let (map, key) = owner?;
        Some((Place::Value { map, key, value: list, present: present(None) }, self.word()))
    }

    /// What could be written where nothing is.
    fn fresh(&mut self, value: Value, owner: Owner) -> Found {
        let place = match value {
            Value::Map(map) | Value::MapOr(map, _) if self.starts_line() => {
                Place::Key { map, key: None, present: Vec::new() }
            }
            Value::Table(inner) if self.starts_line() => Place::FreeKey { value: inner },
            Value::List(inner) | Value::OneOrMore(inner) if self.dash_column().is_some() => {
                return self.fresh(*inner, owner);
            }
            _ => {
                let (map, key) = owner?;
                Place::Value { map, key, value, present: Vec::new() }
            }
        };
        Some((place, self.word()))
    }

    fn line_start(&self, offset: usize) -> usize {
        self.text.get(..offset).and_then(|before| before.rfind(['\n', '\r'])).map_or(0, |at| at + 1)
    }

    fn column(&self, offset: usize) -> usize {
        offset - self.line_start(offset)
    }

    /// Column of the word at the cursor.
    fn cursor_column(&self) -> usize {
        let start = self.line_start(self.offset);
        let line = self.text.get(start..self.offset).unwrap_or_default();
        if self.starts_line() { self.word().start as usize - start } else { line.len() - line.trim_start().len() }
    }

    /// True when only white space and `-` stand before the word at the cursor.
    fn starts_line(&self) -> bool {
        let start = self.line_start(self.offset);
        let before = self.text.get(start..self.word().start as usize).unwrap_or_default();
        before.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'-'))
    }

    /// Column of the last `-` before the word at the cursor.
    fn dash_column(&self) -> Option<usize> {
        let start = self.line_start(self.offset);
        let before = self.text.get(start..self.word().start as usize)?;
        if self.starts_line() { before.rfind('-') } else { None }
    }

    /// The word that the cursor touches; a single `-` is no word.
    fn word(&self) -> Span {
        let is_word = |byte: &u8| {
            byte.is_ascii_alphanumeric()
                || !byte.is_ascii()
                || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'*' | b'@' | b'$')
        };
        let bytes = self.text.as_bytes();
        let before = bytes[..self.offset].iter().rev().take_while(|byte| is_word(byte)).count();
        let after = bytes[self.offset..].iter().take_while(|byte| is_word(byte)).count();
        let word = Span::new(self.offset - before, self.offset + after);
        if word.of(self.text) == "-" { Span::empty(self.offset) } else { word }
    }

    /// Of words with commas between, as hosts take them for a list, the one at the cursor; and all others.
    fn in_commas(&self, span: Span) -> (Span, Vec<String>) {
        let behind = self.text.get(span.end as usize..self.offset).filter(|rest| rest.bytes().all(|byte| byte == b' '));
        let span = if behind.is_some() { Span::new(span.start as usize, self.offset) } else { span };
        let (mut at, mut here, mut others) = (span.start as usize, span, Vec::new());
        for part in span.of(self.text).split(',') {
            let word = part.trim();
            let start = at + part.len() - part.trim_start().len();
            match at <= self.offset && self.offset <= at + part.len() {
                true if word.is_empty() => here = Span::empty(self.offset),
                true => here = Span::new(start, start + word.len()),
                false => others.push(word.to_owned()),
            }
            at += part.len() + 1;
        }
        (here, others)
    }

    /// A token without its quotes.
    fn inner(&self, span: Span) -> Span {
        let source = span.of(self.text);
        let quote = source.starts_with(['"', '\'']);
        let closed = quote && source.len() > 1 && source.ends_with(['"', '\'']);
        Span::new(span.start as usize + usize::from(quote), span.end as usize - usize::from(closed))
    }
}

/// What one element of the value is.
fn item(value: Value) -> Value {
    match value {
        Value::OneOrMore(inner) | Value::List(inner) | Value::MapOr(_, inner) => *inner,
        other => other,
    }
}

fn others(entries: &[Entry], except: Option<&Entry>) -> Vec<String> {
    let others = entries.iter().filter(|entry| except.is_none_or(|except| entry.key.span != except.key.span));
    others.map(|entry| entry.key.value.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `$0` marks the cursor. Says: place, word under it, path.
    fn at(path: &str, text: &str) -> String {
        let offset = text.find("$0").unwrap();
        let text = text.replace("$0", "");
        let file = SpecFile::read(path, &text).unwrap();
        let cursor = locate(&file, offset);
        let place = match &cursor.place {
            Place::Key { map, key, present } => {
                format!("key of {map:?} {} has {present:?}", key.map_or("-", |key| key.name))
            }
            Place::FreeKey { .. } => "free key".to_owned(),
            Place::Value { map, key, value, present } => {
                format!("value of {map:?}.{}: {} has {present:?}", key.name, value.words())
            }
            Place::Template => "template".to_owned(),
            Place::Heading { level } => format!("heading {level}"),
            Place::Text => "text".to_owned(),
            Place::Outside => "outside".to_owned(),
        };
        let name =
            cursor.name.map(|(name, role)| format!(" = {:?} {} {role:?}", name.kind, name.text)).unwrap_or_default();
        format!("{place} `{}` {}{name}", cursor.span.of(&text), cursor.path.join("."))
    }

    fn workflow(yaml: &str) -> String {
        at(".tollgate/workflows/w.md", &format!("---\n{yaml}\n---\n"))
    }

    #[test]
    fn keys() {
        assert_eq!(workflow("name: w\nver$0"), "key of Workflow - has [\"name\"] `ver` ");
        assert_eq!(
            workflow("na$0me: w"),
            "key of Workflow name has [] `name`  = Workflow w Definition".replace(" = Workflow w Definition", "")
        );
        assert_eq!(workflow("name: w\n$0"), "key of Workflow - has [\"name\"] `` ");
        assert_eq!(workflow("$0"), "key of Workflow - has [] `` ");
        assert_eq!(workflow("passes:\n  - id: a\n    $0"), "key of Pass - has [\"id\"] `` passes");
        assert_eq!(
            workflow("passes:\n  - id: a\n    ne$0\n    agent: b"),
            "key of Pass - has [\"id\", \"agent\"] `ne` passes"
        );
        assert_eq!(workflow("passes:\n  - $0"), "key of Pass - has [] `` passes");
        assert_eq!(workflow("passes:\n- i$0"), "value of Workflow.passes: a map has [] `i` passes");
        assert_eq!(workflow("passes:\n  - id: a\n    gate:\n      $0"), "key of Gate - has [] `` passes.gate");
        assert_eq!(
            workflow("passes:\n  - id: a\n    gate:\n      reviewer: {type: human, $0}"),
            "key of Reviewer - has [\"type\"] `` passes.gate.reviewer"
        );
        assert_eq!(
            workflow("passes:\n  - {id: a, ga$0"),
            "key of Pass ga has [\"id\"] `ga` passes".replace("Pass ga", "Pass -")
        );
        assert_eq!(
            workflow("inputs:\n  sc$0ope: {type: string}"),
            "free key `scope` inputs = Input w/scope Definition"
        );
        assert_eq!(
            workflow("passes:\n  - id: a\n  $0\n  - id: b"),
            "value of Workflow.passes: a list has [] `` passes"
        );
    }

    #[test]
    fn values() {
        assert_eq!(workflow("passes:\n  - id: a\n    agent: $0"), "value of Pass.agent: a name has [] `` passes.agent");
        assert_eq!(
            workflow("passes:\n  - id: a\n    agent: im$0p\n"),
            "value of Pass.agent: a name has [] `imp` passes.agent = Agent imp Use"
        );
        assert_eq!(
            workflow("passes:\n  - id: a\n    needs: [$0]"),
            "value of Pass.needs: a name has [] `` passes.needs"
        );
        assert_eq!(
            workflow("passes:\n  - id: a\n    needs: [b, $0"),
            "value of Pass.needs: a name has [\"b\"] `` passes.needs"
        );
        assert_eq!(
            workflow("passes:\n  - id: a\n    needs:\n      - b\n      - $0"),
            "value of Pass.needs: a name has [\"b\"] `` passes.needs"
        );
        assert_eq!(
            workflow("passes:\n  - id: a\n    gate: {on_reject: $0}"),
            "value of Gate.on_reject: one of the known words has [] `` passes.gate.on_reject"
        );
        assert_eq!(
            workflow("defaults: {tier: \"st$0\"}"),
            "value of Defaults.tier: a name has [] `st` defaults.tier = Tier st Use"
        );
        assert_eq!(
            at(".tollgate/config.yaml", "tiers:\n  light:\n    - {harness: $0}\n"),
            "value of Candidate.harness: text has [] `` tiers.light.harness"
        );
        assert_eq!(
            at(".tollgate/config.yaml", "tiers:\n  li$0ght: []\n"),
            "free key `light` tiers = Tier light Definition"
        );
    }

    #[test]
    fn templates_and_bodies() {
        assert_eq!(workflow("passes:\n  - id: a\n    outputs: [{id: o, path: \"x/{{ tic$0 }}\"}]"), "template `tic` ");
        let text = "---\nname: w\npasses:\n  - id: a\n---\n# W\n\n## a$0\ntext {{ inputs.\n";
        assert_eq!(at(".tollgate/workflows/w.md", text), "heading 2 `a`  = Pass w/a Heading");
        let text = text.replace("$0", "").replace("inputs.\n", "inputs.$0\n");
        assert_eq!(at(".tollgate/workflows/w.md", &text), "template `inputs.` ");
        assert_eq!(workflow("name: w # co$0mment"), "outside `` ");
        assert_eq!(at(".claude/agents/a.md", "---\nname: x\n---\nwo$0rds\n"), "outside `` ");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "---\n([a-z]{1,4}: ?[\\[{]?[a-z\"é]{0,3},?\n|  - [a-z:]{0,4}\n|passes:\n|    gate: \\{\n){0,8}(---\n)?\\PC{0,10}", at in 0usize..120) {
            for path in [".tollgate/workflows/w.md", ".tollgate/config.yaml", ".tollgate/tickets/t.md"] {
                let file = SpecFile::read(path, &text).unwrap();
                let mut at = at.min(text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                let cursor = locate(&file, at);
                proptest::prop_assert!(text.get(cursor.span.range()).is_some());
            }
        }
    }
}
