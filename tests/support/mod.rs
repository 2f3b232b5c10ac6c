//! What the tests of the built binary share: servers of our own on loopback, a place to run the binary
//! in, and a reader of what it wrote. Nothing here looks inside the crate; only `fast` runs the daemon as a
//! library, by a clock of its own.

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod fast;
pub mod gauge;
pub mod house;
pub mod origin;
pub mod press;
pub mod random;
pub mod raw;
pub mod records;
pub mod schema;
pub mod server;
pub mod tls;
