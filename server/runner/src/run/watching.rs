//! Looks on while a child runs: reads its stream, watches the money, keeps the store told.

use super::Event;
use super::live::Live;
use crate::harness::{Event as Heard, Reader};
use crate::process::{Flow, Stop, Watch};
use spec::Usd;
use spec::cost::Cost;
use std::time::{Duration, Instant};
use store::ProcessId;

/// Reads the stream, watches the money, keeps the store told.
pub(super) struct Watching<'a, 'b> {
    pub(super) live: &'a mut Live<'b>,
    pub(super) reader: &'a mut dyn Reader,
    pub(super) priced: Instant,
}

impl Watching<'_, '_> {
    fn price(&mut self) -> Flow {
        self.priced = Instant::now();
        let (mut low, mut high, mut unknown) = (Usd::ZERO, Usd::ZERO, false);
        for seen in self.reader.so_far() {
            match self.live.prices.cost(&seen.model, &seen.usage, seen.calls) {
                Cost::Known { low: least, high: most } => (low, high) = (low.plus(least), high.plus(most)),
                Cost::Unknown => unknown = true,
            }
        }
        if low > self.live.progress.spent {
            self.live.progress.spent = low;
            (self.live.told)(&Event::Spent { spent: low, unknown });
        }
        if self.live.cap > Usd::ZERO && high >= self.live.cap { Flow::Stop(Stop::Money) } else { Flow::Continue }
    }
}

impl Watch for Watching<'_, '_> {
    fn started(&mut self, child: ProcessId) {
        self.live.progress.child = Some(child);
        self.live.heartbeat();
    }

    fn line(&mut self, line: &[u8]) -> Flow {
        let mut flow = Flow::Continue;
        for heard in self.reader.line(line) {
            match heard {
                Heard::Text(line) if !line.is_empty() => {
                    self.live.progress.line = line.clone();
                    (self.live.told)(&Event::Text { line });
                }
                Heard::Text(_) => {}
                Heard::Tool { name, detail } => {
                    self.live.progress.line = format!("{name} {detail}");
                    (self.live.told)(&Event::Tool { name, detail });
                }
                Heard::Refused(tool) => (self.live.told)(&Event::Refused { tool }),
                Heard::Spent => flow = self.price(),
            }
        }
        flow
    }

    fn tick(&mut self) -> Flow {
        beat(self.live);
        // a stream that says nothing of money may have a log that does
        if self.priced.elapsed() >= Duration::from_secs(1) { self.price() } else { Flow::Continue }
    }
}

/// Keeps the store told while checkers run.
pub(super) struct Beating<'a, 'b> {
    pub(super) live: &'a mut Live<'b>,
}

impl Watch for Beating<'_, '_> {
    fn tick(&mut self) -> Flow {
        beat(self.live);
        Flow::Continue
    }
}

fn beat(live: &mut Live<'_>) {
    if live.beat.elapsed() >= Duration::from_secs(1) {
        live.heartbeat();
    }
}
