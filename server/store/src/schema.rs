//! The tables and how they came to be. A migration is never edited once released; a new one is put at the end.
//!
//! Money is kept as INTEGER pico-dollars: exact, and up to 9.2 million dollars per amount and per running total, which
//! one user's ledger does not reach; more is refused with [`StoreError::Amount`] or by SQLite's own type check (STRICT
//! refuses the float that an overflow would make), never rounded.

use crate::StoreError;
use crate::desk::Failure;
use rusqlite::{Connection, TransactionBehavior};
use spec::money::Usd;

/// Says in the file's header that this is our ledger (`toll`).
const APPLICATION: i32 = 0x746F_6C6C;

const MIGRATIONS: &[&str] = &["
CREATE TABLE sequence (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO sequence VALUES ('fence', 0);

-- One row per granted run. What was asked stays as it was asked (JSON); columns beside it are what queries need.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL UNIQUE,
    repository TEXT NOT NULL,
    request TEXT NOT NULL,
    hold INTEGER NOT NULL CHECK (hold >= 0),
    fence INTEGER NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('running', 'quarantined', 'settled')),
    outcome TEXT CHECK ((outcome IS NOT NULL) = (state = 'settled')),
    progress TEXT NOT NULL,
    stop INTEGER NOT NULL DEFAULT 0 CHECK (stop IN (0, 1)),
    started TEXT NOT NULL,
    seen TEXT NOT NULL
) STRICT;
CREATE INDEX run_of_repository ON run (repository, id);
CREATE INDEX run_open ON run (state) WHERE state <> 'settled';

-- Scopes that a run books on, each in the period of its dispatch. Imported runs have rows here and none in `run`.
CREATE TABLE run_scope (
    run TEXT NOT NULL,
    scope TEXT NOT NULL,
    period TEXT NOT NULL,
    PRIMARY KEY (run, scope, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
    resource TEXT NOT NULL,
    run TEXT NOT NULL REFERENCES run (run),
    exclusive INTEGER NOT NULL CHECK (exclusive IN (0, 1)),
    expires INTEGER NOT NULL,
    PRIMARY KEY (resource, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX lease_of_run ON lease (run);

-- Settled cost, append-only but for `booked`, which may rise. `ordinal` tells equal rows of one run apart.
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    repository TEXT NOT NULL,
    ticket TEXT NOT NULL,
    workflow TEXT NOT NULL,
    pass TEXT NOT NULL,
    time TEXT NOT NULL,
    outcome TEXT NOT NULL,
    cost TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    booked INTEGER NOT NULL CHECK (booked >= 0),
    UNIQUE (run, cost, ordinal)
) STRICT;
CREATE INDEX ledger_of_ticket ON ledger (repository, ticket);

-- Running totals; a total is always the sum of what `ledger` and the open rows of `run` say (see `Sqlite::audit`).
CREATE TABLE money (
    scope TEXT NOT NULL,
    period TEXT NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0 CHECK (settled >= 0),
    held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
    PRIMARY KEY (scope, period)
) STRICT, WITHOUT ROWID;
"];

/// True when the tables are those of this program.
pub(crate) fn is_current(connection: &Connection) -> Result<bool, Failure> {
    let known = MIGRATIONS.len() as i64;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if version > known {
        return Err(Failure::Refused(format!(
            "it was written by a newer Tollgate (tables {version}, this one knows {known})"
        )));
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if (version > 0 || tables > 0) && application != APPLICATION {
        return Err(Failure::Refused("it is the database of another program".to_owned()));
    }
    Ok(version == known)
}

/// Brings the tables up to date; the caller holds the write gate.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if !is_current(&transaction)? {
        let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        for step in MIGRATIONS.iter().skip(usize::try_from(version).unwrap_or(0)) {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?;
    }
    Ok(transaction.commit()?)
}

/// An amount as a column holds it.
pub(crate) fn column(amount: Usd) -> Result<i64, StoreError> {
    i64::try_from(amount.pico()).ok().filter(|pico| *pico >= 0).ok_or(StoreError::Amount { amount })
}

/// An amount as a column gave it.
pub(crate) fn amount(column: i64) -> Usd {
    Usd::from_pico(i128::from(column))
}
