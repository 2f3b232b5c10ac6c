//! When to ask an outlet, how, and what we remember of it: the only place that touches the network.
//!
//! [`client`] gets one document, politely and safely; [`schedule`] says when the next one is due;
//! [`health`] says what state a feed is in; [`memory`] is what outlives a restart. What stands in a
//! document is nobody's business here.

pub mod client;
mod guard;
pub mod health;
mod host;
pub mod memory;
mod robots;
pub mod schedule;
