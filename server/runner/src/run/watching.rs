//! Looks on while a child runs: reads its stream, watches the money, keeps the store told.

use super::Event;
use super::pulse::Pulse;
use crate::harness::{Event as Heard, Reader};
use crate::process::{Flow, Stop, Watch};
use spec::Usd;
use spec::cost::Cost;
use std::time::{Duration, Instant};
use store::ProcessId;

/// Reads the stream, watches the money, keeps the store told.
pub(crate) struct Watching<'a, 'b> {
    pulse: &'a mut Pulse<'b>,
    reader: &'a mut dyn Reader,
    priced: Instant,
    /// What was spent before this child.
    before: Usd,
}

impl<'a, 'b> Watching<'a, 'b> {
    pub(crate) fn new(pulse: &'a mut Pulse<'b>, reader: &'a mut dyn Reader) -> Watching<'a, 'b> {
        let before = pulse.progress.spent;
        Watching { pulse, reader, priced: Instant::now(), before }
    }

    fn price(&mut self) -> Flow {
        self.priced = Instant::now();
        let (mut low, mut high, mut unknown) = (self.before, self.before, false);
        for seen in self.reader.so_far() {
            match self.pulse.prices.cost(&seen.model, &seen.usage, seen.calls) {
                Cost::Known { low: least, high: most } => (low, high) = (low.plus(least), high.plus(most)),
                Cost::Unknown => unknown = true,
            }
        }
        if low > self.pulse.progress.spent {
            self.pulse.progress.spent = low;
            (self.pulse.told)(&Event::Spent { spent: low, unknown });
        }
        if self.pulse.cap > Usd::ZERO && high >= self.pulse.cap { Flow::Stop(Stop::Money) } else { Flow::Continue }
    }
}

impl Watch for Watching<'_, '_> {
    fn started(&mut self, child: ProcessId) {
        self.pulse.progress.child = Some(child);
        self.pulse.heartbeat();
    }

    fn line(&mut self, line: &[u8]) -> Flow {
        let mut flow = Flow::Continue;
        for heard in self.reader.line(line) {
            match heard {
                Heard::Text(line) if !line.is_empty() => {
                    self.pulse.progress.line = line.clone();
                    (self.pulse.told)(&Event::Text { line });
                }
                Heard::Text(_) => {}
                Heard::Tool { name, detail } => {
                    self.pulse.progress.line = format!("{name} {detail}");
                    (self.pulse.told)(&Event::Tool { name, detail });
                }
                Heard::Refused(tool) => (self.pulse.told)(&Event::Refused { tool }),
                Heard::Spent => flow = self.price(),
            }
        }
        flow
    }

    fn tick(&mut self) -> Flow {
        self.pulse.beat();
        // a stream that says nothing of money may have a log that does
        if self.priced.elapsed() >= Duration::from_secs(1) { self.price() } else { Flow::Continue }
    }
}

/// Keeps the store told while checkers run.
pub(super) struct Beating<'a, 'b> {
    pub(super) pulse: &'a mut Pulse<'b>,
}

impl Watch for Beating<'_, '_> {
    fn tick(&mut self) -> Flow {
        self.pulse.beat();
        Flow::Continue
    }
}
