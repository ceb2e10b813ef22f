//! Tables as SQL statements leave them, one after the other: a reader of data definition that knows many dialects a little
//! and passes over what it does not know.
//!
//! It is our own because what counts is the state after the last statement, over files of mixed dialects, and because a
//! statement that nobody understands must cost no more than itself. A grammar of one dialect gives neither.

mod read;
mod tokens;

use std::collections::BTreeMap;
use text::{Span, Spanned};

/// What statements made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Schema {
    tables: BTreeMap<String, Table>,
    enums: BTreeMap<String, Enumeration>,
}

/// A table.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Table {
    /// Its name with its schema, as first written, without quotes.
    pub name: String,
    /// What its comment says.
    pub comment: String,
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// The columns of the primary key.
    pub primary: Vec<String>,
    /// Columns that are unique together.
    pub unique: Vec<Rule<Vec<String>>>,
    /// Conditions over its rows.
    pub checks: Vec<Rule<String>>,
    /// What its columns refer to.
    pub references: Vec<Rule<Reference>>,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Column {
    /// Its name without quotes.
    pub name: String,
    /// Its type as written, in one line; may be empty, as SQLite allows.
    pub kind: String,
    /// True when it may hold `NULL`.
    pub nullable: bool,
    /// What it is when nothing is said, as written.
    pub default: Option<String>,
    /// What its comment says.
    pub comment: String,
}

/// Something that has a name of its own, maybe.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule<T> {
    /// `CONSTRAINT name`, or that of an index.
    pub name: Option<String>,
    /// What it says.
    pub value: T,
}

/// `FOREIGN KEY (columns) REFERENCES table (others)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// Columns of this table.
    pub columns: Vec<String>,
    /// The other table, as written there.
    pub table: String,
    /// Its columns; empty for its primary key.
    pub others: Vec<String>,
}

/// `CREATE TYPE … AS ENUM`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Enumeration {
    /// Its name, as first written.
    pub name: String,
    /// Its values in order.
    pub values: Vec<String>,
}

/// A statement that says something of a table, for those who look for its places.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mention {
    /// The table, as written.
    pub table: Spanned<String>,
    /// The whole statement.
    pub statement: Span,
}

impl Schema {
    /// The schema that files leave, in the order of [`migration_order`].
    pub fn read<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Schema {
        let mut files: Vec<_> = files.into_iter().filter(|(path, _)| !is_way_back(path)).collect();
        files.sort_by(|(one, _), (other, _)| migration_order(one, other));
        let mut schema = Schema::default();
        for (_, text) in files {
            read::apply(&mut schema, text);
        }
        schema
    }

    /// The tables by name.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    /// The enumerations by name.
    pub fn enums(&self) -> impl Iterator<Item = &Enumeration> {
        self.enums.values()
    }

    /// The table that a name means: with its schema or without, in any case of letters.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(&self.table_key(name)?)
    }

    fn table_key(&self, name: &str) -> Option<String> {
        key_of(name, self.tables.keys())
    }
}

/// The statements of a file that create, change or drop a table.
pub fn mentions(text: &str) -> Vec<Mention> {
    read::mentions(text)
}

/// The key that a name means: itself, or the only one that is the same but for its schema.
fn key_of<'k>(name: &str, keys: impl Iterator<Item = &'k String> + Clone) -> Option<String> {
    let name = name.to_lowercase();
    if let Some(key) = keys.clone().find(|key| **key == name) {
        return Some(key.clone());
    }
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let bare = !name.contains('.');
    let mut same = keys.filter(|key| last(key) == last(&name) && (bare || !key.contains('.')));
    let key = same.next()?;
    same.next().is_none().then(|| key.clone())
}

/// Files in the order in which tools run them: numbers in names count as numbers.
pub fn migration_order(one: &str, other: &str) -> std::cmp::Ordering {
    let (mut left, mut right) = (one.as_bytes(), other.as_bytes());
    while let ([first, ..], [second, ..]) = (left, right) {
        let order = if first.is_ascii_digit() && second.is_ascii_digit() {
            let (number, rest) = digits(left);
            let (against, rest_of_other) = digits(right);
            (left, right) = (rest, rest_of_other);
            number.len().cmp(&against.len()).then(number.cmp(against))
        } else {
            (left, right) = (&left[1..], &right[1..]);
            first.cmp(second)
        };
        if order.is_ne() {
            return order;
        }
    }
    left.len().cmp(&right.len()).then(one.cmp(other))
}

/// The digits at the front without leading zeros, and the rest.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let zeros = text[..end].iter().take_while(|byte| **byte == b'0').count();
    (&text[zeros..end], &text[end..])
}

/// True for a file that undoes what another one does.
fn is_way_back(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.ends_with(".down.sql") || name == "down.sql" || name.ends_with(".undo.sql") || name.ends_with("_down.sql")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = vec!["V10__b.sql", "V2__a.sql", "0003_c.sql", "3_b.sql", "20240101_x.sql"];
        names.sort_by(|one, other| migration_order(one, other));
        assert_eq!(names, ["3_b.sql", "0003_c.sql", "20240101_x.sql", "V2__a.sql", "V10__b.sql"].map(|name| name));
    }

    /// A schema in short: one line a table.
    fn short(files: &[(&str, &str)]) -> Vec<String> {
        let schema = Schema::read(files.iter().copied());
        let rule = |name: &Option<String>| name.as_ref().map(|name| format!("{name}:")).unwrap_or_default();
        let mut lines: Vec<String> = schema
            .tables()
            .map(|table| {
                let columns = table.columns.iter().map(|column| {
                    let null = if column.nullable { "?" } else { "" };
                    let default = column.default.as_ref().map(|default| format!("={default}")).unwrap_or_default();
                    format!("{} {}{null}{default}", column.name, column.kind)
                });
                let mut line = format!("{}({})", table.name, columns.collect::<Vec<_>>().join(", "));
                if !table.primary.is_empty() {
                    line.push_str(&format!(" pk({})", table.primary.join(",")));
                }
                for Rule { name, value } in &table.unique {
                    line.push_str(&format!(" {}unique({})", rule(name), value.join(",")));
                }
                for Rule { name, value } in &table.checks {
                    line.push_str(&format!(" {}check({value})", rule(name)));
                }
                for Rule { name, value } in &table.references {
                    let others = value.others.join(",");
                    line.push_str(&format!(
                        " {}fk({}->{}({others}))",
                        rule(name),
                        value.columns.join(","),
                        value.table
                    ));
                }
                line
            })
            .collect();
        lines.extend(
            schema.enums().map(|enumeration| format!("{}: {}", enumeration.name, enumeration.values.join("|"))),
        );
        lines
    }

    #[track_caller]
    fn check(sql: &str, expected: &[&str]) {
        assert_eq!(short(&[("1.sql", sql)]), expected, "{sql}");
    }

    #[test]
    fn columns_and_constraints_of_many_dialects() {
        check(
            "CREATE TABLE IF NOT EXISTS \"ledger\".\"Entry\" (id BIGSERIAL PRIMARY KEY, amount numeric(10, 2) NOT NULL DEFAULT 0 CHECK (amount >= 0), at timestamp with time zone DEFAULT now() NOT NULL, tags text[] , other int REFERENCES ledger.account (id) ON DELETE CASCADE UNIQUE);",
            &[
                "ledger.Entry(id BIGSERIAL, amount numeric(10, 2)=0, at timestamp with time zone=now(), tags text[]?, other int?) pk(id) unique(other) check(amount >= 0) fk(other->ledger.account(id))",
            ],
        );
        check(
            "create table `a b` (`id` int(11) unsigned NOT NULL AUTO_INCREMENT COMMENT 'it''s', state enum('x','y') CHARACTER SET utf8 DEFAULT 'x', PRIMARY KEY (`id`), UNIQUE KEY `u` (`state`(10)), KEY i (state), CONSTRAINT f FOREIGN KEY (state) REFERENCES `c`) ENGINE=InnoDB;",
            &["a b(id int(11) unsigned, state enum('x','y')?='x') pk(id) u:unique(state) f:fk(state->c())"],
        );
        check(
            "CREATE TABLE [dbo].[T] ([Id] INT IDENTITY(1,1) NOT NULL, [N] NVARCHAR(MAX) NULL CONSTRAINT df DEFAULT (N'x;'), CONSTRAINT [PK] PRIMARY KEY CLUSTERED ([Id] ASC));\nGO\n",
            &["dbo.T(Id INT, N NVARCHAR(MAX)?=(N'x;')) pk(Id)"],
        );
        check(
            "CREATE TABLE p (sku, n INTEGER GENERATED ALWAYS AS (1 + 2) STORED, a TEXT COLLATE NOCASE DEFAULT NULL, PRIMARY KEY (sku, n)) WITHOUT ROWID, STRICT;",
            &["p(sku , n INTEGER, a TEXT?=NULL) pk(sku,n)"],
        );
    }

    #[test]
    fn statements_change_what_is_there() {
        check(
            "CREATE TABLE a (x int, y int NOT NULL, z int);
             ALTER TABLE ONLY a ADD COLUMN IF NOT EXISTS w text NOT NULL DEFAULT 'q', DROP COLUMN z, ADD CONSTRAINT k PRIMARY KEY (x), ADD CONSTRAINT c CHECK (y > 0);
             ALTER TABLE a ALTER COLUMN y TYPE bigint USING y::bigint, ALTER COLUMN y DROP NOT NULL, ALTER w SET DEFAULT 'r';
             ALTER TABLE a RENAME COLUMN w TO v;
             ALTER TABLE a RENAME TO b;
             CREATE UNIQUE INDEX CONCURRENTLY u ON b USING btree (v);
             CREATE UNIQUE INDEX partial ON b (v) WHERE x > 1;
             CREATE UNIQUE INDEX by_expression ON b (lower(v));",
            &["b(x int, y bigint?, v text='r') pk(x) u:unique(v) c:check(y > 0)"],
        );
        check(
            "CREATE TABLE a (x int UNIQUE, y int, CONSTRAINT c CHECK (x > 0)); ALTER TABLE a DROP CONSTRAINT c; ALTER TABLE a MODIFY y bigint NOT NULL, CHANGE x z int; ",
            &["a(z int?, y bigint) unique(z)"],
        );
        check(
            "CREATE TABLE a (x int); CREATE TABLE b (y int REFERENCES a(x)); ALTER TABLE a RENAME TO c; DROP TABLE IF EXISTS d, e; ALTER TABLE c RENAME x TO q;",
            &["b(y int?) fk(y->c(q))", "c(q int?)"],
        );
        check("CREATE TABLE a (x int); CREATE TEMP TABLE t (x int); DROP TABLE public.a CASCADE;", &[]);
        check(
            "CREATE TYPE mood AS ENUM ('sad', 'ok'); ALTER TYPE mood ADD VALUE 'happy' AFTER 'ok'; ALTER TYPE mood ADD VALUE IF NOT EXISTS 'meh' BEFORE 'ok'; ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'; CREATE TYPE gone AS ENUM ('a'); DROP TYPE gone;",
            &["mood: blue|meh|ok|happy"],
        );
    }

    #[test]
    fn a_table_that_is_built_anew_stays_the_same_table() {
        check(
            "CREATE TABLE a (x int); CREATE TABLE b (y int REFERENCES a (x));
             CREATE TABLE a_new (x int, z int); INSERT INTO a_new SELECT x, 1 FROM a; DROP TABLE a; ALTER TABLE a_new RENAME TO a;",
            &["a(x int?, z int?)", "b(y int?) fk(y->a(x))"],
        );
    }

    #[test]
    fn what_is_not_understood_costs_its_statement_only() {
        check(
            "GRANT ALL ON a TO b; CREATE TABLE (; CREATE TABLE x (a int, ; CREATE TABLE ok (a int);",
            &["ok(a int?)", "x(a int?)"],
        );
        check(
            "CREATE FUNCTION f() RETURNS void AS $body$ BEGIN; CREATE TABLE no (a int); END; $body$ LANGUAGE plpgsql;
             CREATE TRIGGER t AFTER INSERT ON ok BEGIN DELETE FROM ok; CREATE TABLE no (a int); SELECT CASE WHEN 1 THEN 2 END; END;
             /* ; CREATE TABLE no (a int) /* nested */ */ -- CREATE TABLE no (a int);
             CREATE TABLE ok (a text DEFAULT 'it''s; \\');",
            &["ok(a text?='it''s; \\')"],
        );
    }

    #[test]
    fn the_way_back_is_not_taken() {
        for down in ["-- down", "-- +goose Down", "-- migrate:down", "-- +migrate Down", "--//@UNDO"] {
            check(&format!("CREATE TABLE a (x int);\n{down}\nDROP TABLE a;\n"), &["a(x int?)"]);
        }
        let both = "-- +goose Down\nDROP TABLE a;\n-- +goose Up\nCREATE TABLE a (x int);\n";
        check(both, &["a(x int?)"]);
        assert_eq!(
            short(&[("1_a.up.sql", "CREATE TABLE a (x int);"), ("1_a.down.sql", "DROP TABLE a;")]),
            ["a(x int?)"]
        );
    }

    #[test]
    fn comments_are_kept() {
        let schema = Schema::read([(
            "1.sql",
            "-- What is\n-- sold. More.\nCREATE TABLE a (x int, y int);\nCOMMENT ON COLUMN a.x IS 'it''s';\nCREATE TABLE b (z int);\nCOMMENT ON TABLE b IS 'Bee';",
        )]);
        let comments: Vec<_> = schema.tables().map(|table| table.comment.as_str()).collect();
        assert_eq!(comments, ["What is\nsold. More.", "Bee"]);
        assert_eq!(schema.table("A").unwrap().columns[0].comment, "it's");
    }

    #[test]
    fn places_of_a_table_are_found() {
        let sql =
            "CREATE TABLE s.a (x int);\nALTER TABLE a ADD y int;\nCREATE UNIQUE INDEX i ON s.a (x);\nSELECT 1 FROM a;";
        let found = mentions(sql);
        let found: Vec<_> = found.iter().map(|one| (one.table.value.as_str(), one.statement.of(sql))).collect();
        assert_eq!(
            found,
            [
                ("s.a", "CREATE TABLE s.a (x int)"),
                ("a", "ALTER TABLE a ADD y int"),
                ("s.a", "CREATE UNIQUE INDEX i ON s.a (x)")
            ]
        );
    }
}
