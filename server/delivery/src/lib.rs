//! Decisions without side effects: prices, budgets, forecasts, and what the next pass of a ticket is. No I/O, no clock, no
//! async runtime: what is known comes in, what to do comes out.

pub mod budget;
pub mod forecast;
pub mod prices;
pub mod spending;
