//! A plain command as a harness: no model, no tokens, no money.

use super::{Event, Harness, ModelUsage, Reader, Report, one_line};
use std::collections::BTreeMap;

/// A pass of type `command`: its argv is the pass's own.
pub struct Command;

impl Harness for Command {
    fn alias(&self) -> &'static str {
        "command"
    }

    fn program(&self) -> &'static str {
        ""
    }

    fn arguments(&self) -> &'static [&'static [&'static str]] {
        &[]
    }

    fn environment(&self) -> &'static [&'static str] {
        &[]
    }

    fn reader(&self, _: Option<&str>, _: &BTreeMap<String, String>) -> Box<dyn Reader> {
        Box::new(Plain)
    }
}

struct Plain;

impl Reader for Plain {
    fn line(&mut self, line: &[u8]) -> Vec<Event> {
        let line = one_line(&String::from_utf8_lossy(line));
        if line.is_empty() { Vec::new() } else { vec![Event::Text(line)] }
    }

    fn so_far(&mut self) -> Vec<ModelUsage> {
        Vec::new()
    }

    fn report(&mut self) -> Report {
        Report::default()
    }
}
