//! A server of bytes, for answers that no HTTP library would write.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What is done with a connection, in order; after the last step it is closed.
#[derive(Clone, Debug)]
pub enum Step {
    /// Reads one request head.
    Read,
    /// Reads what comes first, whatever it is.
    ReadSome,
    /// Reads until these bytes came.
    ReadUpTo(Vec<u8>),
    /// Reads until nothing came for a moment.
    ReadUntilQuiet,
    Send(Vec<u8>),
    Sleep(Duration),
    /// Sends these bytes again and again, so many times at most.
    Repeat(Vec<u8>, usize),
}

/// Plays one script on every connection; the number of the connection chooses it, the last one stays.
pub struct Raw {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    closed: Arc<AtomicBool>,
}

impl Raw {
    pub fn start(ip: &str, scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind((ip, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let connections: Arc<AtomicUsize> = Arc::default();
        let closed: Arc<AtomicBool> = Arc::default();
        let (counted, done) = (Arc::clone(&connections), Arc::clone(&closed));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                let number = counted.fetch_add(1, Ordering::Relaxed);
                let script = scripts[number.min(scripts.len() - 1)].clone();
                if let Ok(stream) = stream {
                    thread::spawn(move || play(stream, &script));
                }
            }
        });
        Self {
            address,
            connections,
            closed,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
    }
}

/// What is not read when the connection closes makes the kernel reset it.
fn play(mut stream: TcpStream, script: &[Step]) {
    for step in script {
        let done = match step {
            Step::Read => read_up_to(&mut stream, b"\r\n\r\n"),
            Step::ReadSome => stream.read(&mut [0; 16 << 10]).is_ok(),
            Step::ReadUpTo(end) => read_up_to(&mut stream, end),
            Step::ReadUntilQuiet => read_until_quiet(&mut stream),
            Step::Send(bytes) => stream.write_all(bytes).is_ok(),
            Step::Sleep(pause) => {
                thread::sleep(*pause);
                true
            }
            Step::Repeat(bytes, times) => (0..*times).all(|_| stream.write_all(bytes).is_ok()),
        };
        if !done {
            return;
        }
    }
}

fn read_up_to(stream: &mut TcpStream, end: &[u8]) -> bool {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(end) {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return false,
        }
    }
    true
}

fn read_until_quiet(stream: &mut TcpStream) -> bool {
    let set = stream.set_read_timeout(Some(Duration::from_millis(100)));
    while matches!(stream.read(&mut [0; 16 << 10]), Ok(1..)) {}
    set.is_ok() && stream.set_read_timeout(None).is_ok()
}
