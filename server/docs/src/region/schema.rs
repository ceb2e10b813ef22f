//! `schema`: the tables that migrations leave, as a diagram and as a table of columns each.
//!
//! ```markdown
//! <!-- generated: schema migrations/*.sql -->
//! <!-- generated: schema migrations/*.sql#table:ledger.entry -->
//! ```
//! Statements that lead back (`-- down`, `*.down.sql`) are passed over.

use super::generate::{Fault, FaultKind, Request};
use super::write::{code, fence, first_sentence, plain_name, prose, quoted, table};
use crate::sql::{Column, Reference, Rule, Schema, Table};
use crate::target::Fragment;
use std::collections::{BTreeMap, BTreeSet};
use text::Spanned;

pub(super) fn generate(request: Request<'_>) -> Result<String, Fault> {
    let targets = request.targets("the migrations", "migrations/*.sql")?;
    let mut files = BTreeMap::new();
    for (word, target) in &targets {
        files.extend(request.files(word, target)?);
    }
    let schema = Schema::read(files.iter().map(|(path, text)| (&**path, &**text)));
    let mut chosen: Vec<&Table> = Vec::new();
    for (word, target) in &targets {
        match &target.fragment {
            Fragment::Whole => chosen = schema.tables().collect(),
            Fragment::Table(name) => chosen.push(table_of(&schema, name, word, target.path.as_str())?),
            other => {
                let (name, path) = (other.to_string(), target.path.as_str().to_owned());
                return Err(Fault { kind: FaultKind::Missing { name, path, nearest: None }, span: word.span });
            }
        }
    }
    chosen.sort_by(|one, other| one.name.cmp(&other.name));
    chosen.dedup_by(|one, other| one.name == other.name);
    Ok(render(&schema, &chosen))
}

fn table_of<'s>(schema: &'s Schema, name: &str, word: &Spanned<String>, path: &str) -> Result<&'s Table, Fault> {
    schema.table(name).ok_or_else(|| {
        let nearest = spec::values::nearest(name, schema.tables().map(|table| &*table.name)).map(str::to_owned);
        let kind = FaultKind::Missing { name: name.to_owned(), path: path.to_owned(), nearest };
        Fault { kind, span: word.span }
    })
}

fn render(schema: &Schema, chosen: &[&Table]) -> String {
    if chosen.is_empty() {
        return "No tables.".to_owned();
    }
    let mut parts = vec![fence("mermaid", &diagram(schema, chosen))];
    for own in chosen {
        let comment = prose(&first_sentence(&own.comment));
        let colon = if comment.is_empty() { "" } else { ": " };
        parts.push(format!("Table {}{colon}{comment}", code(&own.name)));
        parts.push(columns(schema, own));
        parts.extend(rules(own));
    }
    let used: BTreeSet<String> =
        chosen.iter().flat_map(|table| &table.columns).map(|column| column.kind.to_lowercase()).collect();
    let enums: Vec<Vec<String>> = schema
        .enums()
        .filter(|own| used.iter().any(|kind| is_type(kind, &own.name.to_lowercase())))
        .map(|own| vec![code(&own.name), own.values.iter().map(|value| code(value)).collect::<Vec<_>>().join(", ")])
        .collect();
    if !enums.is_empty() {
        parts.push(table(&["type", "values"], enums));
    }
    parts.join("\n\n")
}

/// True when a column of this type is of that enumeration, or an array of it.
fn is_type(kind: &str, name: &str) -> bool {
    let kind = kind.trim_end_matches("[]").replace('"', "");
    kind == *name || name.rsplit('.').next() == Some(&*kind) || kind.rsplit('.').next() == Some(name)
}

fn columns(schema: &Schema, own: &Table) -> String {
    let comments = own.columns.iter().any(|column| !column.comment.is_empty());
    let mut head = vec!["column", "type", "null", "default", "rules"];
    if comments {
        head.push("what it is");
    }
    let rows = own.columns.iter().map(|column| {
        let null = if column.nullable { "yes" } else { "no" };
        let default = column.default.as_deref().map(code).unwrap_or_default();
        let rules = rules_of(schema, own, column).join(", ");
        let mut row = vec![code(&column.name), code(&column.kind), null.to_owned(), default, rules];
        if comments {
            row.push(prose(&first_sentence(&column.comment)));
        }
        row
    });
    table(&head, rows)
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// What holds for one column alone.
fn rules_of(schema: &Schema, own: &Table, column: &Column) -> Vec<String> {
    let mut rules = Vec::new();
    if own.primary.iter().any(|name| same(name, &column.name)) {
        rules.push("primary key".to_owned());
    }
    if own.unique.iter().any(|rule| matches!(&*rule.value, [name] if same(name, &column.name))) {
        rules.push("unique".to_owned());
    }
    for Rule { value, .. } in &own.references {
        if matches!(&*value.columns, [name] if same(name, &column.name)) {
            rules.push(format!("refers to {}", code(&target(schema, value))));
        }
    }
    for Rule { value, .. } in &own.checks {
        if columns_in(own, value) == [&column.name] {
            rules.push(code(value));
        }
    }
    rules
}

/// `table.column` or `table (a, b)`.
fn target(schema: &Schema, reference: &Reference) -> String {
    let other = schema.table(&reference.table);
    let name = other.map_or(&reference.table, |table| &table.name);
    let others = match &*reference.others {
        [] => other.map(|table| &*table.primary).unwrap_or_default(),
        others => others,
    };
    match others {
        [] => name.clone(),
        [one] => format!("{name}.{one}"),
        many => format!("{name} ({})", many.join(", ")),
    }
}

/// The columns whose names stand in a condition.
fn columns_in<'t>(own: &'t Table, condition: &str) -> Vec<&'t String> {
    let mut words = BTreeSet::new();
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    for part in condition.split('\'').step_by(2) {
        words.extend(part.split(|letter| !is_name(letter)).map(str::to_lowercase));
    }
    own.columns.iter().map(|column| &column.name).filter(|name| words.contains(&name.to_lowercase())).collect()
}

/// What holds for several columns together.
fn rules(own: &Table) -> Option<String> {
    let list = |names: &[String]| names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ");
    let mut lines = Vec::new();
    for Rule { value, .. } in own.unique.iter().filter(|rule| rule.value.len() > 1) {
        lines.push(format!("- {} are unique together.", list(value)));
    }
    for Rule { value, .. } in own.references.iter().filter(|rule| rule.value.columns.len() > 1) {
        lines.push(format!("- {} refer to {}.", list(&value.columns), code(&value.table)));
    }
    for Rule { value, .. } in own.checks.iter().filter(|rule| columns_in(own, &rule.value).len() != 1) {
        lines.push(format!("- {}", code(value)));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn diagram(schema: &Schema, chosen: &[&Table]) -> String {
    let names = entity_names(schema);
    let name = |table: &Table| names.get(&*table.name).cloned().unwrap_or_default();
    let mut lines = vec!["erDiagram".to_owned()];
    for own in chosen {
        lines.push(format!("    {} {{", name(own)));
        for column in &own.columns {
            let kind = column.kind.split('(').next().unwrap_or_default().trim();
            let kind = if kind.is_empty() { "any".to_owned() } else { plain_name(kind) };
            let mut keys = Vec::new();
            if own.primary.iter().any(|name| same(name, &column.name)) {
                keys.push("PK");
            }
            if own.references.iter().any(|rule| rule.value.columns.iter().any(|name| same(name, &column.name))) {
                keys.push("FK");
            }
            if own.unique.iter().any(|rule| matches!(&*rule.value, [name] if same(name, &column.name))) {
                keys.push("UK");
            }
            let keys = if keys.is_empty() { String::new() } else { format!(" {}", keys.join(", ")) };
            lines.push(format!("        {kind} {}{keys}", plain_name(&column.name)));
        }
        lines.push("    }".to_owned());
    }
    let mut edges = BTreeSet::new();
    for own in schema.tables() {
        for Rule { value, .. } in &own.references {
            let Some(other) = schema.table(&value.table) else { continue };
            if !chosen.iter().any(|table| table.name == own.name || table.name == other.name) {
                continue;
            }
            let of = |column: &Column| value.columns.iter().any(|name| same(name, &column.name));
            let optional = own.columns.iter().any(|column| of(column) && column.nullable);
            let alone = |names: &[String]| {
                names.len() == value.columns.len()
                    && names.iter().all(|name| value.columns.iter().any(|own| same(own, name)))
            };
            let one = alone(&own.primary) || own.unique.iter().any(|rule| alone(&rule.value));
            let left = if optional { "|o" } else { "||" };
            let right = if one { "o|" } else { "o{" };
            let label = quoted(&value.columns.join(", "));
            edges.insert(format!("    {} {left}--{right} {} : {label}", name(other), name(own)));
        }
    }
    lines.extend(edges);
    lines.join("\n")
}

/// What the diagram calls each table: two that would look the same get numbers.
fn entity_names(schema: &Schema) -> BTreeMap<&str, String> {
    let mut taken = BTreeSet::new();
    let mut names = BTreeMap::new();
    for table in schema.tables() {
        let mut name = plain_name(&table.name);
        // words of the diagram itself
        if ["title", "direction", "class", "classdef", "style", "erdiagram", "acctitle", "accdescr", "end"]
            .contains(&&*name.to_lowercase())
        {
            name.push('_');
        }
        let plain = name.clone();
        let mut count = 1;
        while !taken.insert(name.to_lowercase()) {
            count += 1;
            name = format!("{plain}_{count}");
        }
        names.insert(&*table.name, name);
    }
    names
}
