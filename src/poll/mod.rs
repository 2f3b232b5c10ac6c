//! When to ask an outlet, how, and what we remember of it: the only place that touches the network.
//!
//! [`client`] gets one document, politely and safely; [`schedule`] says when the next one is due, from the
//! [`rhythm`] of the feed and the [`budget`] of its host; [`health`] says what state a feed is in,
//! [`honesty`] whether its server can be believed, [`refusal`] what a page says that came instead of a
//! feed; [`memory`] is what outlives a restart. Items are nobody's business here.

pub mod budget;
pub mod client;
pub mod failure;
mod guard;
pub mod headers;
pub mod health;
pub mod honesty;
mod host;
pub mod memory;
pub mod refusal;
pub mod rhythm;
mod robots;
pub mod schedule;
pub mod watch;
pub mod window;
