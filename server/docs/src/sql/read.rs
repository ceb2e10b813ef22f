//! What statements do to a schema.

use super::tokens::{Statement, Token, TokenKind, statements, tokens};
use super::{Column, Enumeration, Mention, Reference, Rule, Schema, Table, key_of};
use text::{Span, Spanned};

/// Runs the statements of a file.
pub(super) fn apply(schema: &mut Schema, text: &str) {
    let (tokens, comments) = tokens(text);
    for statement in statements(text, &tokens, &comments) {
        let mut reader = Reader { text, tokens: statement.tokens, at: 0 };
        reader.statement(schema, &statement);
    }
}

/// See [`super::mentions`].
pub(super) fn mentions(text: &str) -> Vec<Mention> {
    let (tokens, comments) = tokens(text);
    let found = statements(text, &tokens, &comments).into_iter().filter_map(|statement| {
        let (first, last) = (statement.tokens.first()?, statement.tokens.last()?);
        let mut reader = Reader { text, tokens: statement.tokens, at: 0 };
        let table = reader.table_of_statement()?;
        Some(Mention { table, statement: first.span.cover(last.span) })
    });
    found.collect()
}

/// Reads the tokens of one statement, or of a part of it.
#[derive(Clone)]
struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        self.tokens
            .get(self.at + ahead)
            .is_some_and(|token| token.kind == TokenKind::Word && token.span.of(self.text).eq_ignore_ascii_case(word))
    }

    /// Takes these words, all or none.
    fn take(&mut self, words: &str) -> bool {
        let count = words.split(' ').count();
        let all = words.split(' ').enumerate().all(|(ahead, word)| self.is_word(ahead, word));
        if all {
            self.at += count;
        }
        all
    }

    fn take_any(&mut self, options: &[&str]) -> bool {
        options.iter().any(|words| self.take(words))
    }

    /// One name without its quotes.
    fn name(&mut self) -> Option<Spanned<String>> {
        let token = self.peek()?;
        let written = token.span.of(self.text);
        let value = match token.kind {
            TokenKind::Word => written.to_owned(),
            TokenKind::Quoted => unquoted(written),
            _ => return None,
        };
        self.at += 1;
        Some(Spanned::new(value, token.span))
    }

    /// `schema.name`.
    fn qualified(&mut self) -> Option<Spanned<String>> {
        let mut name = self.name()?;
        while self.peek().is_some_and(|token| token.kind == TokenKind::Mark(b'.')) {
            let back = self.at;
            self.at += 1;
            match self.name() {
                Some(next) => {
                    name.value = format!("{}.{}", name.value, next.value);
                    name.span = name.span.cover(next.span);
                }
                None => {
                    self.at = back;
                    break;
                }
            }
        }
        Some(name)
    }

    /// What stands in the brackets that open here, as a reader of its own.
    fn brackets(&mut self) -> Option<Reader<'t>> {
        if !self.peek().is_some_and(|token| token.kind == TokenKind::Mark(b'(')) {
            return None;
        }
        let start = self.at;
        self.skip();
        let closed = self.tokens[self.at - 1].kind == TokenKind::Mark(b')') && self.at - 1 > start;
        let end = if closed { self.at - 1 } else { self.at };
        Some(Reader { text: self.text, tokens: &self.tokens[start + 1..end.max(start + 1)], at: 0 })
    }

    /// Passes over one token, or over brackets with all in them.
    fn skip(&mut self) {
        let mut depth = 0_u32;
        while let Some(token) = self.peek() {
            self.at += 1;
            match token.kind {
                TokenKind::Mark(b'(') => depth += 1,
                TokenKind::Mark(b')') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// The parts between commas.
    fn parts(&self) -> Vec<Reader<'t>> {
        let mut parts = Vec::new();
        let mut rest = self.clone();
        let mut start = rest.at;
        while let Some(token) = rest.peek() {
            if token.kind == TokenKind::Mark(b',') {
                parts.push(Reader { text: self.text, tokens: &self.tokens[start..rest.at], at: 0 });
                start = rest.at + 1;
            }
            rest.skip();
        }
        parts.push(Reader { text: self.text, tokens: &self.tokens[start.min(rest.at)..rest.at], at: 0 });
        parts.retain(|part| !part.tokens.is_empty());
        parts
    }

    /// The tokens from `start` up to here as one line: a blank where there was white space.
    fn words_since(&self, start: usize) -> String {
        words(self.text, &self.tokens[start.min(self.at)..self.at])
    }

    /// All that is left, as one line.
    fn rest(&self) -> String {
        words(self.text, &self.tokens[self.at.min(self.tokens.len())..])
    }

    /// Names in brackets; none where one of them is an expression.
    fn columns(&mut self) -> Option<Vec<String>> {
        let inner = self.brackets()?;
        let names = inner.parts().into_iter().map(|mut part| {
            let name = part.name()?.value;
            // a length, a collation or an order may follow, a call may not
            let called = part.at < part.tokens.len()
                && part.tokens[part.at].kind == TokenKind::Mark(b'(')
                && !part
                    .tokens
                    .get(part.at + 1)
                    .is_some_and(|token| token.span.of(part.text).bytes().all(|byte| byte.is_ascii_digit()));
            (!called).then_some(name)
        });
        names.collect()
    }

    /// The table that the statement is about.
    fn table_of_statement(&mut self) -> Option<Spanned<String>> {
        if self.take("create") {
            if self.create_table_head() == Some(true) {
                return self.qualified();
            }
            if self.index_head() {
                if !self.is_word(0, "on") {
                    self.qualified();
                }
                self.take("on").then_some(())?;
                self.take("only");
                return self.qualified();
            }
            return None;
        }
        let is = self.take("alter table") || self.take("drop table") || self.take("comment on table");
        if !is {
            return None;
        }
        self.take("if exists");
        self.take("only");
        self.qualified()
    }

    /// Behind `CREATE`: true for a table that stays, false for one of the session.
    fn create_table_head(&mut self) -> Option<bool> {
        let back = self.at;
        self.take("or replace");
        self.take_any(&["global", "local"]);
        let temporary = self.take_any(&["temporary", "temp"]);
        self.take_any(&["unlogged", "foreign"]);
        if !self.take("table") {
            self.at = back;
            return None;
        }
        self.take("if not exists");
        Some(!temporary)
    }

    /// Behind `CREATE`: passes over `UNIQUE INDEX …` up to the name.
    fn index_head(&mut self) -> bool {
        let back = self.at;
        self.take("unique");
        self.take_any(&["clustered", "nonclustered"]);
        if !self.take("index") {
            self.at = back;
            return false;
        }
        self.take("concurrently");
        self.take("if not exists");
        true
    }

    fn statement(&mut self, schema: &mut Schema, statement: &Statement<'_>) {
        if self.take("create") {
            self.create(schema, statement);
        } else if self.take("alter table") {
            self.alter_table(schema);
        } else if self.take("alter type") {
            self.alter_type(schema);
        } else if self.take("drop table") {
            self.take("if exists");
            for mut part in self.parts() {
                let key = part.qualified().and_then(|name| schema.table_key(&name.value));
                key.map(|key| schema.tables.remove(&key));
            }
        } else if self.take("drop type") {
            self.take("if exists");
            for mut part in self.parts() {
                let key = part.qualified().and_then(|name| key_of(&name.value, schema.enums.keys()));
                key.map(|key| schema.enums.remove(&key));
            }
        } else if self.take("drop index") {
            self.take("concurrently");
            self.take("if exists");
            for mut part in self.parts() {
                let Some(name) = part.qualified() else { continue };
                let last = name.value.rsplit('.').next().unwrap_or_default().to_owned();
                for table in schema.tables.values_mut() {
                    table.unique.retain(|rule| !is_named(&rule.name, &last));
                }
            }
        } else if self.take("rename table") {
            for mut part in self.parts() {
                if let (Some(old), true, Some(new)) = (part.qualified(), part.take("to"), part.qualified()) {
                    rename_table(schema, &old.value, &new.value);
                }
            }
        } else if self.take("comment on") {
            self.comment(schema);
        }
    }

    fn create(&mut self, schema: &mut Schema, statement: &Statement<'_>) {
        if let Some(stays) = self.create_table_head() {
            let Some(name) = self.qualified().filter(|_| stays) else { return };
            let key = name.value.to_lowercase();
            let Some(inner) = self.brackets() else { return };
            let mut table = Table { name: name.value, comment: statement.comment.clone(), ..Table::default() };
            for mut part in inner.parts() {
                part.item(&mut table);
            }
            if !table.columns.is_empty() && !schema.tables.contains_key(&key) {
                schema.tables.insert(key, table);
            }
        } else if self.take("type") {
            let Some(name) = self.qualified() else { return };
            let Some(inner) = self.take("as enum").then(|| self.brackets()).flatten() else { return };
            let values = inner.parts().into_iter().filter_map(|mut part| part.string()).collect();
            schema.enums.insert(name.value.to_lowercase(), Enumeration { name: name.value, values });
        } else if self.is_word(0, "unique") && self.index_head() {
            let name = if self.is_word(0, "on") { None } else { self.qualified().map(|name| name.value) };
            if !self.take("on") {
                return;
            }
            self.take("only");
            let Some(table) = self.qualified().and_then(|table| schema.table_key(&table.value)) else { return };
            if self.take("using") {
                self.name();
            }
            let columns = self.columns();
            let partial = (self.at..self.tokens.len()).any(|at| self.is_word(at - self.at, "where"));
            if let (Some(value), false, Some(table)) = (columns, partial, schema.tables.get_mut(&table)) {
                table.unique.push(Rule { name, value });
            }
        }
    }

    /// A column or constraint of a table.
    fn item(&mut self, table: &mut Table) {
        let back = self.at;
        let name = if self.take("constraint") { self.name().map(|name| name.value) } else { None };
        if self.constraint(table, name.clone()) {
            return;
        }
        self.at = back;
        if name.is_some() || self.is_word(0, "like") || self.is_word(0, "period") {
            return;
        }
        // an index of MySQL: `KEY name (columns)`; a column may be called `key`, too
        let index = ["key", "index", "fulltext", "spatial"].iter().any(|word| self.is_word(0, word));
        if index && self.parts_end_in_brackets() {
            return;
        }
        if let Some(column) = self.column(table) {
            table.columns.push(column);
        }
    }

    /// True for `KEY name (…)` and `KEY (…)`, false for `key varchar(10)`.
    fn parts_end_in_brackets(&self) -> bool {
        let mut rest = self.clone();
        rest.at += 1;
        rest.take_any(&["key", "index"]);
        if !rest.peek().is_some_and(|token| token.kind == TokenKind::Mark(b'(')) {
            rest.name();
        }
        let Some(inner) = rest.brackets() else { return false };
        inner.tokens.first().is_some_and(|first| !first.span.of(self.text).starts_with(|c: char| c.is_ascii_digit()))
    }

    /// A constraint of the table; false when this is none.
    fn constraint(&mut self, table: &mut Table, name: Option<String>) -> bool {
        if self.take("primary key") {
            self.take_any(&["clustered", "nonclustered"]);
            table.primary = self.columns().unwrap_or_default();
            for column in &mut table.columns {
                column.nullable &= !table.primary.iter().any(|own| own.eq_ignore_ascii_case(&column.name));
            }
        } else if self.is_word(0, "unique") {
            let back = self.at;
            self.at += 1;
            self.take_any(&["key", "index"]);
            self.take_any(&["clustered", "nonclustered"]);
            self.take_any(&["nulls not distinct", "nulls distinct"]);
            let own =
                if self.peek().is_some_and(|token| token.kind != TokenKind::Mark(b'(')) { self.name() } else { None };
            match self.columns() {
                Some(value) => table.unique.push(Rule { name: name.or(own.map(|own| own.value)), value }),
                None => {
                    self.at = back;
                    return false;
                }
            }
        } else if self.take("foreign key") {
            if !self.peek().is_some_and(|token| token.kind == TokenKind::Mark(b'(')) {
                self.name();
            }
            let columns = self.columns().unwrap_or_default();
            if self.take("references") {
                self.reference(table, name, columns);
            }
        } else if self.is_word(0, "check")
            && self.tokens.get(self.at + 1).is_some_and(|token| token.kind == TokenKind::Mark(b'('))
        {
            self.at += 1;
            let value = self.brackets().map(|inner| inner.rest()).unwrap_or_default();
            table.checks.push(Rule { name, value });
        } else {
            return self.take("exclude");
        }
        true
    }

    /// Behind `REFERENCES`.
    fn reference(&mut self, table: &mut Table, name: Option<String>, columns: Vec<String>) {
        if let Some(other) = self.qualified() {
            let others = self.columns().unwrap_or_default();
            table.references.push(Rule { name, value: Reference { columns, table: other.value, others } });
        }
    }

    /// A column with its type and constraints, which go to the table.
    fn column(&mut self, table: &mut Table) -> Option<Column> {
        let name = self.name()?.value;
        let start = self.at;
        while self.peek().is_some() && !self.ends_type() {
            self.skip();
        }
        let kind = self.words_since(start);
        let mut column = Column { name, kind, nullable: true, ..Column::default() };
        let mut rule = None;
        while self.peek().is_some() {
            let constraint = std::mem::take(&mut rule);
            if self.take("constraint") {
                rule = self.name().map(|name| name.value);
            } else if self.take("not null") {
                column.nullable = false;
            } else if self.take("default") {
                let start = self.at;
                self.skip();
                while self.peek().is_some() && !self.ends_type() {
                    self.skip();
                }
                column.default = Some(self.words_since(start));
            } else if self.take("primary key") || (self.is_word(0, "key") && self.take("key")) {
                column.nullable = false;
                table.primary = vec![column.name.clone()];
            } else if self.take("unique") {
                self.take("key");
                table.unique.push(Rule { name: constraint, value: vec![column.name.clone()] });
            } else if self.take("references") {
                self.reference(table, constraint, vec![column.name.clone()]);
            } else if self.take("check") {
                if let Some(inner) = self.brackets() {
                    table.checks.push(Rule { name: constraint, value: inner.rest() });
                }
            } else if self.take("comment") {
                column.comment = self.string().unwrap_or_default();
            } else {
                self.skip();
            }
        }
        Some(column)
    }

    /// True at a word that begins something behind the type or the default of a column.
    fn ends_type(&self) -> bool {
        if self.is_word(0, "character") {
            return self.is_word(1, "set");
        }
        const WORDS: [&str; 20] = [
            "constraint",
            "not",
            "null",
            "default",
            "primary",
            "unique",
            "references",
            "check",
            "collate",
            "generated",
            "auto_increment",
            "autoincrement",
            "comment",
            "as",
            "on",
            "identity",
            "key",
            "first",
            "after",
            "using",
        ];
        WORDS.iter().any(|word| self.is_word(0, word))
    }

    fn alter_table(&mut self, schema: &mut Schema) {
        self.take("if exists");
        self.take("only");
        let Some(name) = self.qualified() else { return };
        let Some(mut key) = schema.table_key(&name.value) else { return };
        for mut part in self.parts() {
            if part.take("rename to") || part.take("rename as") {
                if let Some(new) = part.qualified()
                    && let Some(renamed) = rename_table(schema, &key, &new.value)
                {
                    key = renamed;
                }
                continue;
            }
            if part.take("rename") {
                if part.take_any(&["constraint", "index", "key"]) {
                    continue;
                }
                part.take("column");
                if let (Some(old), true, Some(new)) = (part.name(), part.take("to"), part.name()) {
                    rename_column(schema, &key, &old.value, &new.value);
                }
                continue;
            }
            if part.is_word(0, "change") {
                part.at += 1;
                part.take("column");
                if let Some(old) = part.name() {
                    let new = part.clone().name();
                    if let Some(new) = new {
                        rename_column(schema, &key, &old.value, &new.value);
                    }
                    if let Some(table) = schema.tables.get_mut(&key) {
                        part.redefine(table);
                    }
                }
                continue;
            }
            if let Some(table) = schema.tables.get_mut(&key) {
                part.alteration(table);
            }
        }
    }

    /// One action of `ALTER TABLE` that stays inside the table.
    fn alteration(&mut self, table: &mut Table) {
        if self.take("add") {
            let column = self.take("column");
            self.take("if not exists");
            if let Some(inner) = self.brackets() {
                inner.parts().into_iter().for_each(|mut part| part.item(table));
            } else if column {
                if let Some(column) = self.column(table) {
                    table.columns.push(column);
                }
            } else {
                self.item(table);
            }
        } else if self.take("drop") {
            if self.take("primary key") {
                table.primary.clear();
            } else if self.take_any(&["constraint", "foreign key", "check", "index", "key"]) {
                self.take("if exists");
                if let Some(name) = self.name() {
                    drop_rule(table, &name.value);
                }
            } else {
                self.take("column");
                self.take("if exists");
                if let Some(name) = self.name() {
                    drop_column(table, &name.value);
                }
            }
        } else if self.take("modify") {
            self.take("column");
            self.redefine(table);
        } else if self.take("alter") {
            self.take("column");
            let Some(name) = self.name() else { return };
            let Some(column) = table.columns.iter_mut().find(|column| column.name.eq_ignore_ascii_case(&name.value))
            else {
                return;
            };
            if self.take("set not null") {
                column.nullable = false;
            } else if self.take("drop not null") {
                column.nullable = true;
            } else if self.take("set default") {
                column.default = Some(self.rest());
            } else if self.take("drop default") {
                column.default = None;
            } else if self.take("set data type") || self.take("type") {
                let start = self.at;
                while self.peek().is_some() && !self.ends_type() {
                    self.skip();
                }
                column.kind = self.words_since(start);
            } else if !self.is_word(0, "set")
                && !self.is_word(0, "add")
                && !self.is_word(0, "drop")
                && self.peek().is_some()
            {
                // SQL Server: the type right behind the name
                self.at -= 1;
                self.redefine(table);
            }
        }
    }

    /// A column that is there already, said anew.
    fn redefine(&mut self, table: &mut Table) {
        let Some(new) = self.column(table) else { return };
        if let Some(old) = table.columns.iter_mut().find(|column| column.name.eq_ignore_ascii_case(&new.name)) {
            let comment = if new.comment.is_empty() { std::mem::take(&mut old.comment) } else { new.comment };
            let nullable = new.nullable && !table.primary.iter().any(|own| own.eq_ignore_ascii_case(&new.name));
            *old = Column { comment, nullable, ..new };
        }
    }

    fn alter_type(&mut self, schema: &mut Schema) {
        let Some(key) = self.qualified().and_then(|name| key_of(&name.value, schema.enums.keys())) else { return };
        if self.take("rename to") {
            if let (Some(new), Some(mut old)) = (self.qualified(), schema.enums.remove(&key)) {
                let (folder, _) = key.rsplit_once('.').map_or(("", ""), |parts| parts);
                let name = if folder.is_empty() || new.value.contains('.') {
                    new.value
                } else {
                    format!("{folder}.{}", new.value)
                };
                old.name.clone_from(&name);
                schema.enums.insert(name.to_lowercase(), old);
            }
            return;
        }
        let Some(found) = schema.enums.get_mut(&key) else { return };
        if self.take("add value") {
            self.take("if not exists");
            let Some(value) = self.string().filter(|value| !found.values.contains(value)) else { return };
            let (before, after) = (self.take("before"), self.take("after"));
            let beside = (before || after).then(|| self.string()).flatten();
            let at = beside.and_then(|beside| found.values.iter().position(|value| *value == beside));
            let at = at.map_or(found.values.len(), |at| at + usize::from(after));
            found.values.insert(at, value);
        } else if self.take("rename value")
            && let (Some(old), true, Some(new)) = (self.string(), self.take("to"), self.string())
        {
            found.values.iter_mut().filter(|value| **value == old).for_each(|value| value.clone_from(&new));
        }
    }

    fn comment(&mut self, schema: &mut Schema) {
        let column = self.take("column");
        if !column && !self.take("table") {
            return;
        }
        let Some(name) = self.qualified() else { return };
        let text = if self.take("is") { self.string() } else { None };
        let (table, column) = match name.value.rsplit_once('.') {
            Some((table, name)) if column => (table.to_owned(), Some(name.to_owned())),
            _ if column => return,
            _ => (name.value, None),
        };
        let Some(table) = schema.table_key(&table).and_then(|key| schema.tables.get_mut(&key)) else { return };
        match column {
            None => table.comment = text.unwrap_or_default(),
            Some(name) => {
                let column = table.columns.iter_mut().find(|column| column.name.eq_ignore_ascii_case(&name));
                if let Some(column) = column {
                    column.comment = text.unwrap_or_default();
                }
            }
        }
    }

    /// A string without its quotes.
    fn string(&mut self) -> Option<String> {
        let token = self.peek().filter(|token| token.kind == TokenKind::Text)?;
        self.at += 1;
        let written = token.span.of(self.text);
        let inner = &written[written.find('\'')? + 1..];
        Some(inner.strip_suffix('\'').unwrap_or(inner).replace("''", "'"))
    }
}

fn unquoted(written: &str) -> String {
    let mark = if written.starts_with('[') { ']' } else { written.chars().next().unwrap_or('"') };
    let inner = &written[1..];
    let inner = inner.strip_suffix(mark).unwrap_or(inner);
    inner.replace(&format!("{mark}{mark}"), &mark.to_string())
}

fn words(text: &str, tokens: &[Token]) -> String {
    let mut line = String::new();
    let mut end: Option<Span> = None;
    for token in tokens {
        if end.is_some_and(|end| end.end < token.span.start) {
            line.push(' ');
        }
        line.push_str(token.span.of(text));
        end = Some(token.span);
    }
    line
}

fn is_named(name: &Option<String>, wanted: &str) -> bool {
    name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(wanted))
}

fn drop_rule(table: &mut Table, name: &str) {
    let named = |rule: &Option<String>| is_named(rule, name);
    table.unique.retain(|rule| !named(&rule.name));
    table.checks.retain(|rule| !named(&rule.name));
    table.references.retain(|rule| !named(&rule.name));
    // what PostgreSQL calls a primary key that has no name
    let last = table.name.rsplit('.').next().unwrap_or_default();
    if name.eq_ignore_ascii_case(&format!("{last}_pkey")) {
        table.primary.clear();
    }
}

fn drop_column(table: &mut Table, name: &str) {
    let same = |other: &String| other.eq_ignore_ascii_case(name);
    table.columns.retain(|column| !same(&column.name));
    table.unique.retain(|rule| !rule.value.iter().any(same));
    table.references.retain(|rule| !rule.value.columns.iter().any(same));
    if table.primary.iter().any(same) {
        table.primary.clear();
    }
}

/// Renames a table, and what refers to it. A new name without schema stays in the schema of the old one.
fn rename_table(schema: &mut Schema, old: &str, new: &str) -> Option<String> {
    let key = schema.table_key(old)?;
    let mut table = schema.tables.remove(&key)?;
    let name = match table.name.rsplit_once('.') {
        Some((folder, _)) if !new.contains('.') => format!("{folder}.{new}"),
        _ => new.to_owned(),
    };
    for rule in schema.tables.values_mut().flat_map(|table| &mut table.references).chain(&mut table.references) {
        if rule.value.table.eq_ignore_ascii_case(&table.name) {
            rule.value.table.clone_from(&name);
        }
    }
    table.name.clone_from(&name);
    let renamed = name.to_lowercase();
    schema.tables.insert(renamed.clone(), table);
    Some(renamed)
}

fn rename_column(schema: &mut Schema, key: &str, old: &str, new: &str) {
    let rename = |name: &mut String| {
        if name.eq_ignore_ascii_case(old) {
            new.clone_into(name);
        }
    };
    let Some(table) = schema.tables.get_mut(key) else { return };
    let table_name = table.name.clone();
    table.columns.iter_mut().for_each(|column| rename(&mut column.name));
    table.primary.iter_mut().for_each(rename);
    table.unique.iter_mut().flat_map(|rule| &mut rule.value).for_each(rename);
    table.references.iter_mut().flat_map(|rule| &mut rule.value.columns).for_each(rename);
    for rule in schema.tables.values_mut().flat_map(|table| &mut table.references) {
        if rule.value.table.eq_ignore_ascii_case(&table_name) {
            rule.value.others.iter_mut().for_each(rename);
        }
    }
}
