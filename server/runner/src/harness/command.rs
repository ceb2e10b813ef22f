//! A plain command as a harness: no model, no tokens, no money. It does passes of type `command` with the pass's own argv,
//! and passes of an agent with the program that the user named for it, which reads the prompt on standard input.

use super::{Event, Harness, ModelUsage, Reader, Report, one_line};
use std::collections::BTreeMap;

/// A program without a stream that could be read: its lines are shown as they are.
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
        Box::new(Plain::default())
    }
}

/// Most of what it prints that is kept as its answer, in bytes.
const LONGEST: usize = 256 << 10;

#[derive(Default)]
struct Plain {
    answer: String,
}

impl Reader for Plain {
    fn line(&mut self, line: &[u8]) -> Vec<Event> {
        let text = String::from_utf8_lossy(line);
        if self.answer.len() + text.len() <= LONGEST {
            self.answer.push_str(text.trim_end_matches(['\r', '\n']));
            self.answer.push('\n');
        }
        let line = one_line(&text);
        if line.is_empty() { Vec::new() } else { vec![Event::Text(line)] }
    }

    fn so_far(&mut self) -> Vec<ModelUsage> {
        Vec::new()
    }

    fn report(&mut self) -> Report {
        Report { answer: self.answer.clone(), ..Report::default() }
    }
}
