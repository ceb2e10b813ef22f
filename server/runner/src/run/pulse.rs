//! What a granted run tells while it lives: its phase and what it has spent, to the store and to who looks on; and what it
//! is told back, which is to go on or to end.

use super::Event;
use crate::process::Cancel;
use delivery::prices::PriceMap;
use spec::Usd;
use std::time::{Duration, Instant};
use store::{Directive, Grant, Progress, Store, StoreError};

/// The line of one granted run to the store and to who looks on.
pub(crate) struct Pulse<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) grant: &'a Grant,
    pub(crate) cancel: &'a Cancel,
    /// Money at which the child is ended.
    pub(crate) cap: Usd,
    pub(crate) prices: &'a PriceMap,
    pub(crate) told: &'a mut dyn FnMut(&Event),
    pub(crate) progress: Progress,
    /// Somebody else answers for this run now: neither money nor files are ours to touch.
    pub(crate) stale: bool,
    beat: Instant,
}

impl<'a> Pulse<'a> {
    pub(crate) fn new(
        store: &'a dyn Store,
        grant: &'a Grant,
        cancel: &'a Cancel,
        cap: Usd,
        prices: &'a PriceMap,
        told: &'a mut dyn FnMut(&Event),
    ) -> Pulse<'a> {
        let (progress, beat) = (Progress::default(), Instant::now());
        Pulse { store, grant, cancel, cap, prices, told, progress, stale: false, beat }
    }

    pub(crate) fn phase(&mut self, phase: &str) {
        self.progress.phase = phase.to_owned();
        (self.told)(&Event::Phase { phase: phase.to_owned() });
        self.heartbeat();
    }

    /// Tells the store how far it is; what it wants is kept in the wish to end.
    pub(crate) fn heartbeat(&mut self) {
        self.beat = Instant::now();
        match self.store.heartbeat(self.grant, &self.progress) {
            Ok(Directive::Stop) => self.cancel.cancel(),
            Err(StoreError::Stale { .. }) => {
                self.stale = true;
                self.cancel.cancel();
            }
            // a busy disk is no reason to end a run; the lease bears several missed beats
            Ok(Directive::Continue) | Err(_) => {}
        }
    }

    /// A heartbeat, where the last one is a second old.
    pub(crate) fn beat(&mut self) {
        if self.beat.elapsed() >= Duration::from_secs(1) {
            self.heartbeat();
        }
    }
}
